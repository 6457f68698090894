/**
 * The one loop body: executes a single instruction of a task. The timed machine and the step
 * machine differ only in whom they let run next.
 *
 * Nothing but an instruction may block, take a lock or move bytes. What an instruction costs is
 * added to the task's clock: a step its price, a lock operation what `SyncUnit` charges, a move
 * what the memory answers. A machine that only explores has zero costs and never reads the clocks.
 */
import { assert } from '../errors.js';
import { NumberColumn } from '../state/column.js';
import { Access } from '../state/space.js';
import { Frame, MAX_DEPTH } from './registers.js';
import { INSTRUCTION_WORDS, Op } from './program.js';
import { SyncUnit } from './sync-unit.js';
import { TaskStatus, TaskTable } from './tasks.js';
import type { StateSpace } from '../state/space.js';
import type { Program, ProgramSet } from './program.js';
import type { SyncCosts } from './sync-unit.js';

/** What the machine asks of whoever moves bytes. */
export interface MoveUnit {
  /**
   * Carries the running move of `frame.task` on until it ends, traps, blocks on memory or its
   * clock passes `horizon`. Reads and advances `clock[task]`. Answers a `MoveStatus`.
   */
  advance(move: number, frame: Frame, clock: Float64Array, horizon: number): number;
  /** Outcome index of the move that just finished. */
  outcome: number;
  /** Program to call when a move met an absent translation. */
  trapProgram: number;
  /** Fills the registers of the trap's frame. */
  fillTrap(task: number, frame: Frame): void;
  /** Tells the move how its trap ended; it then goes on at its line or ends short. */
  resume(frame: Frame, outcome: string): void;
}

export const MoveStatus = { Finished: 0, Pending: 1, Trap: 2, Yield: 3 } as const;

/** What executing one instruction led to. */
export const Ran = {
  /** The task can go on. */
  On: 0,
  /** It blocked on a lock, a wait or memory. */
  Blocked: 1,
  /** Its operation ended; `lastOutcome` says how. */
  Ended: 2,
} as const;

export class Interpreter<W> {
  readonly tasks: TaskTable;
  readonly sync: SyncUnit<W>;
  /** Each task's local time, in ticks. */
  readonly clock: Float64Array;
  /** Called when a task was taken for a spawned recipe. */
  onSpawn: (task: number) => void = ignore;
  /** First task number that SPAWN may use. */
  spawnBase: number;
  /** Outcome index of the operation that just ended. */
  lastOutcome = 0;
  /** Arenas that a task's actions alone depend on: the rest is told to the watch by `met`. */
  readonly privateArenas: { readonly from: number; readonly to: number };
  private readonly frame: Frame;
  private readonly other: Frame;

  constructor(
    readonly set: ProgramSet<W>,
    readonly world: W,
    private readonly space: StateSpace,
    private readonly moves: MoveUnit,
    costs: SyncCosts,
    taskCapacity: number,
  ) {
    const from = space.arenaCount;
    this.tasks = new TaskTable(space, taskCapacity, set.slotsPerFrame);
    const cells = new NumberColumn(space, 'task.registers');
    this.frame = new Frame(cells, set.registerNames.length);
    this.other = new Frame(cells, set.registerNames.length);
    this.clock = new Float64Array(taskCapacity);
    this.sync = new SyncUnit(set, world, space, this.tasks, this.clock, costs, this.frame);
    this.spawnBase = taskCapacity;
    this.privateArenas = { from, to: space.arenaCount };
  }

  /** Starts a program on an idle task and answers its frame, to be filled with the arguments. */
  begin(task: number, program: number): Frame {
    this.tasks.depth.set(task, 0);
    this.tasks.enter(task * MAX_DEPTH, program);
    this.tasks.status.set(task, TaskStatus.Runnable);
    return this.operationFrame(task);
  }

  /** The frame of a task's operation; valid until the next instruction. */
  operationFrame(task: number): Frame {
    this.other.select(task, 0);
    return this.other;
  }

  /** The frame of a task's present call, for observers; valid until the next instruction. */
  callFrame(task: number): Frame {
    this.other.select(task, this.tasks.depth.get(task));
    return this.other;
  }

  /** The program a task runs at its present depth. */
  programOf(task: number): Program {
    return this.set.programs[this.tasks.programAt(this.tasks.call(task))];
  }

