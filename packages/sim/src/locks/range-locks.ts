/**
 * The rules of the two kinds of locks that cover a part of an instance: who excludes whom.
 *
 *   range      parts that overlap exclude each other unless both are shared
 *   seqcount   write sections that overlap exclude each other and keep new read sections out;
 *              a read section keeps nobody out, and its sample is stale once an overlapping write
 *              section began or ended
 *
 * A class may round its parts outwards to a power of two (`granularity`): fixed segments, in which
 * parts that do not overlap still meet. Queues are the lock table's business; with `waitersBar` off
 * a request passes everybody who waits, as in a list of held ranges, and the queue is only the
 * order in which those who wait are looked at.
 *
 * After: interval-tree range locks (Bueso, LKML 2017), list-based ones (Kogan, Dice, Issa,
 * EuroSys'20), segment locks (NOVA), `seqcount_t` of Linux 6.12 include/linux/seqlock.h with its
 * writers serialised, as a seqlock does.
 */
import { assert } from '../errors.js';
import { NO_ID, type IntLists } from '../state/int-list.js';
import type { IntMap } from '../state/int-map.js';
import type { StateSpace } from '../state/space.js';
import { RangeHold, RangeHolds } from './range-holds.js';
import { LockKind, LockMode } from './lock-kinds.js';
import type { LockClass } from './lock-kinds.js';
import type { Wait } from './wait-cycle.js';
import type { Wants } from './wants.js';

/** End of a whole instance: no part reaches further. */
export const RANGE_END = Number.MAX_SAFE_INTEGER;

export class RangeLocks {
  private readonly holds: RangeHolds;
  private readonly granularity: Float64Array;
  /** One more than the highest task ever seen; only bounds searches. */
  private taskLimit = 0;

  constructor(
    space: StateSpace,
    private readonly classes: readonly LockClass[],
    /** Holds per instance, by class: 0 lets the common case pass. */
    private readonly counts: readonly IntMap[],
    private readonly queues: readonly IntLists[],
    private readonly wants: Wants,
  ) {
    this.holds = new RangeHolds(space);
    this.granularity = Float64Array.from(classes, (cls) => cls.granularity ?? 1);
  }

  /** Takes the part [from, to) for `task` if nobody keeps it out; answers whether it did. */
  tryTake(cls: number, key: number, mode: number, task: number, from: number, to: number): boolean {
    const lower = this.lower(cls, from);
    const upper = this.upper(cls, to);
    if (this.isHeldAgainst(cls, key, mode, lower, upper)) return false;
    if (this.isBarred(cls, key, mode, lower, upper, NO_ID)) return false;
    this.take(cls, key, mode, task, lower, upper);
    return true;
  }

  /** Notes which part a task that is being queued waits for. */
  want(cls: number, task: number, from: number, to: number): void {
    this.wants.notePart(task, this.lower(cls, from), this.upper(cls, to));
  }

  /** Takes its part for the first task of a queue that may have it, and answers it, or NO_ID. */
  nextGrant(cls: number, key: number): number {
    const queue = this.queues[cls];
    const { mode, from, to } = this.wants;
    for (let task = queue.first(key); task !== NO_ID; task = queue.next(task)) {
      const taskMode = mode.get(task);
      const taskFrom = from.get(task);
      const taskTo = to.get(task);
      if (this.isHeldAgainst(cls, key, taskMode, taskFrom, taskTo)) continue;
      if (this.isBarred(cls, key, taskMode, taskFrom, taskTo, task)) continue;
      this.take(cls, key, taskMode, task, taskFrom, taskTo);
      return task;
    }
    return NO_ID;
  }

  /** What a waiting task needs before it can go on. */
  waitOf(
    task: number,
    cls: number,
    key: number,
    mode: number,
    holders: readonly number[],
    ahead: readonly number[],
  ): Wait {
    const from = this.wants.from.get(task);
    const to = this.wants.to.get(task);
    const barring = holders.filter((other) => this.holdsAgainst(other, cls, key, mode, from, to));
    const before = ahead.filter((other) => this.bars(other, cls, mode, from, to));
    return { all: [...barring, ...before], units: 0, sources: [] };
  }

