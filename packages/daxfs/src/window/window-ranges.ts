/**
 * The window of a virtio-fs guest: ranges of 2 MiB of the host's memory, and which part of which
 * file each shows. Linux 6.12 fs/fuse/dax.c, struct fuse_dax_mapping and fuse_conn_dax.
 *
 *      free list ─take▶ in transfer ─SETUPMAPPING▶ busy: in the tree of one inode, on the busy list
 *          ▲──────────────────────── REMOVEMAPPING ◀──────────┘     oldest first
 *
 *      guest page table ─▶ window page = range × 512 + page in it ─▶ page table of the host
 *
 * A range that an operation uses is held; one that nobody holds is idle. Guests have windows and
 * inodes of their own: guest g knows inode i of the server under the number i + g × stride, so that
 * mappings, entries and locks of different guests never meet.
 */
import { IntColumn, IntLists, IntMap, NO_ID, assert } from '@daxsim/sim';
import { HUGE_PAGES } from '../mm/huge.js';
import { PageSets } from '../mm/page-set.js';
import type { StateSpace } from '@daxsim/sim';
import type { WindowValues } from '../personality.js';

/** Bytes of one range. */
export const RANGE_BYTES = 2097152;
/** No range. */
export const NO_RANGE = NO_ID;
/** Files reach up to so many ranges. */
const INDEX_LIMIT = 1048576;
const PERCENT = 100;

/** How often the window did what; reports. */
export interface WindowFigures {
  setups: number;
  upgrades: number;
  removals: number;
  inlineReclaims: number;
  backgroundReclaims: number;
  waits: number;
  hostFaults: number;
  backingLost: number;
}

export class WindowRanges {
  readonly figures: WindowFigures = {
    setups: 0,
    upgrades: 0,
    removals: 0,
    inlineReclaims: 0,
    backgroundReclaims: 0,
    waits: 0,
    hostFaults: 0,
    backingLost: 0,
  };
  private readonly lists: IntLists;
  private readonly freeCounts: IntColumn;
  private readonly inodes: IntColumn;
  private readonly indexes: IntColumn;
  private readonly writable: IntColumn;
  private readonly holds: IntColumn;
  private readonly tree: IntMap;
  private readonly ofInode: PageSets;
  private readonly sizes: IntMap;
  private readonly guests: IntColumn;
  private readonly workers: IntColumn;

  constructor(
    space: StateSpace,
    readonly values: WindowValues,
    /** Inode numbers of one guest. */
    readonly stride: number,
  ) {
    this.lists = new IntLists(space, 'window.list');
    this.freeCounts = new IntColumn(space, 'window.free');
    this.inodes = new IntColumn(space, 'window.inode');
    this.indexes = new IntColumn(space, 'window.index');
    this.writable = new IntColumn(space, 'window.writable');
    this.holds = new IntColumn(space, 'window.holds');
    this.tree = new IntMap(space, 'window.tree');
    this.ofInode = new PageSets(space, 'window.ofInode');
    this.sizes = new IntMap(space, 'window.size');
    this.guests = new IntColumn(space, 'window.guestOfTask');
    this.workers = new IntColumn(space, 'window.worker');
    for (let guest = 0; guest < values.guests; guest += 1) {
      for (let i = 0; i < values.ranges; i += 1) {
        this.lists.push(freeList(guest), guest * values.ranges + i);
      }
      this.freeCounts.set(guest, values.ranges);
    }
  }

  // Guests.

  /** The guest that a task belongs to; 0 unless it was told. */
  guestOf(task: number): number {
    return this.guests.get(task);
  }

  setGuest(task: number, guest: number): void {
    assert(guest < this.values.guests, 'WindowRanges: there is no such guest');
    this.guests.set(task, guest);
  }

  guestOfInode(inode: number): number {
    return Math.floor(inode / this.stride);
  }

  guestOfRange(range: number): number {
    return Math.floor(range / this.values.ranges);
  }

  /** What the server calls an inode of a guest. */
  serverInode(inode: number): number {
    return inode % this.stride;
  }

  // What a guest thinks of a file: attributes as the last reply had them.

  /** Size as this guest knows it; 0 if it never asked. */
  sizeOf(inode: number): number {
    return Math.max(0, this.sizes.get(inode) - 1);
  }

  setSize(inode: number, bytes: number): void {
    this.sizes.set(inode, bytes + 1);
  }

  // Ranges.

  /** The range that shows part `index` of a file, or NO_RANGE. */
  find(inode: number, index: number): number {
    return this.tree.get(inode * INDEX_LIMIT + index) - 1;
  }

  isWritable(range: number): boolean {
    return this.writable.get(range) !== 0;
  }

  setWritable(range: number): void {
    this.writable.set(range, 1);
  }

  inode(range: number): number {
    return this.inodes.get(range);
  }

  index(range: number): number {
    return this.indexes.get(range);
  }

