/**
 * The form in which records are compared: what a figure means stays, how it happened to be written
 * down goes.
 *
 *   extents     neighbours with equal `unwritten` and `shared` merged; `last` and places dropped
 *   placement   2 MiB chunks of the file that one run of blocks holds, 2 MiB aligned on the device
 *   maps        runs merged by kind, blocks dropped
 *   blocks512   without the blocks of the extent tree
 *   lock_order  IOLOCK and MMAPLOCK, one entry per taking, without the caller
 */
import type { ExtentRow, FileFacts, MapRun } from './record.js';

const HUGE_BYTES = 2 * 1024 * 1024;
const SECTORS_PER_BLOCK = 8;
const SECTOR_BYTES = 512;
/** Flags of an extent that are compared. */
const COMPARED_FLAGS = ['unwritten', 'shared'] as const;
/** No tree of the kernels or of ours holds fewer extents per block, once it is half full. */
const EXTENTS_PER_BLOCK = 64;

/** `first+bytes flags` of every merged extent. */
export function extentForm(extents: readonly ExtentRow[]): string[] {
  const merged: { start: number; end: number; readonly flags: string }[] = [];
  for (const [start, , bytes, text] of extents) {
    const given = text.split(',');
    const flags = COMPARED_FLAGS.filter((flag) => given.includes(flag)).join(',');
    const last = merged.at(-1);
    if (last?.end === start && last.flags === flags) last.end += bytes;
    else merged.push({ start, end: start + bytes, flags });
  }
  return merged.map(({ start, end, flags }) => `${start}+${end - start}${flags && ` ${flags}`}`);
}

/** Numbers of the 2 MiB chunks that are held whole, each with `yes` if a PMD could map it. */
export function placementForm(extents: readonly ExtentRow[]): string[] {
  const runs: { start: number; end: number; readonly shift: number }[] = [];
  for (const [start, physical, bytes] of extents) {
    const shift = physical - start;
    const last = runs.at(-1);
    if (last?.end === start && last.shift === shift) last.end += bytes;
    else runs.push({ start, end: start + bytes, shift });
  }
  const form: string[] = [];
  for (const chunk of wholeChunks(extents)) {
    const from = chunk * HUGE_BYTES;
    const run = runs.find(({ start, end }) => start <= from && end >= from + HUGE_BYTES);
    const isHuge = run !== undefined && modulo(run.shift, HUGE_BYTES) === 0;
    form.push(`${chunk} ${isHuge ? 'yes' : 'no'}`);
  }
  return form;
}

/** Chunks without a hole. */
function wholeChunks(extents: readonly ExtentRow[]): number[] {
  const chunks: number[] = [];
  let start = 0;
  let end = 0;
  const close = (): void => {
    const first = Math.ceil(start / HUGE_BYTES);
    const limit = Math.floor(end / HUGE_BYTES);
    for (let chunk = first; chunk < limit; chunk += 1) chunks.push(chunk);
  };
  for (const [from, , bytes] of extents) {
    if (from !== end) {
      close();
      start = from;
    }
    end = from + bytes;
  }
  close();
  return chunks;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** `first+pages kind`. */
export function mapForm(runs: readonly MapRun[] | null): string[] {
  const merged: { first: number; end: number; readonly kind: string }[] = [];
  for (const [first, pages, kind] of runs ?? []) {
    const last = merged.at(-1);
    if (last?.end === first && last.kind === kind) last.end += pages;
    else merged.push({ first, end: first + pages, kind });
  }
  return merged.map(({ first, end, kind }) => `${first}+${end - first} ${kind}`);
}

/**
 * Sectors without those of the extent tree. A tree exists beyond the inline extents, and its last
 * block may outlive extents that were merged again, so what lies above the data is taken for the
 * tree as long as a tree of so many extents can be so large.
 */
export function blocksForm(facts: FileFacts): number {
  let bytes = 0;
  for (const extent of facts.extents) bytes += extent[2];
  const above = facts.blocks512 - bytes / SECTOR_BYTES;
  const count = facts.extents.length;
  const treeBlocks = count > 1 ? 1 + Math.floor(count / EXTENTS_PER_BLOCK) : 0;
  const isTree = above >= 0 && above <= treeBlocks * SECTORS_PER_BLOCK;
  return isTree ? facts.blocks512 - above : facts.blocks512;
}

/** What is left of a list of locks, and whether the record cut it. */
export interface LockForm {
  readonly locks: readonly string[];
  readonly isCut: boolean;
}

/** `[handle:]LOCK_MODE[ nowait| demote]` for every taking of an IOLOCK or MMAPLOCK. */
export function lockForm(entries: readonly string[]): LockForm {
  const locks: string[] = [];
  let isCut = false;
  for (const entry of entries) {
    if (entry.startsWith('...')) {
      isCut = true;
      break;
    }
    const match = /^(\w+:)?(\S+)( nowait| demote)?(?: [A-Za-z_]\w*)?(?: \*(\d+))?$/.exec(entry);
    if (match === null) {
      locks.push(entry);
      continue;
    }
    const [, handle = '', names = '', how = '', repeats = '1'] = match;
    const kept = names.split('|').filter((name) => /^(IOLOCK|MMAPLOCK)_/.test(name));
    for (let i = 0; i < Number(repeats); i += 1) {
      for (const name of kept) locks.push(`${handle}${name}${how}`);
    }
  }
  return { locks, isCut };
}

/** Results of the page faults of an operation: how often each. */
export function faultForm(events: { readonly [event: string]: number }): string[] {
  return Object.entries(events)
    .filter(([event]) => /^dax_\w+_fault_done/.test(event))
    .map(([event, count]) => `${event.slice('dax_'.length).replace('_fault_done', '')} x${count}`)
    .sort((a, b) => (a < b ? -1 : 1));
}
