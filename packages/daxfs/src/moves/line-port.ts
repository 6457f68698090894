/**
 * Where moves meet the memory: one request record per CPU, time in and out.
 *
 *      start(task) ─▶ issue ─▶ issue ─▶ … ─▶ clock[task] = at
 *                        └ Pending: nobody else can arrive before the decision? decide here
 *                                   else the task blocks, and the machine decides in order of time
 *
 * A task that is the only one with a clock before the horizon need not go back to the machine for
 * an arbitration: every decision due before the horizon sees all its arrivals already. That holds
 * only while no other task waits for memory, because its completion would have to be reported.
 */
import { IssueStatus, createLineRequest } from '@daxsim/pmem';
import type { LineRequest, Memory } from '@daxsim/pmem';
import type { MemoryClock } from '@daxsim/sim';

export class LinePort implements MemoryClock {
  /** CPU of each task: its caches and its requests. Without CPUs each task is its own. */
  cpuOf: Int32Array;
  /** The record of the running task; its `at` is the task's time. */
  request: LineRequest = createLineRequest(0);
  /** How far the running task may go. */
  horizon = 0.5;
  private readonly requests: LineRequest[] = [];
  private readonly taskOfSource: number[] = [];
  private pending = 0;

  constructor(
    private readonly memory: Memory,
    taskCapacity: number,
  ) {
    this.cpuOf = Int32Array.from({ length: taskCapacity }, (_, task) => task);
  }

  /** Turns to a task that may run from `at` to `horizon`. */
  start(task: number, at: number, horizon: number): void {
    const source = this.cpuOf[task];
    while (this.requests.length <= source) this.addSource();
    this.request = this.requests[source];
    this.request.at = at;
    this.horizon = horizon;
    this.taskOfSource[source] = task;
  }

  /** Asks for one line (bytes [fromByte, toByte) of it); false when the answer is not known yet. */
  issue(op: number, line: number, fromByte: number, toByte: number): boolean {
    const { request } = this;
    request.op = op;
    request.line = line;
    request.fromByte = fromByte;
    request.toByte = toByte;
    request.sequence += 1;
    if (this.memory.access(request) === IssueStatus.Done) return true;
    return this.pending === 0 ? this.decideHere(request.source) : this.leavePending();
  }

  nextDecisionAt(): number {
    return this.memory.nextDecisionAt();
  }

  decideUntil(at: number): void {
    this.memory.decideUntil(at);
  }

  takeCompleted(): number {
    if (this.pending === 0) return -1;
    const source = this.memory.takeCompleted();
    if (source < 0) return -1;
    this.pending -= 1;
    return this.taskOfSource[source];
  }

  completedAt(task: number): number {
    return this.requests[this.cpuOf[task]].at;
  }

  private addSource(): void {
    this.requests.push(createLineRequest(this.requests.length));
    this.taskOfSource.push(-1);
  }

  private decideHere(source: number): boolean {
    for (;;) {
      if (this.memory.takeCompleted() === source) return true;
      const decisionAt = this.memory.nextDecisionAt();
      if (decisionAt >= this.horizon) return this.leavePending();
      this.memory.decideUntil(decisionAt);
    }
  }

  private leavePending(): boolean {
    this.pending += 1;
    return false;
  }
}
