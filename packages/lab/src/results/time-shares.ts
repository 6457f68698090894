/**
 * Where simulated time went: in which step, in memory, in locks. And the run's digest, because both
 * hear every instruction.
 *
 *     retired ─▶ time since the task's previous instruction ─▶ that step, move or lock operation
 *
 * A step's time is its price, and a price has a source: so the report can say how much of the time
 * rests on figures that were only recalled.
 */
import {
  INSTRUCTION_WORDS,
  Op,
  type Digest,
  type MachineObserver,
  type Program,
  type ProgramSet,
} from '@daxsim/sim';

export class TimeShares implements MachineObserver {
  /** Ticks by step number. */
  readonly stepTicks: Float64Array;
  /** How often each step ran. */
  readonly stepCounts: Float64Array;
  /** Ticks in moves: what memory took. */
  moveTicks = 0;
  /** Ticks in lock operations and waits. */
  lockTicks = 0;
  /** What follows is no part of the run: it goes to the digest only. */
  isClosed = false;
  /** Instructions retired. */
  instructions = 0;
  private readonly programs: readonly Program[];
  private readonly lastAt: Float64Array;

  constructor(
    set: Pick<ProgramSet<never>, 'programs' | 'steps'>,
    tasks: number,
    private readonly digest: Digest,
  ) {
    this.programs = set.programs;
    this.stepTicks = new Float64Array(set.steps.length);
    this.stepCounts = new Float64Array(set.steps.length);
    this.lastAt = new Float64Array(tasks);
  }

  /** A task begins an operation; its time until now was not spent in instructions. */
  began(task: number, at: number): void {
    this.lastAt[task] = at;
  }

  retired(task: number, program: number, counter: number, outcome: number, at: number): void {
    const { digest } = this;
    digest.addWord((task << 16) ^ program);
    digest.addWord((counter << 8) ^ outcome);
    if (this.isClosed) return;
    this.instructions += 1;
    const spent = at - this.lastAt[task]!;
    this.lastAt[task] = at;
    const { code } = this.programs[program]!;
    const at4 = counter * INSTRUCTION_WORDS;
    const op = code[at4];
    if (op === Op.Step) {
      const step = code[at4 + 1]!;
      this.stepTicks[step]! += spent;
      this.stepCounts[step]! += 1;
    } else if (op === Op.Move) this.moveTicks += spent;
    else this.lockTicks += spent;
  }

  blocked(): void {
    // Counted when the lock is granted.
  }

  acquired(): void {
    // The instruction that takes it tells.
  }

  released(): void {
    // The instruction that gives it back tells.
  }
}
