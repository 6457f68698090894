/**
 * The wait list of an rwsem: sleepers in order, and in which mode each wants it.
 *
 * The list is threaded through the sleepers' stacks, so who takes one off brings its lines, before
 * anybody on the list is woken.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import { TaskQueue } from '../task-queue.js';
import type { LockPort } from '../timed-lock.js';

/** Readers that one wake-up lets in at most. */
const BATCH_MOST = 256;

export class RwsemWaiters {
  private readonly tasks = new TaskQueue();

  constructor(private readonly port: LockPort) {}

  get length(): number {
    return this.tasks.length;
  }

  /** Who came first, or −1. */
  get first(): number {
    return this.tasks.first;
  }

  get firstIsReader(): boolean {
    return this.port.waitMode[this.tasks.first] === LockMode.Shared;
  }

  get hasWriter(): boolean {
    for (let i = 0; i < this.tasks.length; i += 1) {
      if (this.port.waitMode[this.tasks.at(i)] === LockMode.Exclusive) return true;
    }
    return false;
  }

  /** Puts a task at the end, as of its clock. */
  push(task: number, mode: number): void {
    this.port.waitMode[task] = mode;
    this.port.waitSince[task] = this.port.clock[task];
    this.tasks.push(task);
  }

  shift(): number {
    return this.tasks.shift();
  }

  /** Takes the readers off, wherever they stand, as many as one wake-up lets in. */
  takeReaders(): number[] {
    const { tasks, port } = this;
    const taken: number[] = [];
    const left: number[] = [];
    while (tasks.length > 0) {
      const task = tasks.shift();
      const isReader = port.waitMode[task] === LockMode.Shared;
      (isReader && taken.length < BATCH_MOST ? taken : left).push(task);
    }
    for (const task of left) tasks.push(task);
    return taken;
  }

  /** What it costs `waker` to take a task off. */
  takeTicks(waker: number, task: number): number {
    return this.port.lines.dequeueTicks(this.port.cpuOf[waker], this.port.cpuOf[task]);
  }
}
