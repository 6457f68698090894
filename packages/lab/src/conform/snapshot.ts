/**
 * What the handles and mappings of the process show after an operation: sizes, block counts,
 * extents as FIEMAP lists them, page tables as runs. Read beside the machine: no time, no locks, no
 * effect.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState } from '@daxsim/daxfs';
import type { World } from '@daxsim/daxfs';
import type { OpenHandle, Process } from './process.js';
import type { ExtentRow, FileFacts, MapRun } from './record.js';

const SECTORS_PER_BLOCK = 8;
/** Most extents that one FIEMAP call of the recorder lists. */
const EXTENTS_MAX = 1024;
/** Kinds of translation, by number, in the words of records. */
const KINDS = ['', 'zero', 'dax', 'dax', 'anon', 'anon', 'cache', 'cache', 'cache'] as const;
const KIND_COUNT = 16;

/** Stamps of the open handles, before an operation. */
export type Stamps = ReadonlyMap<string, readonly [modify: number, change: number]>;

export function stampsOf(world: World, process: Process): Stamps {
  const stamps = new Map<string, readonly [number, number]>();
  const { inodes } = world.volume;
  for (const [name, handle] of process.handles) {
    const inode = world.handles.inode(handle.number);
    stamps.set(name, [inodes.modifyNs(inode), inodes.changeNs(inode)]);
  }
  return stamps;
}

export function filesOf(
  world: World,
  process: Process,
  before: Stamps,
): { [handle: string]: FileFacts } {
  const files: { [handle: string]: FileFacts } = {};
  for (const [name, handle] of process.handles) files[name] = fileOf(world, handle, before);
  return files;
}

function fileOf(world: World, handle: OpenHandle, before: Stamps): FileFacts {
  const { inodes } = world.volume;
  const inode = world.handles.inode(handle.number);
  const facts = {
    size: inodes.sizeBytes(inode),
    blocks512: blocksOf(world, inode) * SECTORS_PER_BLOCK,
  };
  const extents = extentsOf(world, inode);
  const stamps = before.get(handle.name);
  if (stamps === undefined) return { ...facts, extents };
  const mtime = inodes.modifyNs(inode) === stamps[0] ? 0 : 1;
  const ctime = inodes.changeNs(inode) === stamps[1] ? 0 : 1;
  return { ...facts, mtime, ctime, extents };
}

/** What st_blocks counts: blocks of the file, those promised and those set aside for copies. */
function blocksOf(world: World, inode: number): number {
  const { copies, delayed, volume } = world;
  return volume.inodes.blocks(inode) + delayed.count(inode) + copies.count(inode);
}

/** The extents of an inode in order, the last one marked. */
function extentsOf(world: World, inode: number): ExtentRow[] {
  const { delayed, volume } = world;
  const { extents } = volume;
  const rows: ExtentRow[] = [];
  for (let at = 0; rows.length < EXTENTS_MAX;) {
    const isThere = extents.next(inode, at);
    const isFirst = delayed.next(inode, at) && (!isThere || delayed.start < extents.start);
    if (!isThere && !isFirst) break;
    const { start, length } = isFirst ? delayed : extents;
    if (isFirst) rows.push(rowOf(start, 0, length, 'unknown,delalloc'));
    else if (extents.state === ExtentState.Unwritten) {
      rows.push(rowOf(start, extents.block, length, 'unwritten'));
    } else pushShares(world, rows, start, extents.block, length);
    at = start + length;
  }
  const last = rows.pop();
  if (last !== undefined) {
    const flags = last[3] === '' ? 'last' : `${last[3]},last`;
    rows.push([last[0], last[1], last[2], flags]);
  }
  return rows;
}

function rowOf(start: number, block: number, length: number, flags: string): ExtentRow {
  return [start * BLOCK_BYTES, block * BLOCK_BYTES, length * BLOCK_BYTES, flags];
}

/** A written extent, in parts that are shared and parts that are not. */
function pushShares(
  world: World,
  rows: ExtentRow[],
  start: number,
  block: number,
  length: number,
): void {
  const { shares } = world.volume;
  for (let done = 0; done < length;) {
    const flags = shares.owners(block + done) > 1 ? 'shared' : '';
    const part = Math.min(length - done, shares.length);
    rows.push(rowOf(start + done, block + done, part, flags));
    done += part;
  }
}

export function mapsOf(world: World, process: Process): { [mapping: string]: MapRun[] } {
  const maps: { [mapping: string]: MapRun[] } = {};
  for (const [name, mapping] of process.mappings) {
    maps[name] = runsOf(world, mapping.number, mapping.bytes / BLOCK_BYTES);
  }
  return maps;
}

/** Runs of present pages of one kind, of device pages also of ascending blocks. */
function runsOf(world: World, mapping: number, pages: number): MapRun[] {
  const { table } = world.mm;
  const runs: MapRun[] = [];
  let first = -1;
  let count = 0;
  let kind = '';
  let block = 0;
  const close = (): void => {
    if (count === 0) return;
    runs.push(kind === 'dax' ? [first, count, kind, block] : [first, count, kind]);
  };
  for (let page = table.next(mapping, 0, pages); page >= 0 && page < pages;) {
    const word = table.word(mapping, page);
    const pageKind = KINDS[word % KIND_COUNT] ?? '';
    const target = Math.floor(word / KIND_COUNT);
    const isNext = page === first + count && pageKind === kind;
    if (count > 0 && isNext && (kind !== 'dax' || target === block + count)) count += 1;
    else {
      close();
      first = page;
      count = 1;
      kind = pageKind;
      block = target;
    }
    page = table.next(mapping, page + 1, pages);
  }
  close();
  return runs;
}
