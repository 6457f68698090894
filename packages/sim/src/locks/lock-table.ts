/**
 * All locks of a world: readers-writer semaphores, mutexes, bit locks, counted resources, range
 * locks and sequence counts, as state machines on arenas. Nobody sleeps here; the machine asks, and
 * is told who may go on.
 *
 *      acquire ─▶ true: granted                 release, give, downgrade, cancelWait
 *              └▶ false: queued  ── … ──▶ granted list ──▶ takeGranted()
 *
 * Rules. Every queue is first in, first out, and a lock is handed over: when it becomes free the
 * head of the queue has it before anybody else can ask.
 *   rwsem     an arriving reader queues behind a queued writer; when the head is a reader, the
 *             whole leading run of readers is granted together
 *   mutex, bit   exclusive; each key has its own queue
 *   resource  the head waits until its amount is free; nobody overtakes it, however little they
 *             want
 *   range     a request waits for all who hold what it overlaps and for all who waited before it
 *             and want what it overlaps; others pass (range-locks.ts, with its variants)
 *   seqcount  exclusive is a write section, shared a read section that excludes nobody and is told
 *             by `validate` whether a write section came between
 * A task waits for one lock at a time. Taking again what one holds exclusively queues for ever;
 * `cycle` finds it.
 *
 * Instances are named by a class and a whole number and exist only while held or waited for, so a
 * lock that was used and given back leaves the state as if it had never been touched.
 *
 * Left out: optimistic spinning and lock stealing (Linux 6.12 kernel/locking/rwsem.c lets a running
 * writer overtake sleepers); who waits longest goes first.
 */
import { assert } from '../errors.js';
import { IntLists, NO_ID } from '../state/int-list.js';
import { IntMap } from '../state/int-map.js';
import { IntTable } from '../state/int-table.js';
import { Access } from '../state/space.js';
import type { StateSpace } from '../state/space.js';
import { HoldList } from './hold-list.js';
import { LockKind, LockMode, isPartial } from './lock-kinds.js';
import type { LockClass, Wanted } from './lock-kinds.js';
import { RANGE_END, RangeLocks } from './range-locks.js';
import { Wants } from './wants.js';
import { findWaitCycle, type Wait } from './wait-cycle.js';

export { LockKind, LockMode } from './lock-kinds.js';
export type { LockClass, Wanted } from './lock-kinds.js';

const GRANTED = 0;

export class LockTable {
  /**
   * Word of an instance: 0 free (and absent); n > 0 held by n readers; -(task + 1) held
   * exclusively. Of a resource: units taken, below 0 when more were given than the capacity. Of
   * a range lock or sequence count: how many parts are held.
   */
  private readonly words: IntMap[];
  private readonly queues: IntLists[];
  private readonly holds: HoldList;
  private readonly wants: Wants;
  private readonly ranges: RangeLocks;
  private readonly granted: IntLists;
  /** Last owner of each word, task + 1. A matter of timing: neither undone nor hashed. */
  private readonly owners: IntTable[];
  /** One more than the highest task ever seen; only bounds searches. */
  private taskLimit = 0;

  constructor(
    space: StateSpace,
    readonly classes: readonly LockClass[],
  ) {
    this.words = classes.map(({ name }) => new IntMap(space, `lock.${name}`));
    this.queues = classes.map(({ name }) => new IntLists(space, `queue.${name}`));
    this.owners = classes.map(() => new IntTable());
    this.holds = new HoldList(space);
    this.wants = new Wants(space);
    this.granted = new IntLists(space, 'granted');
    this.ranges = new RangeLocks(space, classes, this.words, this.queues, this.wants);
  }

  /**
   * Takes instance `key` (0 … 2^53 − 1) for `task`, or queues the task. `amount` counts for
   * resources only, the part [from, to) for ranges and sequence counts. True: granted. False:
   * blocked until `takeGranted` lists the task.
   */
  acquire(
    cls: number,
    key: number,
    mode: number,
    task: number,
    amount: number,
    from = 0,
    to = RANGE_END,
  ): boolean {
    assert(this.wants.classOf(task) < 0, 'LockTable: a task waits for two locks');
    if (this.tryAcquire(cls, key, mode, task, amount, from, to)) return true;
    this.owners[cls].set(key, task + 1);
    this.wants.note(task, cls, key, this.modeOf(cls, mode), amount);
    if (isPartial(this.classes[cls].kind)) this.ranges.want(cls, task, from, to);
    this.queues[cls].push(key, task);
    return false;
  }

