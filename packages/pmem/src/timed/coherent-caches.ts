/**
 * The caches of several cores with a state for each line: L1 and L2 of each core, one LLC for each
 * socket, and the table that says who holds what (`line-copies.ts`).
 *
 *   core ─ L1 ─ L2 ─┬─ who holds it      exclusive, modified   one core, which may write
 *   core ─ L1 ─ L2 ─┘   │                shared                any number; one of them answers
 *                       └─ LLC           what fell out of L2, and what was read while modified
 *
 *   load    of a line modified elsewhere   the reader gets it, and the LLC, dirty: all share it
 *                                          then, and the LLC answers
 *           of one exclusive elsewhere     both share it, and the reader answers from now on
 *           that the LLC has               it moves to the core if no other has it; else it stays
 *           from the other socket          as of one exclusive; what is dirty goes to memory, too
 *   store   all other copies go; a core whose copy is shared must ask (`Upgrade`)
 *   falls   out of L2: the only copy, or that of who answers, goes to the LLC, others are dropped;
 *           if nobody is left who answers, memory does
 *
 * That is MESIF over a last level that does not include the others but takes what falls out of
 * them, as Skylake-SP has it (Intel 64 and IA-32 Optimization Reference Manual, Skylake server:
 * cache hierarchy). With one core it does what `Caches` does.
 *
 * Left out: a filter that is too small and makes cores give lines up, snoops for copies that were
 * dropped without a word, prefetching.
 */
import { assert } from '@daxsim/sim';
import { CacheLevel, Removed } from './cache-level.js';
import { Found, type CacheShape } from './caches.js';
import { LineCopies } from './line-copies.js';

const { L1, L2, Llc: LLC, OtherCore: OTHER_CORE, Memory: MEMORY } = Found;
const { OtherClean: OTHER_CLEAN, Upgrade: UPGRADE, OtherSocket: OTHER_SOCKET } = Found;
const { Absent: ABSENT } = Removed;
const ensure: typeof assert = assert;

export class CoherentCaches {
  readonly copies: LineCopies;
  /** After `use`: dirty lines that fell out to memory, or −1; the second only after the first. */
  writtenBack = -1;
  alsoWrittenBack = -1;
  /**
   * After `use`: whether an LLC gave the line and kept it, so that others may have it meanwhile.
   */
  isKeptByLlc = false;
  /** After `use`: how many copies it took from other cores. */
  invalidated = 0;
  /** Tags of each core and socket; who is dirty is in `copies`, so all tags are clean ones. */
  readonly l1: readonly CacheLevel[];
  readonly l2: readonly CacheLevel[];
  readonly llc: readonly CacheLevel[];

  /** `socketOf` says on which socket each core is, 0 or 1, `lines` how many the device has. */
  constructor(
    private readonly socketOf: readonly number[],
    l1: CacheShape,
    l2: CacheShape,
    llc: CacheShape,
    lines: number,
  ) {
    const build = ({ capacityBytes, ways }: CacheShape): CacheLevel =>
      new CacheLevel(capacityBytes, ways, lines);
    this.copies = new LineCopies(socketOf.length);
    this.l1 = socketOf.map(() => build(l1));
    this.l2 = socketOf.map(() => build(l2));
    this.llc = Array.from({ length: Math.max(...socketOf) + 1 }, () => build(llc));
  }

  /** A load or store of `core`; answers a `Found`. */
  use(core: number, line: number, writes: boolean): number {
    const { copies } = this;
    this.writtenBack = -1;
    this.alsoWrittenBack = -1;
    this.isKeptByLlc = false;
    this.invalidated = 0;
    const slot = copies.find(line);
    if (slot < 0) {
      this.own(copies.add(line), core, writes);
      this.fill(core, line);
      return MEMORY;
    }
    if (copies.has(slot, core)) return this.useOwn(core, line, slot, writes);
    const place = this.placeFor(core, slot, writes);
    if (writes) {
      this.dropOthers(line, slot, -1);
      this.own(slot, core, true);
    } else this.share(core, line, slot, place);
    this.fill(core, line);
    return place;
  }

  /** Makes the line clean wherever it is, or drops it everywhere; true if it was dirty. */
  flush(line: number, drops: boolean): boolean {
    const { copies } = this;
    const slot = copies.find(line);
    if (slot < 0) return false;
    const wasDirty = copies.isDirty[slot] === 1;
    copies.isDirty[slot] = 0;
    if (drops) {
      this.dropOthers(line, slot, -1);
      copies.removeIfNowhere(line, slot);
    }
    return wasDirty;
  }

  private useOwn(core: number, line: number, slot: number, writes: boolean): number {
    const { copies } = this;
    const asks = writes && copies.isOwned[slot] === 0;
    let place: number = UPGRADE;
    if (asks) {
      if (this.isOn(1 - this.socketOf[core], slot)) place = OTHER_SOCKET;
      this.dropOthers(line, slot, core);
      copies.isOwned[slot] = 1;
      copies.forward[slot] = -1;
    }
    if (writes) copies.isDirty[slot] = 1;
    if (this.l1[core].use(line, false)) return asks ? place : L1;
    const removed = this.l2[core].remove(line);
    ensure(removed !== ABSENT, 'CoherentCaches: a core is said to hold what it does not');
    this.fill(core, line);
    return asks ? place : L2;
  }

