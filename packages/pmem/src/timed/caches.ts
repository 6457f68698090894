/**
 * The caches between the cores and the controllers: L1 and L2 of each core, one LLC for all.
 *
 *   core ─ L1 ─ L2 ─┐
 *   core ─ L1 ─ L2 ─┴─ LLC ─▶ memory
 *        ◀── a line moves up when used, and falls one level at a time when it is the oldest ──▶
 *
 * A line is in one place at a time: in one core's L1 or L2, or in the LLC. Using it brings it to
 * the user's L1; what falls out of L1 goes to L2, from L2 to the LLC, and what falls out of the LLC
 * goes to memory if it is dirty. So a line written by one core and used by another changes hands;
 * there is no shared state and no coherence protocol, only its commonest cost.
 *
 * Nearly all lines that random traffic asks for are in none of them. So one bit a line says whether
 * any has it (`HeldLines`), and only then tags are compared; of a line that is used again and again
 * the newest tag of its set in L1 says so. The bit of a line that fell out goes with the next
 * request: it is far from the host, and nobody has to wait for it by then.
 *
 * Left out: copies of clean lines in several cores, inclusive levels.
 */
import { assert } from '@daxsim/sim';
import { LineTable } from '../line-table.js';
import { HeldLines } from './held-lines.js';
import { CacheLevel, Removed } from './cache-level.js';

/** Where a line was found. */
export const Found = {
  L1: 0,
  L2: 1,
  Llc: 2,
  OtherCore: 3,
  Memory: 4,
  /** Of coherent caches (`coherent-caches.ts`): a copy of another core that was not modified. */
  OtherClean: 5,
  /** Here or in the LLC, but other cores of the socket had copies that had to go first. */
  Upgrade: 6,
  /** On the other socket, or copies were there that had to go first. */
  OtherSocket: 7,
} as const;

// Copies: what is exported or imported is looked up at each use, a constant of the module is not.
const { L1, L2, Llc: LLC, OtherCore: OTHER_CORE, Memory: MEMORY } = Found;
const { Absent: ABSENT, Dirty: DIRTY } = Removed;
const ensure: typeof assert = assert;

/** Size of one cache. */
export interface CacheShape {
  readonly capacityBytes: number;
  readonly ways: number;
}

export class Caches {
  /** After `use`: the dirty line that fell out to memory, or −1. */
  writtenBack = -1;
  private readonly l1: CacheLevel[] = [];
  private readonly l2: CacheLevel[] = [];
  private readonly llc: CacheLevel;
  private readonly held: HeldLines;
  /** What fell out to memory last: it is still in `held`. */
  private leaving = -1;
  /** Line → core for lines in private caches; kept only if there are several cores. */
  private readonly coreOf = new LineTable();

  constructor(
    private readonly cores: number,
    l1: CacheShape,
    l2: CacheShape,
    llc: CacheShape,
    /** How many the device has. */
    lines: number,
  ) {
    this.held = new HeldLines(lines);
    for (let core = 0; core < cores; core += 1) {
      this.l1.push(new CacheLevel(l1.capacityBytes, l1.ways, lines));
      this.l2.push(new CacheLevel(l2.capacityBytes, l2.ways, lines));
    }
    this.llc = new CacheLevel(llc.capacityBytes, llc.ways, lines);
  }

  /** A load or store of `core`; answers a `Found` and leaves the fallen line in `writtenBack`. */
  use(core: number, line: number, writes: boolean): number {
    this.writtenBack = -1;
    if (this.l1[core].useNewest(line, writes)) return L1;
    this.settle();
    if (!this.held.add(line)) return this.useHeld(core, line, writes);
    this.fill(core, line, writes);
    return MEMORY;
  }

  /** Makes the line clean wherever it is, or drops it; true if it was dirty. */
  flush(line: number, drops: boolean): boolean {
    if (!this.held.has(line)) return false;
    if (drops) this.held.remove(line);
    let found = drops ? this.llc.remove(line) : this.llc.clean(line);
    if (found === ABSENT) found = drops ? this.removePrivate(line) : this.cleanPrivate(line);
    return found === DIRTY;
  }

