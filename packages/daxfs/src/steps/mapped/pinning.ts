/**
 * Steps of pinning pages and of waiting until pages are idle: Linux 6.12 mm/gup.c, fs/splice.c
 * (vmsplice), fs/dax.c (dax_layout_busy_page) and fs/xfs/xfs_file.c (xfs_break_dax_layouts).
 *
 * Finding a translation and taking the reference is one step, as the fast walk re-checks what it
 * found. `cursor` … `end` are bytes of the mapping; of a pin that is read, `cursor` is a page of
 * it.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { EntryKind } from '../../mm/dax-entries.js';
import { isCopy } from '../../mm/memory-maps.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { NO_PAGE, Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { Answer, OK_FAILED, fail } from '../files/answers.js';
import type { Frame, WaitDefinition } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

export const checkPin: Step = {
  name: 'checkPin',
  outcomes: OK_FAILED,
  touches: ['mappings'],
  run(world, frame) {
    const offset = frame.get(R.offset);
    frame.set(R.cursor, offset);
    frame.set(R.done, offset);
    frame.set(R.end, offset + frame.get(R.length));
    if (!world.mm.mappings.isLive(frame.get(R.mapping))) return fail(frame, Errno.Fault);
    return Answer.Ok;
  },
};

/** Pins the page at the cursor if its translation allows the access; else it must fault first. */
export const pinNext: Step = {
  name: 'pinNext',
  outcomes: ['Pinned', 'End', 'Read', 'Write', 'Failed'],
  touches: ['pageTable', 'pins'],
  run(world, frame) {
    const { mappings, pins, table } = world.mm;
    const at = frame.get(R.cursor);
    const end = frame.get(R.end);
    if (at >= end) return 1;
    const mapping = frame.get(R.mapping);
    const page = Math.floor(at / BLOCK_BYTES);
    const kind = table.kind(mapping, page);
    const isWrite = frame.get(R.access) === Access.Write;
    if (isCopy(kind)) {
      fail(frame, Errno.NotSupported);
      return 4;
    }
    if (isWrite && kind !== Translation.Writable) return 3;
    if (kind === Translation.Absent) return 2;
    const next = Math.min(end, (page + 1) * BLOCK_BYTES);
    const block = kind === Translation.Zero ? NO_PAGE : table.target(mapping, page);
    const fileByte = mappings.firstPage(mapping) * BLOCK_BYTES + at;
    pins.add(frame.get(R.pin), mappings.inode(mapping), fileByte, next - at, block);
    frame.set(R.cursor, next);
    return 0;
  },
};

/** Bytes pinned; EFAULT if there are none although some were asked for. */
export const settlePin: Step = {
  name: 'settlePin',
  outcomes: OK_FAILED,
  touches: [],
  run(_world, frame) {
    const bytes = frame.get(R.cursor) - frame.get(R.offset);
    frame.set(R.result, bytes);
    return bytes === 0 && frame.get(R.length) > 0 ? fail(frame, Errno.Fault) : Answer.Ok;
  },
};

/** Aims a copy at the next page of a pin. */
export const nextPinned: Step = {
  name: 'nextPinned',
  outcomes: ['Media', 'Zeros', 'End'],
  touches: ['pins'],
  run(world, frame) {
    const { pins } = world.mm;
    const pin = frame.get(R.pin);
    const page = frame.get(R.cursor);
    if (page >= pins.pages(pin)) return 2;
    const start = pins.start(pin);
    const pageStart = (Math.floor(start / BLOCK_BYTES) + page) * BLOCK_BYTES;
    const from = Math.max(start, pageStart);
    const to = Math.min(start + pins.bytes(pin), pageStart + BLOCK_BYTES);
    const block = pins.block(pin, page);
    const base = block === NO_PAGE ? 0 : block * BLOCK_BYTES;
    frame.set(R.inode, pins.inode(pin));
    frame.set(R.moveFile, from);
    frame.set(R.moveFrom, base + from - pageStart);
    frame.set(R.moveTo, base + to - pageStart);
    frame.set(R.result, frame.get(R.result) + to - from);
    return block === NO_PAGE ? 1 : 0;
  },
};

function release(world: World, pin: number, page: number): void {
  const idle = world.mm.pins.release(pin, page);
  if (idle !== NO_PAGE) world.signal(pageIdle.name, idle);
}

/** Lets go of the page that was copied, and wakes who waits for it. */
export const unpinCopied: Step = {
  name: 'unpinCopied',
  outcomes: ['Ok'],
  touches: ['pins'],
  run(world, frame) {
    const page = frame.get(R.cursor);
    release(world, frame.get(R.pin), page);
    frame.set(R.cursor, page + 1);
    return 0;
  },
};

/** Lets go of every page of a pin, and wakes who waits for one of them. */
export function releasePin(world: World, pin: number): void {
  const { pins } = world.mm;
  for (let page = 0; page < pins.pages(pin); page += 1) release(world, pin, page);
  pins.forget(pin);
}

/** Lets go of every page of a pin, and of the pin. */
export const unpinAll: Step = {
  name: 'unpinAll',
  outcomes: ['Ok'],
  touches: ['pins'],
  run(world, frame) {
    releasePin(world, frame.get(R.pin));
    return 0;
  },
};

/**
 * After the zap: is a page of the file, or of the range, held by somebody else? Only pages with an
 * entry can be.
 */
export const findPinned: Step = {
  name: 'findPinned',
  outcomes: ['Idle', 'Busy'],
  touches: ['pins', 'transfers', 'entryIndex'],
  run(world, frame) {
    const { pins, transfers } = world.mm;
    if (world.knobs.transfers === 'waitFor') {
      const moved = transfers.first(frame.get(R.inode), world.volume.geometry.blocks);
      if (moved !== NO_PAGE) {
        frame.set(R.block, moved);
        return 1;
      }
    }
    if (pins.isEmpty || world.knobs.pinnedPages === 'ignore') return 0;
    if (world.personality.layoutBreakScope === 'none') return 0;
    const isWholeFile = world.personality.layoutBreakScope === 'file';
    const from = isWholeFile ? 0 : frame.get(R.cursor);
    const end = isWholeFile ? PAGE_LIMIT : Math.min(frame.get(R.end), PAGE_LIMIT);
    const busy = firstPinned(world, frame.get(R.inode), from, end);
    if (busy === NO_PAGE) return 0;
    frame.set(R.block, busy);
    return 1;
  },
};

function firstPinned(world: World, inode: number, from: number, end: number): number {
  const { entries, pins } = world.mm;
  for (let start = entries.next(inode, from, end); start !== NO_PAGE;) {
    const behind = start + entries.pages(inode, start);
    if (entries.kind(inode, start) === EntryKind.Block) {
      const block = entries.block(inode, start);
      const pinned = pins.nextBlock(block, block + behind - start);
      if (pinned !== NO_PAGE) return pinned;
    }
    start = entries.next(inode, behind, end);
  }
  return NO_PAGE;
}

/** Until the page that `findPinned` found is idle. */
export const pageIdle: WaitDefinition<World> = {
  name: 'pageIdle',
  key: (_world: World, frame: Frame) => frame.get(R.block),
  ready: ({ mm }: World, frame: Frame) =>
    mm.pins.holders(frame.get(R.block)) + mm.transfers.holders(frame.get(R.block)) === 0,
};

/** A signal came while the call waited: EINTR, with the file as it was, but unmapped. */
export const endInterrupted: Step = {
  name: 'endInterrupted',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.errno, Errno.Interrupted);
    return 0;
  },
};
