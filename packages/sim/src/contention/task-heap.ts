/** Tasks by the time at which each goes on; ties by who was put in first. */

export class TaskHeap {
  private readonly heap: Int32Array;
  private readonly place: Int32Array;
  private readonly at: Float64Array;
  private readonly order: Float64Array;
  private sequence = 0;
  length = 0;

  constructor(tasks: number) {
    this.heap = new Int32Array(tasks);
    this.place = new Int32Array(tasks).fill(-1);
    this.at = new Float64Array(tasks);
    this.order = new Float64Array(tasks);
  }

  /** Time of the first task; Infinity when there is none. */
  get firstAt(): number {
    return this.length === 0 ? Infinity : this.at[this.heap[0]];
  }

  /** Puts a task in, or moves it to another time. */
  put(task: number, at: number): void {
    this.at[task] = at;
    this.sequence += 1;
    this.order[task] = this.sequence;
    if (this.place[task] < 0) {
      this.place[task] = this.length;
      this.heap[this.length] = task;
      this.length += 1;
    }
    this.up(this.place[task]);
    this.down(this.place[task]);
  }

  /** Takes the first task out; there must be one. */
  take(): number {
    const task = this.heap[0];
    this.remove(task);
    return task;
  }

  remove(task: number): void {
    const at = this.place[task];
    if (at < 0) return;
    this.place[task] = -1;
    this.length -= 1;
    if (at === this.length) return;
    const last = this.heap[this.length];
    this.heap[at] = last;
    this.place[last] = at;
    this.up(at);
    this.down(this.place[last]);
  }

  private isBefore(a: number, b: number): boolean {
    if (this.at[a] !== this.at[b]) return this.at[a] < this.at[b];
    return this.order[a] < this.order[b];
  }

  private up(from: number): void {
    let at = from;
    const task = this.heap[at];
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.heap[parent];
      if (!this.isBefore(task, above)) break;
      this.heap[at] = above;
      this.place[above] = at;
      at = parent;
    }
    this.heap[at] = task;
    this.place[task] = at;
  }

  private down(from: number): void {
    let at = from;
    const task = this.heap[at];
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.length) break;
      const right = child + 1;
      if (right < this.length && this.isBefore(this.heap[right], this.heap[child])) child = right;
      const below = this.heap[child];
      if (!this.isBefore(below, task)) break;
      this.heap[at] = below;
      this.place[below] = at;
      at = child;
    }
    this.heap[at] = task;
    this.place[task] = at;
  }
}