  /** Like `acquire`, but leaves no trace when it answers false. Never overtakes a waiter. */
  tryAcquire(
    cls: number,
    key: number,
    mode: number,
    task: number,
    amount: number,
    from = 0,
    to = RANGE_END,
  ): boolean {
    if (task >= this.taskLimit) this.taskLimit = task + 1;
    const { kind } = this.classes[cls];
    if (isPartial(kind)) {
      if (!this.ranges.tryTake(cls, key, mode, task, from, to)) return false;
      this.owners[cls].set(key, task + 1);
      return true;
    }
    const word = this.words[cls].get(key);
    if (kind === LockKind.Resource) {
      if (amount > this.capacityOf(cls) - word || !this.queues[cls].isEmpty(key)) return false;
    } else if (word !== 0) {
      const joins = word > 0 && this.modeOf(cls, mode) === LockMode.Shared;
      if (!joins || !this.queues[cls].isEmpty(key)) return false;
    }
    this.take(cls, key, mode, task, amount, word);
    return true;
  }

  /** Gives back what `task` holds, or `amount` units of it, and grants who can go on. */
  release(
    cls: number,
    key: number,
    mode: number,
    task: number,
    amount: number,
    from = 0,
    to = RANGE_END,
  ): void {
    const word = this.words[cls].get(key);
    this.owners[cls].set(key, task + 1);
    if (isPartial(this.classes[cls].kind)) {
      this.ranges.drop(cls, key, mode, task, from, to);
    } else if (this.classes[cls].kind === LockKind.Resource) {
      const held = amount === 0 || this.holds.take(task, cls, key, amount);
      assert(held, 'LockTable: released units that were not held');
      this.words[cls].set(key, word - amount);
    } else if (this.modeOf(cls, mode) === LockMode.Exclusive) {
      assert(word === -(task + 1), 'LockTable: released a lock that was not held exclusively');
      this.words[cls].set(key, 0);
    } else {
      assert(this.holds.take(task, cls, key, 1), 'LockTable: released a lock that was not shared');
      this.words[cls].set(key, word - 1);
    }
    this.grantHead(cls, key);
  }

  /**
   * Turns the exclusive hold of `task` into a shared one; readers at the head of the queue
   * join.
   */
  downgrade(cls: number, key: number, task: number, from = 0, to = RANGE_END): void {
    if (isPartial(this.classes[cls].kind)) {
      this.ranges.downgrade(cls, key, task, from, to);
      this.owners[cls].set(key, task + 1);
      this.grantHead(cls, key);
      return;
    }
    const held = this.words[cls].get(key) === -(task + 1);
    assert(held && this.classes[cls].kind === LockKind.Rwsem, 'LockTable: nothing to downgrade');
    this.owners[cls].set(key, task + 1);
    this.words[cls].set(key, 1);
    this.holds.add(task, cls, key, 1);
    this.grantHead(cls, key);
  }

  /** Whether the read section of `task` saw no write section begin or end since it sampled. */
  validate(cls: number, key: number, task: number, from = 0, to = RANGE_END): boolean {
    return this.ranges.isFresh(cls, key, task, from, to);
  }

  /** Samples a sequence count again, in the middle of a read section. */
  sample(cls: number, key: number, task: number, from = 0, to = RANGE_END): void {
    this.ranges.sample(cls, key, task, from, to);
  }

  /** Arena that stands for the instances of a class when accesses are watched. */
  arenaOf(cls: number): number {
    return this.words[cls].id;
  }

  /**
   * How taking or giving back an instance in this mode meets others, as things are now: readers of
   * a lock for which nobody waits come and go without telling each other, and a read section of a
   * sequence count only looks.
   */
  accessOf(cls: number, key: number, mode: number): number {
    const { kind } = this.classes[cls];
    if (mode === LockMode.Exclusive || !this.queues[cls].isEmpty(key)) return Access.Write;
    if (kind === LockKind.Seqcount) return Access.Read;
    return kind === LockKind.Rwsem ? Access.Update : Access.Write;
  }

  /** Takes a waiting task off its queue: a signal came. Those behind it may go on. */
  cancelWait(task: number): void {
    const cls = this.wants.classOf(task);
    assert(cls >= 0, 'LockTable: the task does not wait');
    const key = this.wants.key.get(task);
    this.queues[cls].remove(key, task);
    this.wants.forget(task);
    this.grantHead(cls, key);
  }

  /** Adds units to a resource that nobody holds: the log's tail moved, a range was reclaimed. */
  give(cls: number, key: number, amount: number): void {
    assert(
      this.classes[cls].kind === LockKind.Resource,
      'LockTable: only resources are given units',
    );
    this.words[cls].add(key, -amount);
    this.grantHead(cls, key);
  }

  /** Uses up units that `task` holds: they stay taken, by nobody, until `give` returns them. */
  spend(cls: number, key: number, task: number, amount: number): void {
    const held = this.holds.take(task, cls, key, amount);
    assert(held, 'LockTable: spent units that were not held');
  }

  /** The next task that was granted its lock, in the order of the grants; -1 when there is none. */
  takeGranted(): number {
    return this.granted.shift(GRANTED);
  }

  /** What `task` waits for, or null. */
  waitsFor(task: number): Wanted | null {
    const cls = this.wants.classOf(task);
    if (cls < 0) return null;
    return { cls, key: this.wants.key.get(task), mode: this.wants.mode.get(task) };
  }

