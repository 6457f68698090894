/**
 * When operations are due, for replays that keep recorded times: a heap of (time, task), earliest
 * first, the lower task before the higher at one time.
 */
import type { TimedEvents } from '@daxsim/sim';

export class DueTimes implements TimedEvents {
  private readonly times: number[] = [];
  private readonly tasks: number[] = [];
  /** Called for each task that is due. */
  onDue: (task: number, at: number) => void = () => undefined;
  /** Another calendar that is kept beside this one: power cuts. */
  readonly cuts: number[] = [];
  onCut: (at: number) => void = () => undefined;

  add(at: number, task: number): void {
    let child = this.times.length;
    this.times.push(at);
    this.tasks.push(task);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.isBefore(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  nextAt(): number {
    return Math.min(this.times[0] ?? Infinity, this.cuts[0] ?? Infinity);
  }

  fire(at: number): void {
    while (this.cuts.length > 0 && this.cuts[0]! <= at) {
      this.onCut(this.cuts[0]!);
      this.cuts.shift();
    }
    while (this.times.length > 0 && this.times[0]! <= at) this.onDue(this.take(), at);
  }

  private take(): number {
    const task = this.tasks[0]!;
    const last = this.times.length - 1;
    this.swap(0, last);
    this.times.pop();
    this.tasks.pop();
    let parent = 0;
    for (;;) {
      let least = parent;
      for (const child of [parent * 2 + 1, parent * 2 + 2]) {
        if (child < last && this.isBefore(child, least)) least = child;
      }
      if (least === parent) return task;
      this.swap(parent, least);
      parent = least;
    }
  }

  private isBefore(a: number, b: number): boolean {
    if (this.times[a] !== this.times[b]) return this.times[a]! < this.times[b]!;
    return this.tasks[a]! < this.tasks[b]!;
  }

  private swap(a: number, b: number): void {
    [this.times[a], this.times[b]] = [this.times[b]!, this.times[a]!];
    [this.tasks[a], this.tasks[b]] = [this.tasks[b]!, this.tasks[a]!];
  }
}
