/**
 * Steps of pinning cached pages: Linux 6.12 mm/gup.c. A pin holds the memory of a page: when the
 * file lets go of it, the pin still shows what it held, and nobody waits.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { isCopy } from '../../mm/memory-maps.js';
import { NO_PAGE, Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { fail } from '../files/answers.js';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { pinsGone } from './device.js';

/** Pins the page at the cursor if its translation allows the access; else it must fault first. */
export const pinNextCached: Step = {
  name: 'pinNextCached',
  outcomes: ['Pinned', 'End', 'Read', 'Write', 'Failed'],
  touches: ['pageTable', 'pins', 'mappings', 'cachedBytes'],
  run(world, frame) {
    const { cache, mappings, pins, table } = world.mm;
    const at = frame.get(R.cursor);
    const end = frame.get(R.end);
    if (at >= end) return 1;
    const mapping = frame.get(R.mapping);
    const page = Math.floor(at / BLOCK_BYTES);
    const kind = table.kind(mapping, page);
    if (isCopy(kind)) {
      fail(frame, Errno.NotSupported);
      return 4;
    }
    if (frame.get(R.access) === Access.Write && kind !== Translation.CachedWritable) return 3;
    if (kind === Translation.Absent) return 2;
    const next = Math.min(end, (page + 1) * BLOCK_BYTES);
    const slot = table.target(mapping, page);
    cache.bytes.hold(slot);
    const fileByte = mappings.firstPage(mapping) * BLOCK_BYTES + at;
    pins.addCached(frame.get(R.pin), mappings.inode(mapping), fileByte, next - at, slot);
    frame.set(R.cursor, next);
    return 0;
  },
};

/** Aims a copy at the next page of a pin. */
export const nextPinnedPage: Step = {
  name: 'nextPinnedPage',
  outcomes: ['Found', 'End'],
  touches: ['pins'],
  run(world, frame) {
    const { pins } = world.mm;
    const pin = frame.get(R.pin);
    const page = frame.get(R.cursor);
    if (page >= pins.pages(pin)) return 1;
    const start = pins.start(pin);
    const pageStart = (Math.floor(start / BLOCK_BYTES) + page) * BLOCK_BYTES;
    const from = Math.max(start, pageStart);
    const to = Math.min(start + pins.bytes(pin), pageStart + BLOCK_BYTES);
    frame.set(R.inode, pins.inode(pin));
    frame.set(R.block, pins.cachedSlot(pin, page));
    frame.set(R.moveFile, from);
    frame.set(R.moveFrom, from - pageStart);
    frame.set(R.moveTo, to - pageStart);
    frame.set(R.result, frame.get(R.result) + to - from);
    return 0;
  },
};

function release(world: World, pin: number, page: number): void {
  const { cache, pins } = world.mm;
  const slot = pins.cachedSlot(pin, page);
  if (slot !== NO_PAGE) cache.bytes.release(slot);
  pins.release(pin, page);
}

/** Lets go of every page of a pin and wakes who waits for that. */
export function letPinGo(world: World, pin: number): void {
  const { pins } = world.mm;
  const inode = pins.inode(pin);
  for (let page = 0; page < pins.pages(pin); page += 1) release(world, pin, page);
  pins.forget(pin);
  world.signal(pinsGone.name, inode);
}

/** Lets go of the page that was copied. */
export const unpinCopiedPage: Step = {
  name: 'unpinCopiedPage',
  outcomes: ['Ok'],
  touches: ['pins', 'cachedBytes'],
  run(world, frame) {
    const page = frame.get(R.cursor);
    release(world, frame.get(R.pin), page);
    frame.set(R.cursor, page + 1);
    return 0;
  },
};

/** Lets go of a pin that a device wrote through, and wakes who waits for that. */
export const releaseCachedPin: Step = {
  name: 'releaseCachedPin',
  outcomes: ['Ok'],
  touches: ['pins', 'cachedBytes'],
  run(world, frame) {
    letPinGo(world, frame.get(R.pin));
    return 0;
  },
};

/** Lets go of every page of a pin, and of the pin. */
export const unpinAllPages: Step = {
  name: 'unpinAllPages',
  outcomes: ['Ok'],
  touches: ['pins', 'cachedBytes'],
  run(world, frame) {
    const { pins } = world.mm;
    const pin = frame.get(R.pin);
    for (let page = 0; page < pins.pages(pin); page += 1) release(world, pin, page);
    pins.forget(pin);
    return 0;
  },
};
