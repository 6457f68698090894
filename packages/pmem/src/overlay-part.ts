/**
 * What some stores to an overlay of lines changed, so that it can be taken back and put there
 * again.
 *
 *     begin ─ first change of a slot: what it held is saved ─ end      exchange: saved ⇄ present
 */
import { longer } from './longer.js';

const LINE_WORDS = 16;
const FIRST_SLOTS = 64;

export class OverlayPart {
  count = 0;
  isOpen = false;
  /** Whether the overlay holds what the part left, and not what was there before. */
  isApplied = false;
  private slots = new Int32Array(FIRST_SLOTS);
  private words = new Int32Array(FIRST_SLOTS * LINE_WORDS);
  private masks = new Int32Array(FIRST_SLOTS);
  private doubts = new Int32Array(FIRST_SLOTS);
  /** By slot of the overlay: the number of the part that saved it last. */
  private savedIn: number[] = [];
  private number = 0;

  /** Forgets what was saved. */
  clear(): void {
    this.count = 0;
    this.isOpen = false;
    this.isApplied = false;
  }

  begin(): void {
    this.number += 1;
    this.count = 0;
    this.isOpen = true;
    this.isApplied = true;
  }

  end(): void {
    this.isOpen = false;
  }

  has(slot: number): boolean {
    return this.savedIn[slot] === this.number;
  }

  slot(index: number): number {
    return this.slots[index];
  }

  written(index: number): number {
    return this.masks[index];
  }

  doubt(index: number): number {
    return this.doubts[index];
  }

  save(slot: number, words: Int32Array, written: number, doubt: number): void {
    const { count } = this;
    if (count === this.slots.length) this.grow();
    while (this.savedIn.length <= slot) this.savedIn.push(0);
    this.savedIn[slot] = this.number;
    this.slots[count] = slot;
    this.masks[count] = written;
    this.doubts[count] = doubt;
    const from = slot * LINE_WORDS;
    const to = count * LINE_WORDS;
    for (let i = 0; i < LINE_WORDS; i += 1) this.words[to + i] = words[from + i];
    this.count = count + 1;
  }

  /** Saved words go to the overlay and the overlay's are saved, with mask and doubt. */
  exchange(index: number, words: Int32Array, written: number, doubt: number): void {
    const to = this.slots[index] * LINE_WORDS;
    const from = index * LINE_WORDS;
    for (let i = 0; i < LINE_WORDS; i += 1) {
      const word = words[to + i];
      words[to + i] = this.words[from + i];
      this.words[from + i] = word;
    }
    this.masks[index] = written;
    this.doubts[index] = doubt;
  }

  private grow(): void {
    this.slots = longer(this.slots);
    this.words = longer(this.words);
    this.masks = longer(this.masks);
    this.doubts = longer(this.doubts);
  }
}
