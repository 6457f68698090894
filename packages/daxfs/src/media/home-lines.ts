/**
 * What the valid records of a log say: the last value of every unit, by home line.
 *
 *     record ─ take, take … ─▶ units ─ write ─▶ home lines, flush, fence
 *     mark ─ record, record ─ undoTo(mark)         as if these records had not been there
 *
 * One image after the other shares most of the log, so records can be taken back from the end, and
 * `rewrite` stores only the lines that this and the records since made something else.
 */
import type { Memory } from '@daxsim/pmem';
import { WORDS_PER_LINE } from './layout.js';
import { longer } from './line-list.js';
import type { LineList } from './line-list.js';
import type { LineWriter } from './line-writer.js';

const LINE_BYTES = 64;
const FIRST_LINES = 256;

/** A memory of which what was stored to a line can be stored otherwise afterwards. */
export interface RewritableMemory {
  readonly lineWords: Int32Array;
  /** See `PowerLossImage.rewrite`. */
  rewrite(line: number, mask: number): boolean;
}

/** Entries of the log of changes: line's index, unit or `NEW_LINE`, mask and words before. */
const UNDO_STEP = 5;
const NEW_LINE = 8;

export class HomeLines {
  count = 0;
  /** Open addressing: line, and its index where `stampOf` is the present one. */
  private lineOf = new Int32Array(FIRST_LINES * 2);
  private indexOf = new Int32Array(FIRST_LINES * 2);
  private stampOf = new Int32Array(FIRST_LINES * 2);
  private stamp = 1;
  private lines = new Int32Array(FIRST_LINES);
  private masks = new Int32Array(FIRST_LINES);
  private words = new Int32Array(FIRST_LINES * WORDS_PER_LINE);
  private undo = new Int32Array(FIRST_LINES * UNDO_STEP);
  private undoEnd = 0;
  /** Lines that are not what they were at the last `rewrite`, some of them twice. */
  private touched = new Int32Array(FIRST_LINES);
  private touchedCount = 0;

  clear(): void {
    this.count = 0;
    this.stamp += 1;
    this.undoEnd = 0;
    this.touchedCount = 0;
  }

  /** A point to come back to. */
  mark(): number {
    return this.undoEnd;
  }

  /** Takes units back, the last first. */
  undoTo(mark: number): void {
    const { undo, masks, words } = this;
    while (this.undoEnd > mark) {
      this.undoEnd -= UNDO_STEP;
      const at = this.undoEnd;
      const index = undo[at];
      const unit = undo[at + 1];
      this.touch(this.lines[index]);
      if (unit === NEW_LINE) {
        this.dropLast();
        continue;
      }
      masks[index] = undo[at + 2];
      words[index * WORDS_PER_LINE + unit * 2] = undo[at + 3];
      words[index * WORDS_PER_LINE + unit * 2 + 1] = undo[at + 4];
    }
  }

  readonly take = (address: number, low: number, high: number): void => {
    const line = Math.floor(address / LINE_BYTES);
    const index = this.indexFor(line);
    const unit = (address - line * LINE_BYTES) / 8;
    const at = index * WORDS_PER_LINE + unit * 2;
    this.remember(index, unit, this.words[at], this.words[at + 1]);
    this.touch(line);
    this.masks[index] |= 1 << unit;
    this.words[at] = low;
    this.words[at + 1] = high;
  };

  /** Whether a line before this one is among them. */
  hasBefore(line: number): boolean {
    for (let index = 0; index < this.count; index += 1) {
      if (this.lines[index] < line) return true;
    }
    return false;
  }

  /**
   * Makes the image, which holds what was written before, hold what is here now; adds the lines
   * that are others than before to `changed`.
   */
  rewrite(image: RewritableMemory, changed: LineList): void {
    const { lineWords } = image;
    for (let i = 0; i < this.touchedCount; i += 1) {
      const line = this.touched[i];
      const index = this.find(line);
      const mask = index < 0 ? 0 : this.masks[index];
      const from = index * WORDS_PER_LINE;
      if (mask !== 0) {
        for (let word = 0; word < WORDS_PER_LINE; word += 1) {
          lineWords[word] = this.words[from + word];
        }
      }
      if (image.rewrite(line, mask)) changed.add(line);
    }
    this.touchedCount = 0;
  }

  write(memory: Memory, writer: LineWriter): void {
    const { lineWords } = memory;
    for (let index = 0; index < this.count; index += 1) {
      const from = index * WORDS_PER_LINE;
      for (let i = 0; i < WORDS_PER_LINE; i += 1) lineWords[i] = this.words[from + i];
      writer.store(this.lines[index] * LINE_BYTES, this.masks[index]);
    }
    if (this.count > 0) writer.fence();
  }

  private find(line: number): number {
    const mask = this.lineOf.length - 1;
    for (let at = placeOf(line, mask); this.stampOf[at] === this.stamp; at = (at + 1) & mask) {
      if (this.lineOf[at] === line) return this.indexOf[at];
    }
    return -1;
  }

  private indexFor(line: number): number {
    const found = this.find(line);
    if (found >= 0) return found;
    if (this.count === this.lines.length) this.grow();
    const index = this.count;
    this.count += 1;
    this.enter(line, index);
    this.lines[index] = line;
    this.masks[index] = 0;
    this.remember(index, NEW_LINE, 0, 0);
    return index;
  }

  private enter(line: number, index: number): void {
    const mask = this.lineOf.length - 1;
    let at = placeOf(line, mask);
    while (this.stampOf[at] === this.stamp) at = (at + 1) & mask;
    this.stampOf[at] = this.stamp;
    this.lineOf[at] = line;
    this.indexOf[at] = index;
  }

  /** Forgets the line that came last; the places behind its own are as before it came. */
  private dropLast(): void {
    this.count -= 1;
    const line = this.lines[this.count];
    const mask = this.lineOf.length - 1;
    let at = placeOf(line, mask);
    while (this.lineOf[at] !== line || this.stampOf[at] !== this.stamp) at = (at + 1) & mask;
    this.stampOf[at] = 0;
  }

  private remember(index: number, unit: number, low: number, high: number): void {
    if (this.undoEnd === this.undo.length) this.undo = longer(this.undo);
    const { undo, undoEnd } = this;
    undo[undoEnd] = index;
    undo[undoEnd + 1] = unit;
    undo[undoEnd + 2] = this.masks[index];
    undo[undoEnd + 3] = low;
    undo[undoEnd + 4] = high;
    this.undoEnd = undoEnd + UNDO_STEP;
  }

  private touch(line: number): void {
    const { touchedCount } = this;
    if (touchedCount > 0 && this.touched[touchedCount - 1] === line) return;
    if (touchedCount === this.touched.length) this.touched = longer(this.touched);
    this.touched[touchedCount] = line;
    this.touchedCount = touchedCount + 1;
  }

  private grow(): void {
    const { count } = this;
    this.lines = longer(this.lines);
    this.masks = longer(this.masks);
    this.words = longer(this.words);
    this.lineOf = new Int32Array(this.lines.length * 2);
    this.indexOf = new Int32Array(this.lines.length * 2);
    this.stampOf = new Int32Array(this.lines.length * 2);
    for (let index = 0; index < count; index += 1) this.enter(this.lines[index], index);
  }
}

function placeOf(line: number, mask: number): number {
  return (Math.imul(line, 0x9e3779b1) >>> 7) & mask;
}