  hold(range: number): void {
    this.holds.add(range, 1);
  }

  letGo(range: number): void {
    assert(this.holds.add(range, -1) >= 0, 'WindowRanges: a range that nobody held was let go');
  }

  isIdle(range: number): boolean {
    return this.holds.get(range) === 0;
  }

  freeCount(guest: number): number {
    return this.freeCounts.get(guest);
  }

  /** Takes the oldest free range, or answers NO_RANGE. */
  takeFree(guest: number): number {
    const range = this.lists.shift(freeList(guest));
    if (range !== NO_RANGE) this.freeCounts.add(guest, -1);
    return range;
  }

  giveBack(range: number): void {
    const guest = this.guestOfRange(range);
    this.lists.push(freeList(guest), range);
    this.freeCounts.add(guest, 1);
  }

  /** A range in transfer begins to show part `index` of a file. */
  insert(range: number, inode: number, index: number, isWritable: boolean): void {
    assert(this.inodes.get(range) === 0, 'WindowRanges: a range shows something already');
    this.inodes.set(range, inode);
    this.indexes.set(range, index);
    this.writable.set(range, isWritable ? 1 : 0);
    this.tree.set(inode * INDEX_LIMIT + index, range + 1);
    this.ofInode.add(inode, index);
    this.lists.push(busyList(this.guestOfRange(range)), range);
  }

  /** The range shows nothing any more, and is in transfer. */
  remove(range: number): void {
    const inode = this.inodes.get(range);
    const index = this.indexes.get(range);
    this.tree.delete(inode * INDEX_LIMIT + index);
    this.ofInode.remove(inode, index);
    this.lists.remove(busyList(this.guestOfRange(range)), range);
    this.inodes.set(range, 0);
    this.indexes.set(range, 0);
    this.writable.set(range, 0);
  }

  /** The first idle range of a file, in file order, or NO_RANGE. */
  firstIdle(inode: number): number {
    for (let index = this.nextOf(inode, 0); index >= 0; index = this.nextOf(inode, index + 1)) {
      const range = this.find(inode, index);
      if (this.isIdle(range)) return range;
    }
    return NO_RANGE;
  }

  /** Any range of a file, or NO_RANGE. */
  anyOf(inode: number): number {
    const index = this.nextOf(inode, 0);
    return index < 0 ? NO_RANGE : this.find(inode, index);
  }

  /** Whether some busy range of a guest is idle. */
  hasIdle(guest: number): boolean {
    for (let r = this.lists.first(busyList(guest)); r !== NO_RANGE; r = this.lists.next(r)) {
      if (this.isIdle(r)) return true;
    }
    return false;
  }

  /** The oldest busy range that is idle, which then counts as the newest; or NO_RANGE. */
  nextVictim(guest: number): number {
    const busy = busyList(guest);
    for (let range = this.lists.first(busy); range !== NO_RANGE; range = this.lists.next(range)) {
      if (!this.isIdle(range)) continue;
      this.lists.remove(busy, range);
      this.lists.push(busy, range);
      return range;
    }
    return NO_RANGE;
  }

  // The worker that takes ranges back.

  /** Fewer free ranges than this, and the worker starts. */
  get threshold(): number {
    const { ranges, reclaimBelowPercent } = this.values;
    return Math.max(1, Math.floor((ranges * reclaimBelowPercent) / PERCENT));
  }

  isWorking(guest: number): boolean {
    return this.workers.get(guest) !== 0;
  }

  setWorking(guest: number, isWorking: boolean): void {
    this.workers.set(guest, isWorking ? 1 : 0);
  }

  /** What is wrong with the lists and trees, or null. */
  problem(): string | null {
    const { values } = this;
    for (let range = 0; range < values.guests * values.ranges; range += 1) {
      const inode = this.inodes.get(range);
      if (inode === 0 || this.find(inode, this.indexes.get(range)) === range) continue;
      return `window range ${String(range)} is not where inode ${String(inode)} looks for it`;
    }
    for (let guest = 0; guest < values.guests; guest += 1) {
      let free = 0;
      for (let r = this.lists.first(freeList(guest)); r !== NO_RANGE; r = this.lists.next(r)) {
        if (this.inodes.get(r) !== 0) return `free window range ${String(r)} shows a file`;
        if (!this.isIdle(r)) return `free window range ${String(r)} is held`;
        free += 1;
      }
      if (free !== this.freeCounts.get(guest)) return `free window ranges are miscounted`;
    }
    return null;
  }

  private nextOf(inode: number, from: number): number {
    return this.ofInode.next(inode, from, INDEX_LIMIT);
  }
}

/** The first page of a range, counted in the window. */
export function firstWindowPage(range: number): number {
  return range * HUGE_PAGES;
}

function freeList(guest: number): number {
  return guest * 2;
}

function busyList(guest: number): number {
  return guest * 2 + 1;
}