  /** Ends an operation's bookkeeping after its results were read. */
  end(task: number): void {
    this.operationFrame(task).clear();
    this.tasks.exit(task * MAX_DEPTH);
    if (task >= this.spawnBase) this.meetFreeTasks();
    this.tasks.status.set(task, task >= this.spawnBase ? TaskStatus.Free : TaskStatus.Idle);
  }

  /** Executes one instruction of a runnable task. `horizon` bounds how far a move may run. */
  execute(task: number, horizon: number): number {
    const call = this.tasks.call(task);
    const program = this.set.programs[this.tasks.programAt(call)];
    const counter = this.tasks.counterAt(call);
    const at = counter * INSTRUCTION_WORDS;
    const code = program.code;
    const a = code[at + 1];
    const b = code[at + 2];
    switch (code[at]) {
      case Op.Step: {
        const outcome = this.step(task, call, a);
        return this.retire(task, call, program, counter, program.tables[b + outcome], outcome);
      }
      case Op.Move:
        return this.move(task, call, program, counter, a, b, horizon);
      case Op.Acquire:
        if (!this.sync.acquire(task, call, a)) return Ran.Blocked;
        break;
      case Op.Try: {
        const outcome = this.sync.tryAcquire(task, call, a) ? 0 : 1;
        return this.retire(task, call, program, counter, program.tables[b + outcome], outcome);
      }
      case Op.Downgrade:
        this.sync.downgrade(task, call, a);
        break;
      case Op.Release:
        this.sync.release(task, call, a);
        break;
      case Op.Wait: {
        const isReady = this.sync.wait(task, call, a, code[at + 3]);
        if (isReady) return this.retire(task, call, program, counter, b, 0);
        this.note(task, program, counter, 1);
        return Ran.Blocked;
      }
      case Op.Woke: {
        const outcome = this.tasks.interrupted.get(task);
        this.tasks.interrupted.set(task, 0);
        return this.retire(task, call, program, counter, program.tables[b + outcome], outcome);
      }
      case Op.Call:
        this.push(task, this.set.calls[a].program);
        this.copyGiven(task, task, a, this.tasks.depth.get(task) - 1);
        return this.note(task, program, counter, 0);
      case Op.Return:
        return this.return(task, program, counter, a);
      case Op.Validate:
        return this.validate(task, call, program, counter, horizon);
      case Op.Sample:
        this.sync.sample(task, call, a);
        break;
      case Op.Jump:
        this.tasks.setCounter(call, a);
        return Ran.On;
      default:
        this.spawn(task, a);
    }
    return this.retire(task, call, program, counter, counter + 1, 0);
  }

  /** Checks a read section; nothing may come between success and the step it stands for. */
  private validate(
    task: number,
    call: number,
    program: Program,
    counter: number,
    horizon: number,
  ): number {
    const { code, tables } = program;
    const at = counter * INSTRUCTION_WORDS;
    const outcome = this.sync.validate(task, call, code[at + 1]) ? 0 : 1;
    let next = tables[code[at + 2] + outcome];
    while (code[next * INSTRUCTION_WORDS] === Op.Jump) next = code[next * INSTRUCTION_WORDS + 1];
    const ran = this.retire(task, call, program, counter, next, outcome);
    return outcome === 0 && code[at + 3] === 1 ? this.execute(task, horizon) : ran;
  }

  private step(task: number, call: number, index: number): number {
    const frame = this.frame;
    frame.select(task, call - task * MAX_DEPTH);
    const step = this.set.steps[index];
    this.space.watch?.began(step.name, step.touches);
    const outcome = step.run(this.world, frame);
    this.space.watch?.ended();
    let price = this.set.stepFixedTicks[index];
    const each = this.set.stepEachTicks[index];
    if (each > 0 && this.set.stepPerRegister[index] >= 0) {
      frame.select(task, call - task * MAX_DEPTH);
      price += each * frame.get(this.set.stepPerRegister[index]);
    }
    this.clock[task] += price;
    return outcome;
  }

