/**
 * Words that an undo log needs and does not hold itself: put on a stack when they are overwritten,
 * taken off in the reverse order when that is undone.
 *
 *     keep(16 words) ─▶ offset, which goes to the undo log under one key       putBack(offset)
 *
 * A line that is undone as a whole costs one entry of the log instead of sixteen, and as many
 * words.
 */
import type { StateSpace } from '@daxsim/sim';
import { longer } from './longer.js';

const FIRST_WORDS = 1024;

export class KeptWords {
  private words = new Int32Array(FIRST_WORDS);
  private used = 0;
  private emptied = 0;

  constructor(private readonly space: StateSpace) {}

  /** Keeps words; answers where. */
  keep(from: Int32Array, at: number, count: number): number {
    const to = this.room(count);
    this.words[to] = count;
    for (let i = 0; i < count; i += 1) this.words[to + 1 + i] = from[at + i];
    return to;
  }

  /** How many words were kept there. */
  count(offset: number): number {
    return this.words[offset];
  }

  /** Puts back what was kept, which is not needed any more, nor what was kept later. */
  putBack(offset: number, into: Int32Array, at: number): void {
    const { words } = this;
    for (let i = 0; i < words[offset]; i += 1) into[at + i] = words[offset + 1 + i];
    this.used = offset;
  }

  private room(count: number): number {
    if (this.emptied !== this.space.emptied) {
      this.emptied = this.space.emptied;
      this.used = 0;
    }
    const at = this.used;
    while (at + 1 + count > this.words.length) this.words = longer(this.words);
    this.used = at + 1 + count;
    return at;
  }
}
