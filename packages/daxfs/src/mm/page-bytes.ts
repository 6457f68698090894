/**
 * Pages of ordinary memory with their bytes, outside the device: what the page cache keeps. Power
 * loss takes them all.
 *
 *      slot   0 ─ used by a cached page     1 ─ pinned, its file page is gone     2 ─ free, zeros
 *
 * A slot has holders (the cache, each pin); the last one that lets go frees it. Free slots are all
 * zeros and are handed out lowest first, so that equal contents are equal states. Copying is by
 * words where offset and length allow.
 */
import { Bitmap, IntColumn, assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

export const PAGE_BYTES = 4096;
const WORDS_PER_PAGE = PAGE_BYTES / 4;
const SLOTS_MOST = 16777216;

export class PageBytes {
  private readonly used: Bitmap;
  private readonly words: IntColumn;
  private readonly holders: IntColumn;
  /** No slot below this one is free; a hint, no state. */
  private firstFree = 0;

  constructor(
    private readonly space: StateSpace,
    name: string,
  ) {
    this.used = new Bitmap(space, `${name}.used`);
    this.words = new IntColumn(space, `${name}.words`);
    this.holders = new IntColumn(space, `${name}.holders`);
  }

  /** Pages in use. */
  get count(): number {
    return this.used.count;
  }

  /** Takes a page of zeros for one holder and answers its slot. */
  take(): number {
    // The hint is not undone with the state.
    const from = this.space.tracking ? 0 : this.firstFree;
    const slot = this.used.nextClear(from, SLOTS_MOST);
    assert(slot >= 0, 'PageBytes: no page is free');
    this.firstFree = slot + 1;
    this.used.set(slot);
    this.holders.set(slot, 1);
    return slot;
  }

  hold(slot: number): void {
    this.holders.add(slot, 1);
  }

  /** How many hold a page. */
  holdersOf(slot: number): number {
    return this.holders.get(slot);
  }

  /** Lets go of a page; the last holder frees it. */
  release(slot: number): void {
    if (this.holders.add(slot, -1) > 0) return;
    this.used.clear(slot);
    this.zero(slot, 0, PAGE_BYTES);
    if (slot < this.firstFree) this.firstFree = slot;
  }

  /** Copies `length` bytes from `offset` in the page to `target[at…]`. */
  read(slot: number, offset: number, target: Uint8Array, at: number, length: number): void {
    const first = slot * PAGE_BYTES + offset;
    let i = 0;
    while (i < length) {
      const byte = first + i;
      let word = this.words.get(Math.floor(byte / 4)) >>> ((byte & 3) * 8);
      for (let left = Math.min(4 - (byte & 3), length - i); left > 0; left -= 1) {
        target[at + i] = word;
        word >>>= 8;
        i += 1;
      }
    }
  }

  /** Copies `length` bytes from `source[at…]` to `offset` in the page. */
  write(slot: number, offset: number, source: Uint8Array, at: number, length: number): void {
    const first = slot * PAGE_BYTES + offset;
    let i = 0;
    while (i < length) {
      const byte = first + i;
      const from = byte & 3;
      const to = Math.min(4, from + length - i);
      const index = Math.floor(byte / 4);
      let word = to - from === 4 ? 0 : this.words.get(index);
      for (let place = from; place < to; place += 1) {
        const shift = place * 8;
        word = (word & ~(255 << shift)) | (source[at + i] << shift);
        i += 1;
      }
      this.words.set(index, word);
    }
  }

  /** Zeroes `length` bytes from `offset` in the page. */
  zero(slot: number, offset: number, length: number): void {
    const first = slot * PAGE_BYTES + offset;
    let i = 0;
    while (i < length) {
      const byte = first + i;
      const index = Math.floor(byte / 4);
      const from = byte & 3;
      const to = Math.min(4, from + length - i);
      const word = this.words.get(index);
      i += to - from;
      if (word === 0) continue;
      const mask = to - from === 4 ? -1 : ((1 << ((to - from) * 8)) - 1) << (from * 8);
      this.words.set(index, word & ~mask);
    }
  }

  /** Copies a whole page over another. */
  copy(from: number, to: number): void {
    for (let word = 0; word < WORDS_PER_PAGE; word += 1) {
      const value = this.words.get(from * WORDS_PER_PAGE + word);
      if (this.words.get(to * WORDS_PER_PAGE + word) !== value) {
        this.words.set(to * WORDS_PER_PAGE + word, value);
      }
    }
  }
}