  private move(
    task: number,
    call: number,
    program: Program,
    counter: number,
    index: number,
    table: number,
    horizon: number,
  ): number {
    const frame = this.frame;
    frame.select(task, call - task * MAX_DEPTH);
    const move = this.set.moves[index];
    this.space.watch?.began(move.name, move.touches);
    if (!this.tasks.isInMove(call)) {
      this.tasks.setInMove(call, true);
      move.begin(this.world, frame);
    }
    const status = this.moves.advance(index, frame, this.clock, horizon);
    this.space.watch?.ended();
    if (status === MoveStatus.Yield) return Ran.On;
    if (status === MoveStatus.Pending) {
      this.tasks.status.set(task, TaskStatus.OnMemory);
      return Ran.Blocked;
    }
    if (status === MoveStatus.Trap) {
      this.push(task, this.moves.trapProgram);
      this.moves.fillTrap(task, this.other);
      return this.note(task, program, counter, 0);
    }
    this.tasks.setInMove(call, false);
    const outcome = this.moves.outcome;
    return this.retire(task, call, program, counter, program.tables[table + outcome], outcome);
  }

  private return(task: number, program: Program, counter: number, outcome: number): number {
    const depth = this.tasks.depth.get(task);
    this.note(task, program, counter, outcome);
    if (depth === 0) {
      this.lastOutcome = outcome;
      return Ran.Ended;
    }
    const call = task * MAX_DEPTH + depth;
    const caller = this.set.programs[this.tasks.programAt(call - 1)];
    const at = this.tasks.counterAt(call - 1) * INSTRUCTION_WORDS;
    const callee = this.frame;
    callee.select(task, depth);
    this.other.select(task, depth - 1);
    if (caller.code[at] === Op.Call) {
      const passing = this.set.calls[caller.code[at + 1]];
      for (let i = 0; i < passing.takeFrom.length; i += 1) {
        this.other.set(passing.takeTo[i], callee.get(passing.takeFrom[i]));
      }
      this.tasks.setCounter(call - 1, caller.tables[caller.code[at + 2] + outcome]);
    }
    callee.clear();
    this.tasks.exit(call);
    this.tasks.depth.set(task, depth - 1);
    // A move resumes at its own instruction, knowing how its trap ended.
    if (caller.code[at] === Op.Move) this.moves.resume(this.other, program.outcomes[outcome]);
    return Ran.On;
  }

  private push(task: number, program: number): void {
    const depth = this.tasks.depth.get(task) + 1;
    assert(depth < MAX_DEPTH, 'Interpreter: calls nest deeper than MAX_DEPTH');
    this.tasks.depth.set(task, depth);
    this.tasks.enter(task * MAX_DEPTH + depth, program);
    this.other.select(task, depth);
  }

  /** Which task a spawned recipe gets depends on who else has started or ended one. */
  private meetFreeTasks(): void {
    this.space.watch?.met(this.tasks.status.id, this.spawnBase, Access.Write);
  }

  private spawn(task: number, index: number): void {
    this.meetFreeTasks();
    let child = this.spawnBase;
    while (this.tasks.status.get(child) !== TaskStatus.Free) child += 1;
    assert(child < this.tasks.capacity, 'Interpreter: no task left for a spawned recipe');
    this.begin(child, this.set.calls[index].program);
    this.copyGiven(task, child, index, this.tasks.depth.get(task));
    this.clock[child] = this.clock[task];
    this.onSpawn(child);
  }

  /** Copies the given registers of `from` at a depth into the present frame of `to`. */
  private copyGiven(from: number, to: number, index: number, depth: number): void {
    const passing = this.set.calls[index];
    this.frame.select(from, depth);
    this.other.select(to, this.tasks.depth.get(to));
    for (let i = 0; i < passing.giveFrom.length; i += 1) {
      this.other.set(passing.giveTo[i], this.frame.get(passing.giveFrom[i]));
    }
  }

  private retire(
    task: number,
    call: number,
    program: Program,
    counter: number,
    next: number,
    outcome: number,
  ): number {
    this.tasks.setCounter(call, next);
    return this.note(task, program, counter, outcome);
  }

  private note(task: number, program: Program, counter: number, outcome: number): number {
    const observer = this.sync.observer;
    if (observer !== null) {
      observer.retired(task, program.index, counter, outcome, this.clock[task]);
    }
    return Ran.On;
  }
}

function ignore(): void {
  // Nobody listens.
}
