/**
 * What lies under a page of a cached file: an extent, a hole, or blocks that are promised but have
 * no place yet.
 */
import { ExtentState } from '../../media/outcome.js';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import type { World } from '../../world.js';

/** Beside the states of an extent: promised, without a place. */
export const DELAYED = 3;

/** What was found last; one record, reused. */
export const found = {
  /** `ExtentState` or `DELAYED`. */
  state: 0,
  /** Device block of the page; 0 where there is none. */
  block: 0,
  /** First page of the run of its state, and one past the last. */
  start: 0,
  end: 0,
};

/** Looks a page up; answers its state, the rest is in `found`. */
export function lookUp(world: World, inode: number, page: number): number {
  const { extents } = world.volume;
  const state = extents.lookup(inode, page);
  found.state = state;
  found.block = state === ExtentState.Hole ? 0 : extents.block;
  found.start = extents.start;
  found.end = Math.min(page + extents.length, PAGE_LIMIT);
  if (state !== ExtentState.Hole || !world.delayed.next(inode, page)) return state;
  const { start, length } = world.delayed;
  if (start > page) found.end = Math.min(found.end, start);
  else {
    found.state = DELAYED;
    found.start = start;
    found.end = start + length;
  }
  return found.state;
}

/** Whether no extent and no promise ends behind `page`. */
export function isBehindAll(world: World, inode: number, page: number): boolean {
  return !world.volume.extents.next(inode, page) && !world.delayed.next(inode, page);
}
