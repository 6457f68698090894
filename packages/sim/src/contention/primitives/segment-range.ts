/**
 * A lock of ranges in fixed segments, each with a readers-writer lock of its own, taken in
 * ascending order: pNOVA, and NOVA with segment range locks. Readers of different segments touch
 * different lines; who wants much takes many locks, and two who share a segment exclude each other
 * though their bytes are apart.
 */
import type { LockPort, TimedLock } from '../timed-lock.js';

const TAKE_NEXT = 1;

export class SegmentRangeLock implements TimedLock {
  private readonly next = new Map<number, number>();
  private readonly modes = new Map<number, number>();

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    /** Parts in a segment, and the locks of the segments. */
    private readonly parts: number,
    private readonly segments: readonly number[],
  ) {}

  acquire(task: number, mode: number): void {
    this.modes.set(task, mode);
    this.take(task, this.first(task));
  }

  release(task: number, mode: number): void {
    const { port } = this;
    for (let at = this.last(task); at >= this.first(task); at -= 1) {
      port.lock(this.segments[at]).release(task, mode);
    }
  }

  phase(task: number): void {
    const at = (this.next.get(task) ?? 0) + 1;
    if (at <= this.last(task)) this.take(task, at);
  }

  private take(task: number, segment: number): void {
    const { port } = this;
    this.next.set(task, segment);
    port.then(task, this.id, TAKE_NEXT);
    port.lock(this.segments[segment]).acquire(task, this.modes.get(task) ?? 0);
  }

  private first(task: number): number {
    return Math.floor(this.port.partFrom[task] / this.parts);
  }

  private last(task: number): number {
    const last = Math.ceil(this.port.partTo[task] / this.parts) - 1;
    return Math.min(Math.max(last, this.first(task)), this.segments.length - 1);
  }
}
