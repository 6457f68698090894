/**
 * Pins: references that somebody outside the page tables holds on pages (get_user_pages), as a pipe
 * after vmsplice or a device that moves bytes by itself.
 *
 *      pin 3:  [ block 520 from byte 100 │ block 521 │ zeros … ]      numbered by the submitter
 *      block:  how many pins hold it; 0 is idle, and may be freed
 *
 * A pin survives its mapping and its file's truncation: that is why whoever takes blocks away must
 * wait for it. Private copies cannot be pinned here.
 *
 * What was asked for and given back is counted, page by page, as /proc/vmstat shows it.
 */
import { IntColumn, IntMap, NumberColumn } from '@daxsim/sim';
import { PAGE_BYTES } from './page-bytes.js';
import { NO_PAGE } from './page-table.js';
import { PageSets, pageKey } from './page-set.js';
import type { StateSpace } from '@daxsim/sim';

/** Pages, since the system was made; figures of a report, no state. */
export interface PinCounts {
  /** References taken with a fault if need be, and without any lock. */
  slow: number;
  fast: number;
  /** References of the fast way that were given back because the translation had changed. */
  backoffs: number;
  returned: number;
}

export class Pins {
  readonly counted: PinCounts = { slow: 0, fast: 0, backoffs: 0, returned: 0 };

  private readonly counts: IntMap;
  /** All pinned blocks, as set 0. */
  private readonly blocks: PageSets;
  /** Block + 2 of a pinned page of the device, 1 for zeros. */
  private readonly words: IntMap;
  private readonly inodes: IntColumn;
  private readonly pageCounts: IntColumn;
  private readonly starts: NumberColumn;
  private readonly lengths: NumberColumn;

  constructor(space: StateSpace) {
    this.counts = new IntMap(space, 'mm.pin.counts');
    this.blocks = new PageSets(space, 'mm.pin.blocks');
    this.words = new IntMap(space, 'mm.pin.words');
    this.inodes = new IntColumn(space, 'mm.pin.inode');
    this.pageCounts = new IntColumn(space, 'mm.pin.pages');
    this.starts = new NumberColumn(space, 'mm.pin.start');
    this.lengths = new NumberColumn(space, 'mm.pin.bytes');
  }

  /** Whether anything at all is pinned. */
  get isEmpty(): boolean {
    return this.blocks.count(0) === 0;
  }

  /** How many pins hold a block. */
  holders(block: number): number {
    return this.counts.get(block);
  }

  /** First pinned block from `block` on, or NO_PAGE. */
  nextBlock(block: number, limit: number): number {
    return this.blocks.next(0, block, limit);
  }

  /** Number of the page, of those that a pin holds, with its byte `at`. */
  pageAt(pin: number, at: number): number {
    const start = this.starts.get(pin);
    return Math.floor((start + at) / PAGE_BYTES) - Math.floor(start / PAGE_BYTES);
  }

  /** Adds the page with the next `bytes` bytes; `fileByte` is the first, for a pin's first page. */
  add(pin: number, inode: number, fileByte: number, bytes: number, block: number): void {
    const page = this.pageCounts.get(pin);
    this.counted.slow += 1;
    if (page === 0) {
      this.inodes.set(pin, inode);
      this.starts.set(pin, fileByte);
    }
    this.words.set(pageKey(pin, page), block === NO_PAGE ? 1 : block + 2);
    this.pageCounts.set(pin, page + 1);
    this.lengths.add(pin, bytes);
    if (block === NO_PAGE) return;
    this.counts.add(block, 1);
    this.blocks.add(0, block);
  }

  /** The same for a page of the page cache, by its slot; its memory is the cache's to keep. */
  addCached(pin: number, inode: number, fileByte: number, bytes: number, slot: number): void {
    this.add(pin, inode, fileByte, bytes, NO_PAGE);
    this.words.set(pageKey(pin, this.pageCounts.get(pin) - 1), -1 - slot);
  }

  /** Slot of a cached page of the pin, or NO_PAGE. */
  cachedSlot(pin: number, page: number): number {
    const word = this.words.get(pageKey(pin, page));
    return word < 0 ? -1 - word : NO_PAGE;
  }

  /** Whether a page of a pin was not let go of yet. */
  isHeld(pin: number, page: number): boolean {
    return this.words.get(pageKey(pin, page)) !== 0;
  }

  pages(pin: number): number {
    return this.pageCounts.get(pin);
  }

  inode(pin: number): number {
    return this.inodes.get(pin);
  }

  /** First byte in the file that the pin shows, and how many it shows. */
  start(pin: number): number {
    return this.starts.get(pin);
  }

  bytes(pin: number): number {
    return this.lengths.get(pin);
  }

  /** Device block of a page of the pin, or NO_PAGE for zeros and for what was let go. */
  block(pin: number, page: number): number {
    const word = this.words.get(pageKey(pin, page));
    return word < 2 ? NO_PAGE : word - 2;
  }

  /** Lets a page go; its block if that became idle, else NO_PAGE. */
  release(pin: number, page: number): number {
    const block = this.block(pin, page);
    if (this.isHeld(pin, page)) this.counted.returned += 1;
    this.words.set(pageKey(pin, page), 0);
    if (block === NO_PAGE || this.counts.add(block, -1) > 0) return NO_PAGE;
    this.blocks.remove(0, block);
    return block;
  }

  /** Forgets a pin whose pages were all let go. */
  forget(pin: number): void {
    this.inodes.set(pin, 0);
    this.pageCounts.set(pin, 0);
    this.starts.set(pin, 0);
    this.lengths.set(pin, 0);
  }
}
