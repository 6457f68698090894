/** A source of one operation, for what is done outside of traces: unmount. */
import { NextOperation, type Interpreter, type OperationSource } from '@daxsim/sim';

export class OneOperation<W> implements OperationSource {
  /** Outcome of the operation, or −1 while it has not ended. */
  outcome = -1;
  private hasStarted = false;

  constructor(
    private readonly interpreter: Interpreter<W>,
    private readonly program: number,
  ) {}

  next(task: number): number {
    if (this.hasStarted) return NextOperation.Ended;
    this.hasStarted = true;
    this.interpreter.begin(task, this.program);
    return NextOperation.Started;
  }

  hasNext(): boolean {
    return !this.hasStarted;
  }

  finished(task: number, _program: number, outcome: number): void {
    if (task === 0) this.outcome = outcome;
  }
}
