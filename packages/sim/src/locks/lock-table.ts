/**
 * All locks of a world: readers-writer semaphores, mutexes, bit locks and counted resources, as
 * state machines on arenas. Nobody sleeps here; the machine asks, and is told who may go on.
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
 *   want
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
import { IntColumn, NumberColumn } from '../state/column.js';
import { IntLists, NO_ID } from '../state/int-list.js';
import { IntMap } from '../state/int-map.js';
import { IntTable } from '../state/int-table.js';
import type { StateSpace } from '../state/space.js';
import { HoldList } from './hold-list.js';
import { findWaitCycle, type Wait } from './wait-cycle.js';

export const LockMode = { Shared: 0, Exclusive: 1 } as const;
export const LockKind = { Rwsem: 0, Mutex: 1, Bit: 2, Resource: 3 } as const;

export interface LockClass {
  readonly name: string;
  /** One of `LockKind`. */
  readonly kind: number;
  /** Units of each instance of a resource (default 1); `give` may add more. */
  readonly capacity?: number;
}

/** What a waiting task waits for. */
export interface Wanted {
  readonly cls: number;
  readonly key: number;
  readonly mode: number;
}

const GRANTED = 0;

export class LockTable {
  /**
   * Word of an instance: 0 free (and absent); n > 0 held by n readers; -(task + 1) held
   * exclusively. Of a resource: units taken, below 0 when more were given than the capacity.
   */
  private readonly words: IntMap[];
  private readonly queues: IntLists[];
  private readonly holds: HoldList;
  private readonly wantedClass: IntColumn;
  private readonly wantedKey: NumberColumn;
  private readonly wantedMode: IntColumn;
  private readonly wantedAmount: NumberColumn;
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
    this.wantedClass = new IntColumn(space, 'wanted.class');
    this.wantedKey = new NumberColumn(space, 'wanted.key');
    this.wantedMode = new IntColumn(space, 'wanted.mode');
    this.wantedAmount = new NumberColumn(space, 'wanted.amount');
    this.granted = new IntLists(space, 'granted');
  }

  /**
   * Takes instance `key` (0 … 2^53 − 1) for `task`, or queues the task. `amount` counts for
   * resources only. True: granted. False: blocked until `takeGranted` lists the task.
   */
  acquire(cls: number, key: number, mode: number, task: number, amount: number): boolean {
    assert(this.wantedClass.get(task) === 0, 'LockTable: a task waits for two locks');
    if (this.tryAcquire(cls, key, mode, task, amount)) return true;
    this.owners[cls].set(key, task + 1);
    this.wantedClass.set(task, cls + 1);
    this.wantedKey.set(task, key);
    this.wantedMode.set(task, this.modeOf(cls, mode));
    this.wantedAmount.set(task, amount);
    this.queues[cls].push(key, task);
    return false;
  }

  /** Like `acquire`, but leaves no trace when it answers false. Never overtakes a waiter. */
  tryAcquire(cls: number, key: number, mode: number, task: number, amount: number): boolean {
    if (task >= this.taskLimit) this.taskLimit = task + 1;
    const word = this.words[cls].get(key);
    if (this.classes[cls].kind === LockKind.Resource) {
      if (amount > this.capacityOf(cls) - word || !this.queues[cls].isEmpty(key)) return false;
    } else if (word !== 0) {
      const joins = word > 0 && this.modeOf(cls, mode) === LockMode.Shared;
      if (!joins || !this.queues[cls].isEmpty(key)) return false;
    }
    this.take(cls, key, mode, task, amount, word);
    return true;
  }

  /** Gives back what `task` holds, or `amount` units of it, and grants who can go on. */
  release(cls: number, key: number, mode: number, task: number, amount: number): void {
    const word = this.words[cls].get(key);
    this.owners[cls].set(key, task + 1);
    if (this.classes[cls].kind === LockKind.Resource) {
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
  downgrade(cls: number, key: number, task: number): void {
    const held = this.words[cls].get(key) === -(task + 1);
    assert(held && this.classes[cls].kind === LockKind.Rwsem, 'LockTable: nothing to downgrade');
    this.owners[cls].set(key, task + 1);
    this.words[cls].set(key, 1);
    this.holds.add(task, cls, key, 1);
    this.grantHead(cls, key);
  }

  /** Takes a waiting task off its queue: a signal came. Those behind it may go on. */
  cancelWait(task: number): void {
    const cls = this.wantedClass.get(task) - 1;
    assert(cls >= 0, 'LockTable: the task does not wait');
    const key = this.wantedKey.get(task);
    this.queues[cls].remove(key, task);
    this.forgetWanted(task);
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
    const cls = this.wantedClass.get(task) - 1;
    if (cls < 0) return null;
    return { cls, key: this.wantedKey.get(task), mode: this.wantedMode.get(task) };
  }

  /** Tasks that hold the instance, ascending. */
  holders(cls: number, key: number): number[] {
    const word = this.words[cls].get(key);
    if (word < 0 && this.classes[cls].kind !== LockKind.Resource) return [-word - 1];
    const found: number[] = [];
    for (let task = 0; task < this.taskLimit; task += 1) {
      if (this.holds.amountOf(task, cls, key) > 0) found.push(task);
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
    return { all: ahead, units: this.wantedAmount.get(task) - free, sources };
  }

  /** Grants the head of the queue, and those behind it, as far as the rules allow. */
  private grantHead(cls: number, key: number): void {
    const queue = this.queues[cls];
    for (let task = queue.first(key); task !== NO_ID; task = queue.first(key)) {
      const mode = this.wantedMode.get(task);
      const amount = this.wantedAmount.get(task);
      const word = this.words[cls].get(key);
      if (this.classes[cls].kind === LockKind.Resource) {
        if (amount > this.capacityOf(cls) - word) return;
      } else if (word !== 0 && (word < 0 || mode === LockMode.Exclusive)) return;
      queue.shift(key);
      this.forgetWanted(task);
      this.take(cls, key, mode, task, amount, word);
      this.granted.push(GRANTED, task);
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

  private forgetWanted(task: number): void {
    this.wantedClass.set(task, 0);
    this.wantedKey.set(task, 0);
    this.wantedMode.set(task, 0);
    this.wantedAmount.set(task, 0);
  }

  /** Only a semaphore can be shared. */
  private modeOf(cls: number, mode: number): number {
    return this.classes[cls].kind === LockKind.Rwsem ? mode : LockMode.Exclusive;
  }

  private capacityOf(cls: number): number {
    return this.classes[cls].capacity ?? 1;
  }
}
