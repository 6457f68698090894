/** Tasks in the order in which they came. A task may be in it once. */

export class TaskQueue {
  private tasks: number[] = [];
  private head = 0;

  get length(): number {
    return this.tasks.length - this.head;
  }

  /** The first task, or −1. */
  get first(): number {
    return this.length === 0 ? -1 : this.tasks[this.head];
  }

  at(index: number): number {
    return this.tasks[this.head + index];
  }

  push(task: number): void {
    this.tasks.push(task);
  }

  unshift(task: number): void {
    this.tasks.splice(this.head, 0, task);
  }

  shift(): number {
    const task = this.first;
    if (task < 0) return -1;
    this.head += 1;
    if (this.head === this.tasks.length) {
      this.tasks.length = 0;
      this.head = 0;
    } else if (this.head >= 64) {
      this.tasks.splice(0, this.head);
      this.head = 0;
    }
    return task;
  }

  remove(task: number): boolean {
    const at = this.tasks.indexOf(task, this.head);
    if (at < 0) return false;
    this.tasks.splice(at, 1);
    return true;
  }

  has(task: number): boolean {
    return this.tasks.indexOf(task, this.head) >= 0;
  }
}
