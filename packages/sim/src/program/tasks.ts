/**
 * Tasks: what the machine knows about each, in arenas, so that a task can be hashed and rewound
 * like any other state. Times are not here; they are timing state and belong to the timed machine.
 *
 *   Free ─▶ Idle ─▶ Runnable ◀──▶ OnLock | OnWait | OnMemory        Idle ─▶ Held ─▶ Idle
 *             ▲─────────┘  operation ends                            Idle ─▶ Ended
 */
import { IntColumn, NumberColumn } from '../state/column.js';
import { MAX_DEPTH } from './registers.js';
import type { StateSpace } from '../state/space.js';

export const TaskStatus = {
  /** Not in use: may be given to a spawned recipe. */
  Free: 0,
  /** Between two operations. */
  Idle: 1,
  /** In an operation and able to go on. */
  Runnable: 2,
  /** Queued for a lock. */
  OnLock: 3,
  /** Asleep on a wait channel. */
  OnWait: 4,
  /** Waiting for the memory to answer. */
  OnMemory: 5,
  /** Its next operation may not start yet. */
  Held: 6,
  /** Has no more operations. */
  Ended: 7,
} as const;

export class TaskTable {
  readonly status: IntColumn;
  readonly depth: IntColumn;
  readonly interrupted: IntColumn;
  readonly waitChannel: IntColumn;
  readonly waitKey: NumberColumn;
  private readonly program: IntColumn;
  private readonly counter: IntColumn;
  private readonly inMove: IntColumn;
  private readonly heldLock: IntColumn;
  private readonly heldMode: IntColumn;
  private readonly heldKey: NumberColumn;
  private readonly heldAmount: NumberColumn;
  private readonly heldFrom: NumberColumn;
  private readonly heldTo: NumberColumn;

  constructor(
    space: StateSpace,
    /** Number of tasks, spawned ones included. */
    readonly capacity: number,
    private readonly slotsPerFrame: number,
  ) {
    this.status = new IntColumn(space, 'task.status');
    this.depth = new IntColumn(space, 'task.depth');
    this.interrupted = new IntColumn(space, 'task.interrupted');
    this.waitChannel = new IntColumn(space, 'task.waitChannel');
    this.waitKey = new NumberColumn(space, 'task.waitKey');
    this.program = new IntColumn(space, 'task.program');
    this.counter = new IntColumn(space, 'task.counter');
    this.inMove = new IntColumn(space, 'task.inMove');
    this.heldLock = new IntColumn(space, 'task.heldLock');
    this.heldMode = new IntColumn(space, 'task.heldMode');
    this.heldKey = new NumberColumn(space, 'task.heldKey');
    this.heldAmount = new NumberColumn(space, 'task.heldAmount');
    this.heldFrom = new NumberColumn(space, 'task.heldFrom');
    this.heldTo = new NumberColumn(space, 'task.heldTo');
  }

  /** Cell of a task's call at its present depth. */
  call(task: number): number {
    return task * MAX_DEPTH + this.depth.get(task);
  }

  programAt(call: number): number {
    return this.program.get(call);
  }

  counterAt(call: number): number {
    return this.counter.get(call);
  }

  setCounter(call: number, counter: number): void {
    this.counter.set(call, counter);
  }

  /** Starts a call at instruction 0. */
  enter(call: number, program: number): void {
    this.program.set(call, program);
    this.counter.set(call, 0);
  }

  /** Forgets a finished call. */
  exit(call: number): void {
    this.program.set(call, 0);
    this.counter.set(call, 0);
  }

  isInMove(call: number): boolean {
    return this.inMove.get(call) !== 0;
  }

  setInMove(call: number, inMove: boolean): void {
    this.inMove.set(call, inMove ? 1 : 0);
  }

  /** Cell of one hold of a call. */
  holdCell(call: number, slot: number): number {
    return call * this.slotsPerFrame + slot;
  }

  /** Remembers what is being taken; `grant` makes it held. */
  want(cell: number, mode: number, key: number, amount: number): void {
    this.heldMode.set(cell, mode);
    this.heldKey.set(cell, key);
    this.heldAmount.set(cell, amount);
  }

  /** The part [from, to) of what is being taken, for locks that are taken in parts. */
  wantPart(cell: number, from: number, to: number): void {
    this.heldFrom.set(cell, from);
    this.heldTo.set(cell, to);
  }

  grant(cell: number, lock: number): void {
    this.heldLock.set(cell, lock + 1);
  }

  /** Lock held in a cell, or −1. */
  lockAt(cell: number): number {
    return this.heldLock.get(cell) - 1;
  }

  modeAt(cell: number): number {
    return this.heldMode.get(cell);
  }

  setMode(cell: number, mode: number): void {
    this.heldMode.set(cell, mode);
  }

  keyAt(cell: number): number {
    return this.heldKey.get(cell);
  }

  amountAt(cell: number): number {
    return this.heldAmount.get(cell);
  }

  fromAt(cell: number): number {
    return this.heldFrom.get(cell);
  }

  toAt(cell: number): number {
    return this.heldTo.get(cell);
  }

  drop(cell: number): void {
    if (this.heldTo.get(cell) !== 0) this.wantPart(cell, 0, 0);
    this.heldLock.set(cell, 0);
    this.heldMode.set(cell, 0);
    this.heldKey.set(cell, 0);
    this.heldAmount.set(cell, 0);
  }

  /** Calls `visit(lock, key, mode)` for everything a task holds, outermost first. */
  forEachHeld(task: number, visit: (lock: number, key: number, mode: number) => void): void {
    const first = task * MAX_DEPTH;
    const depth = this.depth.get(task);
    for (let call = first; call <= first + depth; call += 1) {
      for (let slot = 0; slot < this.slotsPerFrame; slot += 1) {
        const cell = this.holdCell(call, slot);
        if (this.lockAt(cell) < 0) continue;
        visit(this.lockAt(cell), this.keyAt(cell), this.modeAt(cell));
      }
    }
  }
}
