/**
 * Drives the threads of a run on a timed memory, by the arrival rule: the thread with the least
 * clock goes next, ties by number, and decisions that fall due before it are made first.
 *
 *   runAccesses(n) ─▶ until n accesses have ended ─▶ each duration to `onAccess`, as they end
 *   runLines(n)    ─▶ until n lines were read or written, wherever in an access that is
 */
import { IssueStatus, createLineRequest, type LineRequest, type TimedMemory } from '@daxsim/pmem';
import { NEVER, assert } from '@daxsim/sim';
import type { ThreadProgram } from './thread-program.js';

/** Longer than any queue of a machine takes to empty. */
const IDLE_TICKS = 50_000_000;

interface Thread {
  readonly program: ThreadProgram;
  readonly request: LineRequest;
  /** When its next operation may start; NEVER while one is pending. */
  clock: number;
  /** When its access started. */
  startedAt: number;
}

export class RunDriver {
  /** When the latest access ended, ticks. */
  now = 0;
  /** Told how long each access took, ticks; null: nobody is. */
  onAccess: ((ticks: number) => void) | null = null;
  private readonly threads: Thread[];
  private left = 0;
  private countsLines = false;

  constructor(
    private readonly memory: TimedMemory,
    programs: readonly ThreadProgram[],
    private readonly isIdle: boolean,
  ) {
    const count = programs.length;
    assert(count === 1 || !isIdle, 'RunDriver: several threads cannot each find queues empty');
    this.threads = programs.map((program, i) => ({
      program,
      request: createLineRequest(i),
      clock: 0,
      startedAt: 0,
    }));
  }

  /** Goes on until `count` more accesses have ended; answers the time they took. */
  runAccesses(count: number): number {
    this.countsLines = false;
    return this.run(count);
  }

  /** Goes on until `count` more lines were read or written; answers the time they took. */
  runLines(count: number): number {
    this.countsLines = true;
    return this.run(count);
  }

  private run(count: number): number {
    const from = this.now;
    this.left = count;
    const [first] = this.threads;
    if (first !== undefined && this.threads.length === 1) this.runAlone(first);
    else this.runTogether();
    return this.now - from;
  }

  private runAlone(thread: Thread): void {
    const { memory } = this;
    const { program, request } = thread;
    memory.horizon = NEVER;
    while (this.left > 0) {
      if (program.isAtStart) {
        if (this.isIdle) {
          memory.decideUntil(NEVER);
          request.at += IDLE_TICKS;
        }
        thread.startedAt = request.at;
      }
      program.fill(request);
      request.sequence += 1;
      const status = memory.access(request);
      assert(status === IssueStatus.Done, 'RunDriver: the only thread was left waiting');
      this.over(thread);
    }
  }

  private runTogether(): void {
    const { memory } = this;
    while (this.left > 0) {
      const thread = this.earliest();
      const due = memory.nextDecisionAt();
      if (due < thread.clock) {
        memory.decideUntil(due);
      } else {
        const { request, program } = thread;
        request.at = thread.clock;
        if (program.isAtStart) thread.startedAt = request.at;
        program.fill(request);
        request.sequence += 1;
        if (memory.access(request) === IssueStatus.Done) this.over(thread);
        else thread.clock = NEVER;
      }
      for (let done = memory.takeCompleted(); done >= 0; done = memory.takeCompleted()) {
        const thread = this.threads[done];
        if (thread !== undefined) this.over(thread);
      }
    }
  }

  private earliest(): Thread {
    const { threads } = this;
    let [least] = threads;
    for (const thread of threads) {
      if (least === undefined || thread.clock < least.clock) least = thread;
    }
    assert(least !== undefined, 'RunDriver: no thread');
    return least;
  }

  private over(thread: Thread): void {
    const { program, request, startedAt } = thread;
    thread.clock = request.at;
    const isEnded = program.advance();
    if (this.countsLines ? program.hasMoved : isEnded) {
      this.left -= 1;
      if (request.at > this.now) this.now = request.at;
    }
    if (isEnded && this.onAccess !== null) this.onAccess(request.at - startedAt);
  }
}
