/**
 * A source of a few operations on one task, for what is done outside of traces: closing what a
 * trace left open, unmounting.
 */
import { NextOperation, type Frame, type Interpreter, type OperationSource } from '@daxsim/sim';

/** An operation by its recipe, with the registers it is given. */
export interface PlainOperation {
  readonly recipe: string;
  readonly registers: readonly (readonly [register: number, value: number])[];
}

export class PlainOperations<W> implements OperationSource {
  /** Outcomes that were not the recipe's first. */
  failures = 0;
  private at = 0;

  constructor(
    private readonly interpreter: Interpreter<W>,
    private readonly operations: readonly PlainOperation[],
  ) {}

  next(task: number): number {
    const operation = this.operations[this.at];
    if (operation === undefined) return NextOperation.Ended;
    this.at += 1;
    const program = this.interpreter.set.programByName.get(operation.recipe) ?? 0;
    const frame: Frame = this.interpreter.begin(task, program);
    for (const [register, value] of operation.registers) frame.set(register, value);
    return NextOperation.Started;
  }

  hasNext(): boolean {
    return this.at < this.operations.length;
  }

  finished(task: number, _program: number, outcome: number): void {
    if (task === 0 && outcome !== 0) this.failures += 1;
  }
}