  drop(cls: number, key: number, mode: number, task: number, from: number, to: number): void {
    const exclusive = mode === LockMode.Exclusive;
    const lower = this.lower(cls, from);
    const upper = this.upper(cls, to);
    const kind = this.holds.take(task, cls, key, exclusive, lower, upper);
    assert(kind !== 0, 'LockTable: released a range that was not held');
    this.counts[cls].add(key, -1);
    if (exclusive && this.isSeqcount(cls)) this.makeStale(cls, key, lower, upper);
  }

  /** Turns an exclusive hold into a shared one. */
  downgrade(cls: number, key: number, task: number, from: number, to: number): void {
    const isRange = this.classes[cls].kind === LockKind.Range;
    const turned = isRange && this.holds.turn(task, cls, key, true, from, to, RangeHold.Shared);
    assert(turned, 'LockTable: nothing to downgrade');
  }

  /** Whether no write section began or ended since the read section of `task` sampled. */
  isFresh(cls: number, key: number, task: number, from: number, to: number): boolean {
    const lower = this.lower(cls, from);
    const kind = this.holds.kindOf(task, cls, key, lower, this.upper(cls, to));
    assert(kind !== 0 && this.isSeqcount(cls), 'LockTable: no read section to validate');
    return kind !== RangeHold.Stale;
  }

  /** Samples again, in the middle of a read section. */
  sample(cls: number, key: number, task: number, from: number, to: number): void {
    const lower = this.lower(cls, from);
    const upper = this.upper(cls, to);
    const turned = this.holds.turn(task, cls, key, false, lower, upper, RangeHold.Shared);
    assert(turned && this.isSeqcount(cls), 'LockTable: no read section to sample in');
  }

  /** Whether `task` holds any part of the instance. */
  isHolder(task: number, cls: number, key: number): boolean {
    return this.holds.holds(task, cls, key);
  }

  private isSeqcount(cls: number): boolean {
    return this.classes[cls].kind === LockKind.Seqcount;
  }

  private isHeldAgainst(cls: number, key: number, mode: number, from: number, to: number): boolean {
    if (this.counts[cls].get(key) === 0) return false;
    for (let task = 0; task < this.taskLimit; task += 1) {
      if (this.holdsAgainst(task, cls, key, mode, from, to)) return true;
    }
    return false;
  }

  private holdsAgainst(
    task: number,
    cls: number,
    key: number,
    mode: number,
    from: number,
    to: number,
  ): boolean {
    const onlyExclusive = this.isSeqcount(cls) || mode === LockMode.Shared;
    return this.holds.overlaps(task, cls, key, from, to, onlyExclusive);
  }

  /** Whether somebody who waits, before `until` in the queue, keeps this request out. */
  private isBarred(
    cls: number,
    key: number,
    mode: number,
    from: number,
    to: number,
    until: number,
  ): boolean {
    const queue = this.queues[cls];
    for (let task = queue.first(key); task !== until; task = queue.next(task)) {
      if (this.bars(task, cls, mode, from, to)) return true;
    }
    return false;
  }

  /** Whether a waiting request keeps a later one out. */
  private bars(waiter: number, cls: number, mode: number, from: number, to: number): boolean {
    if (this.classes[cls].waitersBar === false || this.isSeqcount(cls)) return false;
    const bothShare = mode === LockMode.Shared && this.wants.mode.get(waiter) === LockMode.Shared;
    return !bothShare && this.wants.from.get(waiter) < to && from < this.wants.to.get(waiter);
  }

  private take(
    cls: number,
    key: number,
    mode: number,
    task: number,
    from: number,
    to: number,
  ): void {
    if (task >= this.taskLimit) this.taskLimit = task + 1;
    const exclusive = mode === LockMode.Exclusive;
    this.counts[cls].add(key, 1);
    const kind = exclusive ? RangeHold.Exclusive : RangeHold.Shared;
    this.holds.add(task, cls, key, kind, from, to);
    if (exclusive && this.isSeqcount(cls)) this.makeStale(cls, key, from, to);
  }

  private lower(cls: number, from: number): number {
    const unit = this.granularity[cls];
    return unit === 1 ? from : Math.floor(from / unit) * unit;
  }

  private upper(cls: number, to: number): number {
    const unit = this.granularity[cls];
    if (unit === 1) return to;
    const rounded = Math.ceil(to / unit) * unit;
    return rounded > RANGE_END ? RANGE_END : rounded;
  }

  private makeStale(cls: number, key: number, from: number, to: number): void {
    for (let task = 0; task < this.taskLimit; task += 1) {
      this.holds.makeStale(task, cls, key, from, to);
    }
  }
}