  /** Tasks that hold the instance, ascending. */
  holders(cls: number, key: number): number[] {
    const word = this.words[cls].get(key);
    if (word < 0 && this.classes[cls].kind !== LockKind.Resource) return [-word - 1];
    const found: number[] = [];
    const inParts = isPartial(this.classes[cls].kind);
    for (let task = 0; task < this.taskLimit; task += 1) {
      const isHolder = inParts
        ? this.ranges.isHolder(task, cls, key)
        : this.holds.amountOf(task, cls, key) > 0;
      if (isHolder) found.push(task);
    }
    return found;
  }

  /** Tasks that wait for the instance, first in the queue first. */
  waiters(cls: number, key: number): number[] {
    return this.queues[cls].ids(key);
  }

  /** Free units of a resource. */
  unitsFree(cls: number, key: number): number {
    return this.capacityOf(cls) - this.words[cls].get(key);
  }

  /** The task that changed the instance's word last, or -1: whose cache holds its line. */
  lastOwner(cls: number, key: number): number {
    return this.owners[cls].get(key) - 1;
  }

  /**
   * Tasks that wait for each other in a circle, each for the next one, or null. A resource is in a
   * circle only if all who could return enough units are stuck. Units that were spent may come back
   * from somebody who holds nothing; pass false when no task is left that could run.
   */
  cycle(spentMayReturn = true): number[] | null {
    const waits = new Map<number, Wait>();
    for (let task = 0; task < this.taskLimit; task += 1) {
      const wanted = this.waitsFor(task);
      if (wanted !== null) waits.set(task, this.waitOf(task, wanted, spentMayReturn));
    }
    return findWaitCycle(waits);
  }

  private waitOf(task: number, { cls, key, mode }: Wanted, spentMayReturn: boolean): Wait {
    const queue = this.queues[cls].ids(key);
    const ahead = queue.slice(0, queue.indexOf(task));
    const holders = this.holders(cls, key);
    if (isPartial(this.classes[cls].kind)) {
      return this.ranges.waitOf(task, cls, key, mode, holders, ahead);
    }
    if (this.classes[cls].kind !== LockKind.Resource) {
      const readable = mode === LockMode.Shared && this.words[cls].get(key) > 0;
      return { all: readable ? ahead : [...holders, ...ahead], units: 0, sources: [] };
    }
    const sources = holders.map((from) => ({
      task: from,
      units: this.holds.amountOf(from, cls, key),
    }));
    const held = sources.reduce((sum, { units }) => sum + units, 0);
    const spent = Math.max(0, this.words[cls].get(key) - held);
    const free = this.unitsFree(cls, key) + (spentMayReturn ? spent : 0);
    return { all: ahead, units: this.wants.amount.get(task) - free, sources };
  }

  /** Grants the head of the queue, and those behind it, as far as the rules allow. */
  private grantHead(cls: number, key: number): void {
    const queue = this.queues[cls];
    if (isPartial(this.classes[cls].kind)) {
      this.grantParts(cls, key);
      return;
    }
    for (let task = queue.first(key); task !== NO_ID; task = queue.first(key)) {
      const mode = this.wants.mode.get(task);
      const amount = this.wants.amount.get(task);
      const word = this.words[cls].get(key);
      if (this.classes[cls].kind === LockKind.Resource) {
        if (amount > this.capacityOf(cls) - word) return;
      } else if (word !== 0 && (word < 0 || mode === LockMode.Exclusive)) return;
      queue.shift(key);
      this.wants.forget(task);
      this.take(cls, key, mode, task, amount, word);
      this.granted.push(GRANTED, task);
    }
  }

  private grantParts(cls: number, key: number): void {
    for (let task = this.ranges.nextGrant(cls, key); task !== NO_ID;) {
      this.queues[cls].remove(key, task);
      this.wants.forget(task);
      this.owners[cls].set(key, task + 1);
      this.granted.push(GRANTED, task);
      task = this.ranges.nextGrant(cls, key);
    }
  }

  private take(
    cls: number,
    key: number,
    mode: number,
    task: number,
    amount: number,
    word: number,
  ): void {
    this.owners[cls].set(key, task + 1);
    if (this.classes[cls].kind === LockKind.Resource) {
      this.words[cls].set(key, word + amount);
      if (amount > 0) this.holds.add(task, cls, key, amount);
    } else if (this.modeOf(cls, mode) === LockMode.Exclusive) {
      this.words[cls].set(key, -(task + 1));
    } else {
      this.words[cls].set(key, word + 1);
      this.holds.add(task, cls, key, 1);
    }
  }

  /** Mutexes, bits and resources cannot be shared. */
  private modeOf(cls: number, mode: number): number {
    const { kind } = this.classes[cls];
    return kind === LockKind.Rwsem || isPartial(kind) ? mode : LockMode.Exclusive;
  }

  private capacityOf(cls: number): number {
    return this.classes[cls].capacity ?? 1;
  }
}
