/**
 * Bytes that a line shows instead of those beneath it, in units of eight: what a torn or lost write
 * left of older contents, or the zeros of backing that has grown again.
 *
 *     lay(line, units, words) ─▶ shown ─▶ written over, unit by unit ─▶ gone
 *
 * All of it lies in arenas, so a rewind takes it back.
 */
import { IntMap, type StateSpace } from '@daxsim/sim';

const LINE_WORDS = 16;

export class StaleUnits {
  private readonly masks: IntMap;
  private readonly words: IntMap;
  private readonly scratch = new Int32Array(LINE_WORDS);
  private readonly scratchBytes = new Uint8Array(this.scratch.buffer);

  constructor(space: StateSpace) {
    this.masks = new IntMap(space, 'pmem stale units of lines');
    this.words = new IntMap(space, 'pmem stale words');
  }

  /** The units of a line that are shown from here, one bit each. */
  units(line: number): number {
    return this.masks.get(line);
  }

  /** Leaves all words of a line that are kept here, shown or not, in `into`. */
  copy(line: number, into: Int32Array): void {
    for (let i = 0; i < LINE_WORDS; i += 1) into[i] = this.words.get(line * LINE_WORDS + i);
  }

  lay(line: number, units: number, words: Int32Array): void {
    this.masks.set(line, this.units(line) | units);
    for (let i = 0; i < LINE_WORDS; i += 1) {
      if (((units >>> (i >>> 1)) & 1) !== 0) this.words.set(line * LINE_WORDS + i, words[i]);
    }
  }

  /** Shows these units no longer; answers those that are left. */
  drop(line: number, units: number): number {
    const left = this.units(line) & ~units;
    this.masks.set(line, left);
    return left;
  }

  /** Puts the units that are shown over `words`, the line as it is beneath. */
  show(line: number, words: Int32Array): void {
    const units = this.units(line);
    for (let i = 0; i < LINE_WORDS; i += 1) {
      if (((units >>> (i >>> 1)) & 1) !== 0) words[i] = this.words.get(line * LINE_WORDS + i);
    }
  }

  /** Bytes [from, to) are new; of a unit written in part the rest stays. Answers what is left. */
  overwrite(line: number, from: number, to: number, bytes: Uint8Array): number {
    const units = this.units(line);
    if (units === 0) return 0;
    this.copy(line, this.scratch);
    for (let i = from; i < to; i += 1) this.scratchBytes[i] = bytes[i];
    let whole = 0;
    for (let unit = 0; unit < 8; unit += 1) {
      if (from <= unit * 8 && to >= unit * 8 + 8) whole |= 1 << unit;
    }
    this.lay(line, units, this.scratch);
    return this.drop(line, whole);
  }
}
