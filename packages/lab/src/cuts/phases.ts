/**
 * When log forces and checkpoints ran: short, rare, and the moments at which power loss is most
 * interesting. The run that learns the length listens; of very many spans every second is dropped,
 * again and again, so that those kept are spread over the run.
 */
import { INSTRUCTION_WORDS, Op, type MachineObserver, type Program } from '@daxsim/sim';

/** From one tick to a later one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const SPANS_KEPT = 4096;

export class PhaseWatch implements MachineObserver {
  readonly forces: PhaseSpans;
  readonly checkpoints: PhaseSpans;

  constructor(programs: readonly Program[]) {
    this.forces = new PhaseSpans(programs, 'forceLog');
    this.checkpoints = new PhaseSpans(programs, 'pushTail');
  }

  retired(task: number, program: number, counter: number, _outcome: number, at: number): void {
    this.forces.retired(task, program, counter, at);
    this.checkpoints.retired(task, program, counter, at);
  }

  blocked(): void {
    // Waiting for the log is no part of writing it.
  }

  acquired(): void {
    // See blocked.
  }

  released(): void {
    // The return tells the end.
  }
}

/** The spans of one recipe. */
export class PhaseSpans {
  spans: Span[] = [];
  private readonly program: number;
  private readonly code: Int32Array | undefined;
  private readonly startedAt: (number | undefined)[] = [];
  private stride = 1;
  private seen = 0;

  constructor(programs: readonly Program[], recipe: string) {
    this.program = programs.findIndex(({ name }) => name === recipe);
    this.code = programs[this.program]?.code;
  }

  retired(task: number, program: number, counter: number, at: number): void {
    if (program !== this.program) return;
    const from = this.startedAt[task] ?? at;
    this.startedAt[task] = from;
    if (this.code?.[counter * INSTRUCTION_WORDS] !== Op.Return) return;
    this.startedAt[task] = undefined;
    if (at > from) this.keep({ from, to: at });
  }

  private keep(span: Span): void {
    if (this.seen % this.stride === 0) this.spans.push(span);
    this.seen += 1;
    if (this.spans.length < SPANS_KEPT) return;
    this.spans = this.spans.filter((_, index) => index % 2 === 0);
    this.stride *= 2;
  }
}
