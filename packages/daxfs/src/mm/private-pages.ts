/**
 * Private copies of pages: what stores through a private mapping change. They are ordinary memory,
 * outside the device, and cost nothing here; power loss takes them all.
 */
import { Bitmap, IntColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

const WORDS_PER_PAGE = 1024;
const SLOTS_MAX = 2097152;

export class PrivatePages {
  private readonly used: Bitmap;
  private readonly words: IntColumn;

  constructor(space: StateSpace) {
    this.used = new Bitmap(space, 'mm.private.used');
    this.words = new IntColumn(space, 'mm.private.words');
  }

  /** Pages in use. */
  get count(): number {
    return this.used.count;
  }

  /** Takes a page of zeros and answers its slot. */
  take(): number {
    const slot = this.used.nextClear(0, SLOTS_MAX);
    this.used.set(slot);
    return slot;
  }

  giveBack(slot: number): void {
    this.used.clear(slot);
    const first = slot * WORDS_PER_PAGE;
    for (let word = first; word < first + WORDS_PER_PAGE; word += 1) {
      if (this.words.get(word) !== 0) this.words.set(word, 0);
    }
  }

  /** Copies `length` bytes from `offset` in the page to `target[at…]`. */
  read(slot: number, offset: number, target: Uint8Array, at: number, length: number): void {
    const first = slot * WORDS_PER_PAGE * 4 + offset;
    for (let i = 0; i < length; i += 1) {
      const byte = first + i;
      target[at + i] = this.words.get(byte >>> 2) >>> ((byte & 3) * 8);
    }
  }

  /** Copies `length` bytes from `source[at…]` to `offset` in the page. */
  write(slot: number, offset: number, source: Uint8Array, at: number, length: number): void {
    const first = slot * WORDS_PER_PAGE * 4 + offset;
    for (let i = 0; i < length; i += 1) {
      const byte = first + i;
      const shift = (byte & 3) * 8;
      const word = this.words.get(byte >>> 2) & ~(255 << shift);
      this.words.set(byte >>> 2, word | (source[at + i] << shift));
    }
  }
}
