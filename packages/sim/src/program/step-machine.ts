/**
 * Runs tasks without time, one visible action after another, for exploring: whoever explores picks
 * any runnable task, and every order of visible actions is reachable.
 *
 * An action is one visible instruction and the local ones behind it. Local is what no other task
 * can tell from its absence: jumps, calls, returns, steps that touch nothing but their frame — and
 * a release, because letting go earlier than the next step only lets others do what they may do
 * after it as well. An operation starts with its first action and ends with its last, so that two
 * operations count as concurrent only when their actions really interleave.
 */
import { assert } from '../errors.js';
import { INSTRUCTION_WORDS, Op } from './program.js';
import { NextOperation } from './operation-source.js';
import { Ran } from './interpreter.js';
import { TaskStatus } from './tasks.js';
import type { Interpreter } from './interpreter.js';
import type { OperationSource } from './operation-source.js';
import type { Program, ProgramSet } from './program.js';

/** Instructions in one action before a recipe is taken to loop without doing anything. */
const MAX_LOCAL_RUN = 100000;
/** More than instructions of one program. */
const PLACES = 4096;

export class StepMachine<W> {
  private readonly isLocal: readonly Uint8Array[];
  private readonly runnable: number[] = [];

  constructor(
    private readonly interpreter: Interpreter<W>,
    private readonly source: OperationSource,
    private readonly taskCount: number,
  ) {
    this.isLocal = interpreter.set.programs.map((program) => localsOf(interpreter.set, program));
    interpreter.spawnBase = taskCount;
    for (let task = 0; task < taskCount; task += 1) {
      interpreter.tasks.status.set(task, TaskStatus.Idle);
    }
  }

  /** For a reduced search: arenas of which the watch hears by `met` what concerns others. */
  get privateArenas(): { readonly from: number; readonly to: number } {
    return this.interpreter.privateArenas;
  }

  /** How many tasks could act now; 0 when all ended or nothing can move. */
  choices(): number {
    this.runnable.length = 0;
    const { tasks } = this.interpreter;
    for (let task = 0; task < tasks.capacity; task += 1) {
      const status = tasks.status.get(task);
      if (status === TaskStatus.Runnable) this.runnable.push(task);
      else if (status === TaskStatus.Idle && this.source.hasNext(task)) this.runnable.push(task);
    }
    return this.runnable.length;
  }

  /** The task that choice `i` of the last `choices()` would run. */
  taskOf(i: number): number {
    return this.runnable[i];
  }

  /** Where the task of choice `i` of the last `choices()` stands: its program and counter. */
  placeOf(i: number): number {
    const { tasks } = this.interpreter;
    const call = tasks.call(this.runnable[i]);
    return tasks.programAt(call) * PLACES + tasks.counterAt(call);
  }

  /** Runs one action of the task of choice `i`. Call `choices()` before and after. */
  take(i: number): void {
    this.act(this.runnable[i]);
  }

  /** Tasks that wait for something although nothing can run: a deadlock or a lost wake-up. */
  stuckTasks(): number[] {
    if (this.choices() > 0) return [];
    const stuck: number[] = [];
    const { tasks } = this.interpreter;
    for (let task = 0; task < tasks.capacity; task += 1) {
      const status = tasks.status.get(task);
      if (status === TaskStatus.OnLock || status === TaskStatus.OnWait) stuck.push(task);
    }
    return stuck;
  }

  /** Runs one action of a task. */
  act(task: number): void {
    const { interpreter, source } = this;
    if (interpreter.tasks.status.get(task) === TaskStatus.Idle) {
      const answer = source.next(task, 0);
      assert(answer === NextOperation.Started, 'StepMachine: a source with operations held back');
    }
    let seenVisible = false;
    for (let count = 0; count < MAX_LOCAL_RUN; count += 1) {
      const isLocal = this.nextIsLocal(task);
      if (!isLocal && seenVisible) return;
      seenVisible = seenVisible || !isLocal;
      const ran = interpreter.execute(task, Infinity);
      if (ran === Ran.Blocked) return;
      if (ran === Ran.Ended) {
        this.finish(task);
        return;
      }
    }
    assert(false, 'StepMachine: a recipe loops without a visible action');
  }

  private finish(task: number): void {
    const { interpreter } = this;
    const program = interpreter.tasks.programAt(interpreter.tasks.call(task));
    const frame = interpreter.operationFrame(task);
    this.source.finished(task, program, interpreter.lastOutcome, frame, 0);
    interpreter.end(task);
    if (task < this.taskCount && !this.source.hasNext(task)) {
      interpreter.tasks.status.set(task, TaskStatus.Ended);
    }
  }

  private nextIsLocal(task: number): boolean {
    const { tasks } = this.interpreter;
    const call = tasks.call(task);
    return this.isLocal[tasks.programAt(call)][tasks.counterAt(call)] === 1;
  }
}

function localsOf<W>(set: ProgramSet<W>, program: Program): Uint8Array {
  const isLocal = new Uint8Array(program.code.length / INSTRUCTION_WORDS);
  for (let counter = 0; counter < isLocal.length; counter += 1) {
    const op = program.code[counter * INSTRUCTION_WORDS];
    const a = program.code[counter * INSTRUCTION_WORDS + 1];
    const isQuietStep = op === Op.Step && set.steps[a].touches.length === 0;
    const isQuietMove = op === Op.Move && set.moves[a].touches.length === 0;
    const isPlain = op === Op.Jump || op === Op.Call || op === Op.Return || op === Op.Woke;
    isLocal[counter] = isQuietStep || isQuietMove || isPlain || op === Op.Release ? 1 : 0;
  }
  return isLocal;
}
