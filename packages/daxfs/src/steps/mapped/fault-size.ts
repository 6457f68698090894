/**
 * How much a fault maps at once: Linux 6.12 mm/memory.c (__handle_mm_fault) and fs/dax.c
 * (dax_iomap_pmd_fault, dax_fault_check_fallback).
 *
 *      1 GiB   while its slot has no directory: DAX never maps so much, but its locks are taken
 *      2 MiB   while its slot is empty, or to make a huge translation writable
 *      4 KiB   else, and after each fallback; a table then fills the slot
 *
 * Each attempt is a fault of its own, with its own locks and stamps. `span` is its size in pages
 * and `page` the first page of the file that it would map.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access } from '../../abi.js';
import { HUGE_PAGES, LARGEST_PAGES, hugeStart } from '../../mm/huge.js';
import { NO_AREA } from '../../mm/areas.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../../world.js';
import type { Step } from '../files/answers.js';

/** Why 2 MiB were not possible: the figure that counts it. */
export type Fallback =
  | 'fallbacksOutside'
  | 'fallbacksColour'
  | 'fallbacksPrivate'
  | 'fallbacksBeyondEnd'
  | 'fallbacksEntry'
  | 'fallbacksShort'
  | 'fallbacksUnaligned'
  | 'fallbacksNoSpace';

/** Page of the access that faulted, counted in its mapping. */
export function faultPage(frame: Frame): number {
  return Math.floor(frame.get(R.offset) / BLOCK_BYTES);
}

/** Chooses the first attempt. A private copy of a part of a huge translation removes that. */
export function chooseSpan(world: World, frame: Frame, isShared: boolean): void {
  const { mm, knobs, personality } = world;
  const mapping = frame.get(R.mapping);
  const page = faultPage(frame);
  let span = HUGE_PAGES;
  if (knobs.faultSizes === 'pagesOnly' || mm.table.hasTable(mapping, page)) span = 1;
  else if (!mm.table.hasDirectory(mapping, page)) span = LARGEST_PAGES;
  else if (
    !isShared &&
    personality.privateHugeStore === 'split' &&
    mm.table.isHuge(mapping, page) &&
    frame.get(R.access) === Access.Write
  ) {
    mm.zapMapping(mapping, page, page + 1);
    span = 1;
  }
  if (span === 1) beginPage(world, frame);
  else beginAttempt(frame, span);
}

function beginAttempt(frame: Frame, span: number): void {
  const page = frame.get(R.faultPage);
  frame.set(R.span, span);
  frame.set(R.page, span === HUGE_PAGES ? hugeStart(page) : page);
  frame.set(R.isNew, 0);
  frame.set(R.needsSync, 0);
}

/** Gives 2 MiB up: the next attempt is one page. A huge translation there is in its way. */
export function fallBack(world: World, frame: Frame, reason: Fallback): void {
  const { mm } = world;
  mm.stats.fallbacks += 1;
  mm.stats[reason] += 1;
  const mapping = frame.get(R.mapping);
  const page = faultPage(frame);
  if (mm.table.isHuge(mapping, page)) mm.zapMapping(mapping, page, page + 1);
  beginPage(world, frame);
}

/**
 * Tries one page, or begins anew: where a page needs the lock of the address space, the fault lets
 * go of the mapping's and starts over, and as it has put no table there it tries 2 MiB again
 * (kernel record p01, ext4 on 6.12: two fallbacks).
 */
function beginPage(world: World, frame: Frame): void {
  const { knobs, mm, personality } = world;
  const { faultEntryLock, pageFaultLock } = personality;
  const isAnew = frame.get(R.byProgram) === 1 && pageFaultLock === 'mm' && faultEntryLock === 'vma';
  frame.set(R.byProgram, 0);
  const isHuge =
    isAnew &&
    knobs.faultSizes === 'hugeFirst' &&
    !mm.table.hasTable(frame.get(R.mapping), faultPage(frame));
  beginAttempt(frame, isHuge ? HUGE_PAGES : 1);
}

/** Values of `faultMode`. */
const TAKEN_SHARED = 1;
const TAKEN_EXCLUSIVE = 2;

function isBeingShared(world: World, frame: Frame): boolean {
  return world.copies.isSharing(frame.get(R.inode));
}

