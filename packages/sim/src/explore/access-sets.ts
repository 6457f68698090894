/**
 * Sets of accesses, each stored once: what one action did, and what may still happen from a state.
 *
 *      row    task 0: R words · W words · U words    task 1: R · W · U    …      a bit per class
 *
 * Rows are equal exactly if their numbers are, and there are far fewer of them than states, so
 * unions and comparisons are looked up more often than made.
 */
import { IntTable } from '../state/int-table.js';
import { Access } from '../state/space.js';
import { ENDING } from './access-recorder.js';
import type { AccessRecorder } from './access-recorder.js';

/** The set without any access. */
export const NO_ACCESS = 0;

const PAIRS = 67108864;

export class AccessSets {
  private readonly words: number;
  private readonly rowWords: number;
  private rows: Int32Array;
  private count = 0;
  private readonly scratch: Int32Array;
  /** First row of each content hash, + 1, and the next one of the same hash. */
  private readonly byHash = new IntTable();
  private readonly nextOf: number[] = [];
  private readonly unions = new IntTable();
  private readonly conflicts = new IntTable();

  constructor(
    classes: number,
    private readonly tasks: number,
  ) {
    this.words = Math.ceil(classes / 32);
    this.rowWords = tasks * 3 * this.words;
    this.rows = new Int32Array(this.rowWords * 64);
    this.scratch = new Int32Array(this.rowWords);
    this.store();
  }

  /** The recorder's last action, run by `task`, as a set. */
  ofAction(recorder: AccessRecorder, task: number): number {
    const { scratch, words } = this;
    scratch.fill(0);
    const base = task * 3 * words;
    for (const cell of recorder.cells) {
      const number = recorder.classOf[cell];
      if (number < 0) continue;
      const kind = recorder.kinds[cell];
      let part = 1;
      if (kind === Access.Read) part = 0;
      else if (kind === Access.Update) part = 2;
      scratch[base + part * words + (number >>> 5)] |= 1 << (number & 31);
    }
    scratch[base] |= 1 << ENDING;
    scratch[base + words] |= recorder.minding;
    return this.store();
  }

  /** An action of `task` that ended what others could still have done. */
  ofEnding(task: number): number {
    this.scratch.fill(0);
    this.scratch[(task * 3 + 1) * this.words] |= 1 << ENDING;
    return this.store();
  }

  union(a: number, b: number): number {
    if (a === b || b === NO_ACCESS) return a;
    if (a === NO_ACCESS) return b;
    const pair = a < b ? a * PAIRS + b : b * PAIRS + a;
    const known = this.unions.get(pair);
    if (known !== 0) return known;
    for (let i = 0; i < this.rowWords; i += 1) {
      this.scratch[i] = this.rows[a * this.rowWords + i] | this.rows[b * this.rowWords + i];
    }
    const made = this.store();
    this.unions.set(pair, made);
    return made;
  }

  /** Bits of the tasks other than `task` of whom `future` has an access that `action` minds. */
  conflictsOf(action: number, task: number, future: number): number {
    if (action === NO_ACCESS || future === NO_ACCESS) return 0;
    const pair = action * PAIRS + future;
    const known = this.conflicts.get(pair) - 1;
    if (known >= 0) return known;
    let mask = 0;
    for (let other = 0; other < this.tasks; other += 1) {
      if (other !== task && this.mind(action, task, future, other)) mask |= 1 << other;
    }
    this.conflicts.set(pair, mask + 1);
    return mask;
  }

  private mind(action: number, task: number, future: number, other: number): boolean {
    const { rows, words } = this;
    const a = action * this.rowWords + task * 3 * words;
    const b = future * this.rowWords + other * 3 * words;
    for (let i = 0; i < words; i += 1) {
      const [reads, writes, updates] = [rows[b + i], rows[b + words + i], rows[b + 2 * words + i]];
      if ((rows[a + i] & (writes | updates)) !== 0) return true;
      if ((rows[a + words + i] & (reads | writes | updates)) !== 0) return true;
      if ((rows[a + 2 * words + i] & (reads | writes)) !== 0) return true;
    }
    return false;
  }

  /** Number of the row that lies in `scratch`. */
  private store(): number {
    const { rowWords, scratch } = this;
    let hash = 0;
    for (let i = 0; i < rowWords; i += 1) hash = (Math.imul(hash, 31) + scratch[i]) | 0;
    const key = hash >>> 0;
    for (let at = this.byHash.get(key) - 1; at >= 0; at = this.nextOf[at]) {
      if (this.isEqual(at)) return at;
    }
    const at = this.count;
    if ((at + 1) * rowWords > this.rows.length) {
      const rows = new Int32Array(this.rows.length * 2);
      rows.set(this.rows);
      this.rows = rows;
    }
    this.rows.set(scratch, at * rowWords);
    this.count = at + 1;
    this.nextOf.push(this.byHash.get(key) - 1);
    this.byHash.set(key, at + 1);
    return at;
  }

  private isEqual(at: number): boolean {
    for (let i = 0; i < this.rowWords; i += 1) {
      if (this.rows[at * this.rowWords + i] !== this.scratch[i]) return false;
    }
    return true;
  }
}
