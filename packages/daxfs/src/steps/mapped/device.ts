/**
 * Steps of a device that moves bytes to pinned pages by itself, and of pinning without locks.
 *
 *      fast pin    read the translation ─▶ take the reference, read it again: the same? ── no ─▶
 *                                                                           fault and pin slowly
 *      let go      tag the pages dirty (they may have been cleaned meanwhile) ─▶ references go
 *
 * Linux 6.12 mm/gup.c, gup_fast_pte_range; Documentation/core-api/pin_user_pages.rst.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { EntryKind } from '../../mm/dax-entries.js';
import { NO_PAGE, Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { releasePin } from './pinning.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/**
 * Reads the translation of the page at the cursor, without any lock or reference; one of `kind`
 * leads to what the register then holds.
 */
export function peekStep(name: string, kind: Translation, target: number): Step {
  return {
    name,
    outcomes: ['Found', 'End', 'Slow'],
    touches: ['pageTable'],
    run(world, frame) {
      const at = frame.get(R.cursor);
      if (at >= frame.get(R.end)) return 1;
      const { table } = world.mm;
      const mapping = frame.get(R.mapping);
      const page = Math.floor(at / BLOCK_BYTES);
      if (table.kind(mapping, page) !== kind) return 2;
      frame.set(target, table.target(mapping, page));
      return 0;
    },
  };
}

/** Whether the translation at the cursor is still the one that was read. */
export function isAsPeeked(world: World, frame: Frame, kind: Translation, target: number): boolean {
  const { table } = world.mm;
  const mapping = frame.get(R.mapping);
  const page = Math.floor(frame.get(R.cursor) / BLOCK_BYTES);
  return table.kind(mapping, page) === kind && table.target(mapping, page) === frame.get(target);
}

/** What a pin takes of the page at the cursor: byte of the file, and how many. */
export function partAtCursor(
  world: World,
  frame: Frame,
): { readonly from: number; readonly bytes: number } {
  const at = frame.get(R.cursor);
  const next = Math.min(frame.get(R.end), (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  const first = world.mm.mappings.firstPage(frame.get(R.mapping)) * BLOCK_BYTES;
  return { from: first + at, bytes: next - at };
}

/** The page was taken without a lock: counted as fast, and on to the next. */
export function tookFast(world: World, frame: Frame, bytes: number): void {
  const { counted } = world.mm.pins;
  counted.slow -= 1;
  counted.fast += 1;
  frame.set(R.cursor, frame.get(R.cursor) + bytes);
}

export const peekForPin = peekStep('peekForPin', Translation.Writable, R.block);

/** Takes the reference; what was read must still be there, else it is given back at once. */
export const takePeeked: Step = {
  name: 'takePeeked',
  outcomes: ['Pinned', 'Changed'],
  touches: ['pageTable', 'pins'],
  run(world, frame) {
    const { mappings, pins } = world.mm;
    const isSame = isAsPeeked(world, frame, Translation.Writable, R.block);
    if (!isSame && world.knobs.fastPin === 'rechecks') {
      pins.counted.backoffs += 1;
      return 1;
    }
    const { from, bytes } = partAtCursor(world, frame);
    const inode = mappings.inode(frame.get(R.mapping));
    pins.add(frame.get(R.pin), inode, from, bytes, frame.get(R.block));
    tookFast(world, frame, bytes);
    return 0;
  },
};

/** Aims the device at the next pinned page. */
export const nextForDevice: Step = {
  name: 'nextForDevice',
  outcomes: ['Media', 'Skip', 'End'],
  touches: ['pins'],
  run(world, frame) {
    const { pins } = world.mm;
    const pin = frame.get(R.pin);
    const page = frame.get(R.cursor);
    if (page >= pins.pages(pin)) return 2;
    frame.set(R.cursor, page + 1);
    const start = pins.start(pin);
    const pageStart = (Math.floor(start / BLOCK_BYTES) + page) * BLOCK_BYTES;
    const from = Math.max(start, pageStart);
    const to = Math.min(start + pins.bytes(pin), pageStart + BLOCK_BYTES);
    const block = pins.block(pin, page);
    if (block === NO_PAGE) return 1;
    frame.set(R.moveFile, from);
    frame.set(R.moveFrom, block * BLOCK_BYTES + from - pageStart);
    frame.set(R.moveTo, block * BLOCK_BYTES + to - pageStart);
    return 0;
  },
};

/** Lets go of a pin. */
export const releaseDirty: Step = {
  name: 'releaseDirty',
  outcomes: ['Ok'],
  touches: ['pins'],
  run(world, frame) {
    releasePin(world, frame.get(R.pin));
    return 0;
  },
};

/** The next page of a pin whose entry is to be tagged; its lock is taken next. */
export const nextWrittenPage: Step = {
  name: 'nextWrittenPage',
  outcomes: ['Found', 'End'],
  touches: ['pins', 'entryIndex'],
  run(world, frame) {
    const { entries, pins } = world.mm;
    const pin = frame.get(R.pin);
    if (world.knobs.writtenPin !== 'tagsDirty') return 1;
    while (frame.get(R.cursor) < pins.pages(pin)) {
      const at = frame.get(R.cursor);
      frame.set(R.cursor, at + 1);
      frame.set(R.block, pins.block(pin, at));
      if (frame.get(R.block) === NO_PAGE) continue;
      const inode = pins.inode(pin);
      const page = Math.floor(pins.start(pin) / BLOCK_BYTES) + at;
      const start = entries.start(inode, page);
      frame.set(R.inode, inode);
      frame.set(R.page, page);
      frame.set(R.entryPage, start === NO_PAGE ? page : start);
      return 0;
    }
    return 1;
  },
};

/** Somebody wrote to the page past every fault: fsync must find it, if it still is the file's. */
export const tagWritten: Step = {
  name: 'tagWritten',
  outcomes: ['Ok'],
  touches: ['daxEntry', 'dirtyTag'],
  run(world, frame) {
    const { entries } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    const isThere = entries.kind(inode, page) === EntryKind.Block;
    if (isThere && entries.block(inode, page) === frame.get(R.block))
      entries.markDirty(inode, page);
    return 0;
  },
};