  /** Where `core`, which has no copy, gets the line from. */
  private placeFor(core: number, slot: number, writes: boolean): number {
    const { copies, socketOf } = this;
    const here = socketOf[core];
    if (copies.isOwned[slot] === 1) {
      if (socketOf[copies.nextHolder(slot, 0)] !== here) return OTHER_SOCKET;
      return copies.isDirty[slot] === 1 ? OTHER_CORE : OTHER_CLEAN;
    }
    const forward = copies.forward[slot];
    const isInLlc = ((copies.llcs[slot] >>> here) & 1) === 1;
    if (!isInLlc && (forward < 0 || socketOf[forward] !== here)) {
      return forward >= 0 || copies.llcs[slot] !== 0 ? OTHER_SOCKET : MEMORY;
    }
    if (writes && this.isOn(1 - here, slot)) return OTHER_SOCKET;
    if (!isInLlc) return OTHER_CLEAN;
    return writes && copies.holders[slot] > 0 ? UPGRADE : LLC;
  }

  /** A load of `core`, which has no copy, from `place`. */
  private share(core: number, line: number, slot: number, place: number): void {
    const { copies } = this;
    const here = this.socketOf[core];
    if (place === LLC && copies.holders[slot] === 0 && copies.llcs[slot] === 1 << here) {
      this.llc[here].remove(line);
      copies.llcs[slot] = 0;
      this.own(slot, core, copies.isDirty[slot] === 1);
      return;
    }
    copies.isOwned[slot] = 0;
    copies.enter(slot, core);
    if (place === LLC) {
      this.llc[here].use(line, false);
      this.isKeptByLlc = true;
    } else if (place === OTHER_CORE) {
      this.putIntoLlc(here, line, slot);
    } else {
      copies.forward[slot] = core;
      if (copies.isDirty[slot] === 1) {
        copies.isDirty[slot] = 0;
        this.noteWrittenBack(line);
      }
    }
  }

  private own(slot: number, core: number, isDirty: boolean): void {
    const { copies } = this;
    copies.enter(slot, core);
    copies.isOwned[slot] = 1;
    copies.isDirty[slot] = isDirty ? 1 : 0;
    copies.forward[slot] = -1;
  }

  /** Takes the line from all cores but `keeper`, and from the LLCs. */
  private dropOthers(line: number, slot: number, keeper: number): void {
    const { copies } = this;
    for (let core = copies.nextHolder(slot, 0); core >= 0;) {
      const next = copies.nextHolder(slot, core + 1);
      if (core !== keeper) {
        if (this.l1[core].remove(line) === ABSENT) this.l2[core].remove(line);
        copies.leave(slot, core);
        this.invalidated += 1;
      }
      core = next;
    }
    for (let socket = 0; copies.llcs[slot] !== 0; socket += 1) {
      if (((copies.llcs[slot] >>> socket) & 1) === 1) this.llc[socket].remove(line);
      copies.llcs[slot] &= ~(1 << socket);
    }
  }

  /** Whether some cache of a socket has the line. */
  private isOn(socket: number, slot: number): boolean {
    const { copies, socketOf } = this;
    if (this.llc.length === 1) return false;
    if (((copies.llcs[slot] >>> socket) & 1) === 1) return true;
    let core = copies.nextHolder(slot, 0);
    while (core >= 0 && socketOf[core] !== socket) core = copies.nextHolder(slot, core + 1);
    return core >= 0;
  }

  /** Puts a line that is in none of the core's caches into its L1; others fall. */
  private fill(core: number, line: number): void {
    const fromL1 = this.l1[core].insert(line, false);
    if (fromL1 === 0) return;
    const fromL2 = this.l2[core].insert(fromL1 - 1, false);
    if (fromL2 === 0) return;
    const { copies } = this;
    const fallen = fromL2 - 1;
    const slot = copies.find(fallen);
    copies.leave(slot, core);
    if (copies.isOwned[slot] === 1 || copies.forward[slot] === core) {
      copies.isOwned[slot] = 0;
      copies.forward[slot] = -1;
      this.putIntoLlc(this.socketOf[core], fallen, slot);
    }
    copies.removeIfNowhere(fallen, slot);
  }

  private putIntoLlc(socket: number, line: number, slot: number): void {
    const { copies } = this;
    copies.llcs[slot] |= 1 << socket;
    const tag = this.llc[socket].insert(line, false);
    if (tag === 0) return;
    const fallen = tag - 1;
    const other = copies.find(fallen);
    copies.llcs[other] &= ~(1 << socket);
    if (copies.isDirty[other] === 1) {
      copies.isDirty[other] = 0;
      this.noteWrittenBack(fallen);
    }
    copies.removeIfNowhere(fallen, other);
  }

  private noteWrittenBack(line: number): void {
    if (this.writtenBack < 0) this.writtenBack = line;
    else this.alsoWrittenBack = line;
  }
}
