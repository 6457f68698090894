/**
 * Steps of a device that moves bytes to pinned pages of the page cache: Linux 6.12 mm/gup.c,
 * Documentation/core-api/pin_user_pages.rst.
 *
 *      pin fast    read the translation ─▶ hold its page, read it again: the same? ── no ─▶ slowly
 *      store       half a page at a time, past every fault and every lock
 *      let go      under the folio's lock: still the file's? dirty ─▶ the page's memory is let go
 *
 * Nobody who takes pages out of the cache waits for a pin: what the device stores then goes to
 * memory that is no file's any more. Who writes a page back may have to care, see `pinnedWrites`.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { NO_PAGE, Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { isAsPeeked, partAtCursor, peekStep, tookFast } from '../mapped/device.js';
import { markDirty } from './folios.js';
import type { Frame, WaitDefinition } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** What a device stores at a time. */
const BURST_BYTES = BLOCK_BYTES / 2;

export const peekAtCached = peekStep('peekAtCached', Translation.CachedWritable, R.slot);

/** Holds the page; what was read must still be there, else it is let go at once. */
export const takePeekedPage: Step = {
  name: 'takePeekedPage',
  outcomes: ['Pinned', 'Changed'],
  touches: ['pageTable', 'pins', 'mappings', 'cachedBytes'],
  run(world, frame) {
    const { cache, mappings, pins } = world.mm;
    if (!isAsPeeked(world, frame, Translation.CachedWritable, R.slot)) {
      pins.counted.backoffs += 1;
      return 1;
    }
    const { from, bytes } = partAtCursor(world, frame);
    const slot = frame.get(R.slot);
    cache.bytes.hold(slot);
    pins.addCached(frame.get(R.pin), mappings.inode(frame.get(R.mapping)), from, bytes, slot);
    tookFast(world, frame, bytes);
    return 0;
  },
};

/** Aims the device at the next bytes of a pin; `cursor` counts them. */
export const nextBurst: Step = {
  name: 'nextBurst',
  outcomes: ['Found', 'End'],
  touches: ['pins'],
  run(world, frame) {
    const { pins } = world.mm;
    const pin = frame.get(R.pin);
    const start = pins.start(pin);
    const from = start + frame.get(R.cursor);
    if (frame.get(R.cursor) >= pins.bytes(pin)) return 1;
    const to = Math.min(start + pins.bytes(pin), nextMultiple(from, BURST_BYTES));
    frame.set(R.slot, pins.cachedSlot(pin, pins.pageAt(pin, frame.get(R.cursor))));
    frame.set(R.moveFile, from);
    frame.set(R.moveTo, to);
    frame.set(R.cursor, to - start);
    return 0;
  },
};

function nextMultiple(byte: number, unit: number): number {
  return (Math.floor(byte / unit) + 1) * unit;
}

/** The next page of a pin that was written to; its folio's lock is taken next. */
export const nextWrittenFolio: Step = {
  name: 'nextWrittenFolio',
  outcomes: ['Found', 'End'],
  touches: ['pins', 'cacheIndex'],
  run(world, frame) {
    const { cache, pins } = world.mm;
    const pin = frame.get(R.pin);
    const at = frame.get(R.cursor);
    if (world.knobs.writtenPin !== 'tagsDirty' || at >= pins.pages(pin)) return 1;
    const inode = pins.inode(pin);
    const page = Math.floor(pins.start(pin) / BLOCK_BYTES) + at;
    frame.set(R.cursor, at + 1);
    frame.set(R.inode, inode);
    frame.set(R.page, page);
    frame.set(R.slot, pins.cachedSlot(pin, at));
    frame.set(R.entryPage, cache.has(inode, page) ? cache.head(inode, page) : page);
    return 0;
  },
};

/** Somebody wrote to the page past every fault: it is dirty, if it still is the file's. */
export const tagWrittenFolio: Step = {
  name: 'tagWrittenFolio',
  outcomes: ['Ok'],
  touches: ['folio', 'dirtyTag'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const page = frame.get(R.page);
    if (cache.slot(inode, page) === frame.get(R.slot)) markDirty(world, inode, page, page + 1);
    return 0;
  },
};

/** Until no device holds a page of the folio of `entryPage`. */
export const pinsGone: WaitDefinition<World> = {
  name: 'pinsGone',
  key: (_world, frame) => frame.get(R.inode),
  ready: (world, frame) => !isPinned(world, frame),
};

function isPinned(world: World, frame: Frame): boolean {
  const { cache } = world.mm;
  const inode = frame.get(R.inode);
  const head = frame.get(R.entryPage);
  const behind = cache.behind(inode, head);
  for (let page = head; page < behind; page += 1) {
    const slot = cache.slot(inode, page);
    if (slot === NO_PAGE) continue;
    const isOnItsWay = cache.nextSent(inode, page, page + 1) === page;
    if (cache.bytes.holdersOf(slot) > (isOnItsWay ? 2 : 1)) return true;
  }
  return false;
}

/**
 * Under the folio's lock: whether a device holds a page of the folio, and must let go of it before
 * it is written back. Protected first: else a pin comes between the look and the protection, while
 * one that comes behind it must fault, and its fault waits for the lock.
 */
export const findHeld: Step = {
  name: 'findHeld',
  outcomes: ['No', 'Held'],
  touches: ['folio', 'cachedBytes', 'pageTable', 'mappings'],
  run(world, frame) {
    const inode = frame.get(R.inode);
    const head = frame.get(R.entryPage);
    world.mm.protectPages(inode, head, world.mm.cache.behind(inode, head));
    return isPinned(world, frame) ? 1 : 0;
  },
};
