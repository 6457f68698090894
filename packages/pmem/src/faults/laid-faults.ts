/**
 * What is laid on the lines of a memory, and which parts of it are gone: the state of a
 * `FaultOverlay`, all of it in arenas.
 *
 *     line ─▶ bits: poisoned, without backing, slow, stale     sectors ─▶ known errors
 *     page ─▶ truncated ─▶ grown again: zeros until written, or lifted: what was there before
 */
import { IntMap, assert, type StateSpace } from '@daxsim/sim';
import { BadBlocks } from './bad-blocks.js';
import { StaleUnits } from './stale-units.js';
import { WeakParts } from './weak-parts.js';

const LINE_WORDS = 16;
const LINES_PER_PAGE = 64;
const LINES_PER_SECTOR = 8;
export const ALL_UNITS = 255;

/** Bits of what is laid on a line; stale units of a `Grown` one show before power loss too. */
export const Laid = { Poison: 1, Absent: 2, Slow: 4, Stale: 8, Grown: 16 } as const;

export class LaidFaults {
  readonly stale: StaleUnits;
  /** Errors that are known. */
  readonly bad: BadBlocks;
  readonly parts: WeakParts;
  private readonly laid: IntMap;
  private readonly delays: IntMap;
  /** Of a page without backing: when it will have some again. Timed runs only, never rewound. */
  private readonly promises = new Map<number, { at: number; isGrown: boolean }>();
  /** Of a page that somebody has waited for: who asks sooner waits, too. */
  private readonly backAt = new Map<number, number>();

  constructor(
    space: StateSpace,
    private readonly lines: number,
    channelOf: (line: number) => number,
  ) {
    this.laid = new IntMap(space, 'pmem faults on lines');
    this.delays = new IntMap(space, 'pmem delays of lines');
    this.stale = new StaleUnits(space);
    this.bad = new BadBlocks(space, (line) => {
      this.unlay(line, Laid.Poison);
    });
    this.parts = new WeakParts(space, channelOf);
  }

  /** Whether nothing is laid on any line. */
  get isEmpty(): boolean {
    return this.laid.size === 0 && this.backAt.size === 0;
  }

  /** `Laid` bits of a line. */
  bits(line: number): number {
    return this.laid.get(line);
  }

  /** Lines that something is laid on, ascending. */
  keys(): number[] {
    return this.laid.keys();
  }

  lay(line: number, bit: number): void {
    assert(line >= 0 && line < this.lines, 'FaultOverlay: no such line');
    this.laid.set(line, this.laid.get(line) | bit);
  }

  unlay(line: number, bit: number): void {
    const bits = this.laid.get(line);
    if ((bits & bit) !== 0) this.laid.set(line, bits & ~bit);
  }

  /** Takes what is behind the page of a line away. */
  takeBacking(line: number): void {
    const first = line - (line % LINES_PER_PAGE);
    for (let i = 0; i < LINES_PER_PAGE; i += 1) this.lay(first + i, Laid.Absent);
  }

  /** The page of a line has the backing again that it had. */
  giveBacking(line: number): void {
    const first = line - (line % LINES_PER_PAGE);
    for (let i = 0; i < LINES_PER_PAGE; i += 1) this.unlay(first + i, Laid.Absent);
  }

  /** The page of a line has backing again: new one, which holds zeros, if it was taken away. */
  growBacking(line: number): void {
    const first = line - (line % LINES_PER_PAGE);
    const zeros = new Int32Array(LINE_WORDS);
    for (let other = first; other < first + LINES_PER_PAGE; other += 1) {
      if ((this.bits(other) & Laid.Absent) === 0) continue;
      this.unlay(other, Laid.Absent);
      this.layStale(other, ALL_UNITS, zeros);
      this.lay(other, Laid.Grown);
    }
  }

  /** The page of a line will have backing at `at`, ticks: what it had, or zeros. */
  promise(line: number, at: number, isGrown: boolean): void {
    this.promises.set(Math.floor(line / LINES_PER_PAGE), { at, isGrown });
  }

  /** Somebody waits for the page of a line: if it is to come back, it is as it will be then. */
  keepPromise(line: number): void {
    const page = Math.floor(line / LINES_PER_PAGE);
    const promise = this.promises.get(page);
    if (promise === undefined || (this.bits(line) & Laid.Absent) === 0) return;
    if (promise.isGrown) this.growBacking(line);
    else this.giveBacking(line);
    this.promises.delete(page);
    this.backAt.set(page, promise.at);
  }

  slow(line: number, ticks: number): void {
    this.lay(line, Laid.Slow);
    this.delays.set(line, ticks);
  }

  /** What a request to a line takes longer if it is made at `at`, ticks. */
  delayOf(line: number, at: number): number {
    const slow = (this.bits(line) & Laid.Slow) === 0 ? 0 : this.delays.get(line);
    const back = this.backAt.get(Math.floor(line / LINES_PER_PAGE)) ?? 0;
    return slow + Math.max(0, back - at);
  }

  layStale(line: number, units: number, words: Int32Array): void {
    if (units === 0) return;
    this.lay(line, Laid.Stale);
    this.stale.lay(line, units, words);
  }

  dropStale(line: number): void {
    if (this.laid.size === 0) return;
    this.stale.drop(line, ALL_UNITS);
    this.unlay(line, Laid.Stale | Laid.Grown);
  }

  /** Bytes [from, to) of a line are stored anew. */
  overwriteStale(line: number, from: number, to: number, bytes: Uint8Array): void {
    if (this.stale.overwrite(line, from, to, bytes) === 0) {
      this.unlay(line, Laid.Stale | Laid.Grown);
    }
  }

  /** Finds every error that nobody has met yet. */
  scrub(): void {
    for (const line of this.keys()) {
      if ((this.bits(line) & Laid.Poison) !== 0) this.bad.add(line);
    }
  }

  /** A line can be read again; nobody remembers that it could not. */
  liftPoison(line: number): void {
    this.unlay(line, Laid.Poison);
    const first = line - (line % LINES_PER_SECTOR);
    for (let other = first; other < first + LINES_PER_SECTOR; other += 1) {
      if ((this.bits(other) & Laid.Poison) !== 0) return;
    }
    this.bad.forget(line);
  }

  /** A line is as fast as it was. */
  liftSlow(line: number): void {
    this.unlay(line, Laid.Slow);
    this.delays.delete(line);
  }

  /** Lifts off whatever is laid on a line. */
  lift(line: number): void {
    this.laid.delete(line);
    this.delays.delete(line);
    this.dropStale(line);
  }

  /** What cannot be read can be read again; what was lost stays lost. */
  liftUnreadable(): void {
    for (const line of this.keys()) this.unlay(line, Laid.Poison | Laid.Absent);
    this.parts.mend();
  }

  /** Everything works again, and nothing is laid on any line. */
  liftAll(): void {
    for (const line of this.keys()) this.lift(line);
    this.parts.mend();
  }
}