  /** A line that is in some cache. */
  private useHeld(core: number, line: number, writes: boolean): number {
    if (this.l1[core].use(line, writes)) return L1;
    let found: number = L2;
    let removed = this.l2[core].remove(line);
    if (removed === ABSENT) {
      found = LLC;
      removed = this.llc.remove(line);
    }
    if (removed === ABSENT) {
      found = OTHER_CORE;
      removed = this.removePrivate(line);
    }
    ensure(removed !== ABSENT, 'Caches: a line that is held is nowhere');
    this.fill(core, line, writes || removed === DIRTY);
    return found;
  }

  /** See `AheadTags`. */
  fetchAhead(core: number, line: number, target: number): number {
    this.writtenBack = -1;
    this.settle();
    const found = this.held.has(line) ? this.where(core, line) : MEMORY;
    if (found <= target || found === OTHER_CORE) return found;
    if (target === L1) return this.use(core, line, false);
    this.held.add(line);
    if (target === LLC) {
      this.dropInto(line, false);
      return found;
    }
    const isDirty = this.llc.remove(line) === DIRTY;
    if (this.cores > 1) this.coreOf.set(line, core);
    const fromL2 = this.l2[core].insert(line, isDirty);
    if (fromL2 === 0) return found;
    if (this.cores > 1) this.coreOf.delete(lineOf(fromL2));
    this.dropInto(lineOf(fromL2), fromL2 < 0);
    return found;
  }

  /** A `Found`; nobody's age changes. */
  private where(core: number, line: number): number {
    if (this.l1[core].has(line)) return L1;
    if (this.l2[core].has(line)) return L2;
    if (this.llc.has(line)) return LLC;
    return this.cores > 1 && this.coreOf.get(line) >= 0 ? OTHER_CORE : MEMORY;
  }

  /** A line that no other cache has comes into the LLC. */
  private dropInto(line: number, isDirty: boolean): void {
    const fallen = this.llc.insert(line, isDirty);
    if (fallen === 0) return;
    this.leaving = lineOf(fallen);
    if (fallen < 0) this.writtenBack = this.leaving;
  }

  /** What fell out last is far from the host: by now it has it, and waits for nothing. */
  private settle(): void {
    const { leaving } = this;
    if (leaving < 0) return;
    this.leaving = -1;
    this.held.remove(leaving);
  }

  private fill(core: number, line: number, isDirty: boolean): void {
    if (this.cores > 1) this.coreOf.set(line, core);
    const fromL1 = this.l1[core].insert(line, isDirty);
    if (fromL1 === 0) return;
    const fromL2 = this.l2[core].insert(lineOf(fromL1), fromL1 < 0);
    if (fromL2 === 0) return;
    if (this.cores > 1) this.coreOf.delete(lineOf(fromL2));
    this.dropInto(lineOf(fromL2), fromL2 < 0);
  }

  private removePrivate(line: number): number {
    const core = this.holder(line);
    if (core < 0) return ABSENT;
    let removed = this.l1[core].remove(line);
    if (removed === ABSENT) removed = this.l2[core].remove(line);
    if (this.cores > 1 && removed !== ABSENT) this.coreOf.delete(line);
    return removed;
  }

  private cleanPrivate(line: number): number {
    const core = this.holder(line);
    if (core < 0) return ABSENT;
    const cleaned = this.l1[core].clean(line);
    return cleaned !== ABSENT ? cleaned : this.l2[core].clean(line);
  }

  /** The core whose private caches hold the line, or −1; a single core may be asked in vain. */
  private holder(line: number): number {
    return this.cores > 1 ? this.coreOf.get(line) : 0;
  }
}

function lineOf(tag: number): number {
  ensure(tag !== 0, 'Caches: an empty way fell out');
  return (tag < 0 ? -tag : tag) - 1;
}
