/**
 * Watches a machine and notes the order of locks as tasks take them. What a task wants counts when
 * it asks, not when it gets it: a deadlock is the case in which it never does.
 */
import { LockOrder, type LockRef } from './lock-order.js';
import type { MachineObserver } from './program/sync-unit.js';

/** What the recorder asks about a task; an interpreter's tasks answer it. */
export interface HeldLocks {
  /** Calls `visit` for everything `task` holds, outermost first. */
  forEachHeld(task: number, visit: (lock: number, key: number, mode: number) => void): void;
}

export class LockOrderRecorder implements MachineObserver {
  readonly order: LockOrder;
  /** Tasks whose present request was noted when it blocked. */
  private readonly asked = new Set<number>();

  constructor(
    lockNames: readonly string[],
    private readonly tasks: HeldLocks,
    /** Name of the program that a task runs now. */
    private readonly programOf: (task: number) => string,
  ) {
    this.order = new LockOrder(lockNames);
  }

  retired(): void {
    // Instructions are not its business.
  }

  blocked(task: number, lock: number, key: number, mode: number): void {
    this.asked.add(task);
    this.note(task, { cls: lock, key, mode });
  }

  acquired(task: number, lock: number, key: number, mode: number): void {
    if (!this.asked.delete(task)) this.note(task, { cls: lock, key, mode });
  }

  released(): void {
    // What is still held is read from the task.
  }

  private note(task: number, wanted: LockRef): void {
    const held: LockRef[] = [];
    this.tasks.forEachHeld(task, (cls, key, mode) => {
      if (cls !== wanted.cls || key !== wanted.key) held.push({ cls, key, mode });
    });
    if (held.length > 0) this.order.note(task, this.programOf(task), held, wanted);
  }
}