/**
 * How a write fault takes the mmap lock: exclusively while a clone shares the file's blocks, which
 * has it shared then (Linux 6.12 fs/xfs/xfs_file.c, xfs_ilock_for_write_fault). Whoever got it
 * shared looks again.
 */
export const faultMode: Step = {
  name: 'faultMode',
  outcomes: ['Shared', 'Exclusive'],
  touches: ['inodeCore'],
  run(world, frame) {
    const isExclusive = isBeingShared(world, frame);
    frame.set(R.faultMode, isExclusive ? TAKEN_EXCLUSIVE : TAKEN_SHARED);
    return isExclusive ? 1 : 0;
  },
};

/**
 * Whether the attempt is inside the file, and what the mapping says about its size. Reliable only
 * where truncation is kept away.
 */
export const checkFaultSize: Step = {
  name: 'checkFaultSize',
  outcomes: ['Inside', 'Beyond', 'Smaller', 'Sharing'],
  touches: ['size', 'pageTable', 'shutdown'],
  run(world, frame) {
    const { mm } = world;
    const span = frame.get(R.span);
    if (frame.get(R.faultMode) === TAKEN_SHARED && isBeingShared(world, frame)) return 3;
    if (span === LARGEST_PAGES) {
      mm.table.addDirectory(frame.get(R.mapping), faultPage(frame));
      beginAttempt(frame, HUGE_PAGES);
      return 2;
    }
    const size = world.sizeOf(frame.get(R.inode));
    const refuses = world.isDown && world.knobs.faultShutdown === 'checked';
    if (refuses || frame.get(R.page) * BLOCK_BYTES >= size) {
      mm.stats.signalFaults += 1;
      return 1;
    }
    if (span === 1) return 0;
    const reason = whyNotHuge(world, frame, size);
    if (reason === null) return 0;
    fallBack(world, frame, reason);
    return 2;
  },
};

function whyNotHuge(world: World, frame: Frame, sizeBytes: number): Fallback | null {
  const { mappings, table } = world.mm;
  const mapping = frame.get(R.mapping);
  const page = faultPage(frame);
  const first = frame.get(R.page) - mappings.firstPage(mapping);
  if (table.slotStart(mapping, page) !== first) return 'fallbacksColour';
  const isShared = mappings.isShared(mapping);
  if (!isShared && frame.get(R.access) === Access.Write) return 'fallbacksPrivate';
  if (!isInOneArea(world, mapping, page, first)) return 'fallbacksOutside';
  const isCut = (frame.get(R.page) + HUGE_PAGES - 1) * BLOCK_BYTES >= sizeBytes;
  return isCut ? 'fallbacksBeyondEnd' : null;
}

/** Whether one area holds a page and all of the 2 MiB that begin at `first`. */
function isInOneArea(world: World, mapping: number, page: number, first: number): boolean {
  const { areas } = world.mm.mappings;
  const area = areas.find(mapping, page);
  if (area === NO_AREA) return false;
  return areas.start(area) <= first && areas.end(area) >= first + HUGE_PAGES;
}

/** Before a page is read in a fault of its own, what is cached around it might be mapped. */
export const isOnePage: Step = {
  name: 'isOnePage',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.span) === 1 ? 1 : 0;
  },
};

/** filemap_map_pages: the page cache of a DAX file holds no pages, so nothing is mapped. */
export const mapAround: Step = {
  name: 'mapAround',
  outcomes: ['Ok'],
  touches: [],
  run() {
    return 0;
  },
};

/**
 * First page of the attempt counted in its mapping; −1 if that is no longer mapped, or something of
 * another size came into its slot.
 */
export function placeInMapping(world: World, frame: Frame): number {
  const { mappings, table } = world.mm;
  const mapping = frame.get(R.mapping);
  if (!mappings.isLive(mapping)) return -1;
  const page = faultPage(frame);
  if (frame.get(R.span) === 1) {
    const isMapped = mappings.areas.find(mapping, page) !== NO_AREA;
    return isMapped && !table.isHuge(mapping, page) ? page : -1;
  }
  const first = frame.get(R.page) - mappings.firstPage(mapping);
  const isFree = !table.hasTable(mapping, page);
  return isFree && isInOneArea(world, mapping, page, first) ? first : -1;
}
