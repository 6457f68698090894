/**
 * The operations of one run, out of its traces: what the machine asks for the next operation.
 *
 *     feeds ─ pump ─▶ window ─┬▶ queue of task 0 ─▶ next ─▶ action, action … ─▶ compared, counted
 *       ▲  order tracker ─────┤▶ queue of task 1                                   │
 *       └──────────────────── a place in the window is free ◀─────────────────────┘
 *
 * A task whose next record must wait is held and poked later: by the end of what it waits for, by
 * the time at which it is due, or by the arrival of a record. The window bounds memory: so many
 * records of a trace are known at a time, however long it is.
 */
import {
  NextOperation,
  type Frame,
  type Interpreter,
  type OperationSource,
  type TimedMachine,
} from '@daxsim/sim';
import type { World } from '@daxsim/daxfs';
import { IoctlRequest, NONE, OpKind, errnoByName, type TraceRecord } from '@daxsim/trace';
import type { OperationFigures } from '../results/operation-figures.js';
import type { ResultComparison } from '../results/comparison.js';
import { Action, planActions, sharesBlocks } from './actions.js';
import type { CarryOut } from './carry-out.js';
import type { DueTimes } from './due-times.js';
import type { MappedStores } from './mapped-stores.js';
import type { TraceNumbers } from './numbers.js';
import type { OrderTracker } from './order-rule.js';
import { Pending } from './pending.js';
import type { StartTimes } from './timing.js';
import type { TraceFeed } from './trace-feed.js';

/** Records of one trace that may be known and not ended. */
const WINDOW = 512;
const STORE_BYTES = 64;
const NOT_SUPPORTED = errnoByName('EOPNOTSUPP');
const NOT_A_TERMINAL = errnoByName('ENOTTY');

/** One trace of the run, with what belongs to it. */
export interface Lane {
  readonly feed: TraceFeed;
  readonly order: OrderTracker;
  readonly numbers: TraceNumbers;
  /** Names that appear without a call of the trace. */
  readonly unmade: ReadonlySet<string>;
  /** Several tasks that are only held to their own order. */
  readonly isUnordered: boolean;
}

export interface ReplayParts {
  readonly interpreter: Interpreter<World>;
  readonly world: World;
  readonly lanes: readonly Lane[];
  readonly carryOut: CarryOut;
  readonly mappedStores: MappedStores;
  readonly startTimes: StartTimes;
  readonly due: DueTimes;
  readonly comparison: ResultComparison;
  readonly figures: OperationFigures;
  /** Time of a call that the file system does not see. */
  readonly freeTicks: number;
  /** Time of a unit of a record's gap; 0: gaps are passed over. */
  readonly gapTicks: number;
}

/** Hears of operations as they begin and end, for timelines and for what must be durable. */
export interface OperationListener {
  began(task: number, record: TraceRecord, at: number): void;
  ended(
    task: number,
    record: TraceRecord,
    errno: number,
    result: number,
    at: number,
    signal?: number,
  ): void;
}

export class ReplaySource implements OperationSource {
  replayed = 0;
  readonly skipped = new Map<string, number>();
  readonly listeners: OperationListener[] = [];
  private machine: TimedMachine<World> | undefined;
  private readonly laneOf: Lane[] = [];
  private readonly head: (Pending | undefined)[] = [];
  private readonly tail: (Pending | undefined)[] = [];
  private readonly current: (Pending | undefined)[] = [];
  private readonly actions: number[][] = [];
  private readonly step: number[] = [];
  private readonly startedAt: number[] = [];
  private readonly mainErrno: number[] = [];
  private readonly mainResult: number[] = [];
  private readonly mainBytes: number[] = [];
  private readonly mainSignal: number[] = [];
  private readonly isFree: boolean[] = [];
  private readonly outstanding: number[] = [];
  private readonly pool: Pending[] = [];
  private readonly wakes: number[] = [];
  private readonly wakeAts: number[] = [];
  private isWaking = false;

  constructor(private readonly parts: ReplayParts) {
    for (const lane of parts.lanes) {
      this.outstanding[lane.feed.index] = 0;
      for (let i = 0; i < lane.feed.taskCount; i += 1) {
        const task = lane.feed.firstTask + i;
        this.laneOf[task] = lane;
        this.actions[task] = [];
        this.step[task] = 0;
      }
    }
    parts.due.onDue = (task, at) => {
      this.machine?.poke(task, at);
    };
  }

  /** The machine that asks; poked and stopped from here. */
  attach(machine: TimedMachine<World>): void {
    this.machine = machine;
  }

  /** Takes in what the feeds have. Call before the first run, and after every fill. */
  takeIn(at: number): void {
    for (const lane of this.parts.lanes) this.pump(lane, at);
    this.wakeAll();
  }

  next(task: number, at: number): number {
    const { clock } = this.parts.interpreter;
    for (;;) {
      if (this.current[task] === undefined) {
        const answer = this.startRecord(task, Math.max(at, clock[task]!));
        if (answer !== NextOperation.Started) return answer;
      }
      const pending = this.current[task];
      if (pending === undefined) continue;
      if (this.beginAction(task, pending)) return NextOperation.Started;
      this.complete(task, clock[task]!);
      this.wakeAll();
    }
  }

  /** Inode behind a record's descriptor or mapping, now; 0 if there is none. */
  inodeOf(task: number, record: TraceRecord): number {
    const { numbers } = this.laneOf[task]!;
    if (record.mapping !== NONE) return numbers.mappingOf(record.mapping)?.inode ?? 0;
    const handle = record.handle === NONE ? undefined : numbers.handleOf(record.handle);
    return handle === undefined ? 0 : this.parts.world.handles.inode(handle);
  }

  /** Bytes of the file that an operation on a shared, writable mapping covers, or undefined. */
  rangeOf(task: number, record: TraceRecord): readonly [from: number, to: number] | undefined {
    const mapping = this.laneOf[task]!.numbers.mappingOf(record.mapping);
    if (mapping?.isSharedWritable !== true) return undefined;
    const from = mapping.fileOffset + record.offset;
    return [from, from + record.length];
  }

  /** Places of the files that were mapped, by inode. */
  readonly mappedFiles = new Map<number, string>();

  /** Flags of the description behind a record's descriptor, an `OpenFlag` of daxfs; or 0. */
  openFlagsOf(task: number, record: TraceRecord): number {
    const { handle } = record;
    const number = handle === NONE ? undefined : this.laneOf[task]!.numbers.handleOf(handle);
    return number === undefined ? 0 : this.parts.world.handles.flags(number);
  }

  /** The number that the trace has for a task. */
  recordedTask(task: number): number {
    const { feed } = this.laneOf[task]!;
    return feed.reader.taskIds[task - feed.firstTask] ?? task;
  }

  /** Where on the mount a name of the trace lies, or undefined. */
  placeOf(task: number, path: number): string | undefined {
    return path === NONE ? undefined : this.laneOf[task]!.numbers.placeOf(path);
  }

  hasNext(task: number): boolean {
    return this.head[task] !== undefined || this.laneOf[task]?.feed.isDry === false;
  }

  finished(task: number, _program: number, _outcome: number, frame: Frame, at: number): void {
    const pending = this.current[task];
    const lane = this.laneOf[task];
    if (pending === undefined || lane === undefined) return;
    const action = this.actions[task]![this.step[task]!]!;
    const { carryOut } = this.parts;
    carryOut.finish(task, action, pending.record, frame, lane.numbers);
    this.step[task]! += 1;
    if (action === Action.Main) {
      const { end } = carryOut;
      this.mainErrno[task] = end.errno;
      this.mainResult[task] = end.result;
      this.mainBytes[task] = end.bytes;
      this.mainSignal[task] = end.signal;
    }
    if (this.step[task]! < this.actions[task]!.length) return;
    this.complete(task, at);
    this.wakeAll();
  }

  /** Takes the task's next record, if it may start; `Started` also when it was left out. */
  private startRecord(task: number, at: number): number {
    const pending = this.head[task];
    const lane = this.laneOf[task];
    if (pending === undefined || lane === undefined) {
      return lane === undefined || lane.feed.isDry ? NextOperation.Ended : NextOperation.Held;
    }
    if (pending.waitsFor > 0) return NextOperation.Held;
    const { record } = pending;
    const due = this.parts.startTimes.dueAt(task, record);
    if (due > at) {
      this.parts.due.add(due, task);
      return NextOperation.Held;
    }
    this.head[task] = pending.next;
    if (pending.next === undefined) this.tail[task] = undefined;
    pending.next = undefined;
    const reason = this.parts.carryOut.refusal(record, lane.numbers);
    if (reason !== undefined) {
      if (isCounted(record)) this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
      this.leave(pending, task, at);
      this.wakeAll();
      return NextOperation.Started;
    }
    this.current[task] = pending;
    this.step[task] = 0;
    this.startedAt[task] = at;
    this.mainErrno[task] = 0;
    this.mainResult[task] = 0;
    this.mainBytes[task] = 0;
    this.mainSignal[task] = 0;
    this.isFree[task] = false;
    if (record.gap > 0) this.compute(task, record.gap);
    this.parts.startTimes.started(task, record, at);
    this.planRecord(task, record, lane);
    for (const listener of this.listeners) listener.began(task, record, at);
    return NextOperation.Started;
  }

  /** The program computes before its next access. */
  private compute(task: number, gap: number): void {
    const { interpreter, gapTicks } = this.parts;
    interpreter.clock[task]! += gap * gapTicks;
    this.startedAt[task]! += gap * gapTicks;
  }

  private planRecord(task: number, record: TraceRecord, lane: Lane): void {
    const actions = this.actions[task]!;
    planActions(record, actions);
    if (record.kind !== OpKind.Msync || record.mapping === NONE) return;
    const mapping = lane.numbers.mappingOf(record.mapping);
    if (mapping !== undefined) this.parts.mappedStores.plan(task, record, mapping, actions);
  }

  /** Begins actions until one is under way; false if the record is at its end. */
  private beginAction(task: number, { record }: Pending): boolean {
    const { carryOut, interpreter, mappedStores, freeTicks } = this.parts;
    const { numbers } = this.laneOf[task]!;
    const actions = this.actions[task]!;
    for (; this.step[task]! < actions.length; this.step[task]! += 1) {
      const action = actions[this.step[task]!]!;
      // What was stored before an msync is no part of it.
      const hasStored = actions[this.step[task]! - 1] === Action.Store;
      if (action === Action.Main && hasStored) this.startedAt[task] = interpreter.clock[task]!;
      if (action === Action.Store) {
        const mapping = numbers.mappingOf(record.mapping)!;
        const offset = mappedStores.take(task);
        carryOut.beginStore(task, mapping.number, mapping.inode, offset, STORE_BYTES);
        return true;
      }
      if (carryOut.begin(task, action, record, numbers)) return true;
      if (action === Action.Free || action === Action.Main) {
        this.isFree[task] = true;
        this.mainErrno[task] = freeErrno(record);
        interpreter.clock[task]! += freeTicks;
      }
    }
    return false;
  }

  private complete(task: number, at: number): void {
    const pending = this.current[task]!;
    this.current[task] = undefined;
    const { record } = pending;
    const errno = this.mainErrno[task]!;
    const result = this.mainResult[task]!;
    const signal = this.mainSignal[task]!;
    for (const listener of this.listeners) {
      listener.ended(task, record, errno, result, at, signal);
    }
    if (record.kind === OpKind.Mmap && errno === 0) this.noteMapped(task, record);
    if (isCounted(record)) {
      const { figures, comparison } = this.parts;
      this.replayed += 1;
      figures.add(
        record.kind,
        errno !== 0 || signal !== 0,
        at - this.startedAt[task]!,
        this.mainBytes[task]!,
      );
      const call = record.call === NONE ? '' : pending.feed!.reader.calls.text(record.call);
      comparison.add(record, call, errno, result, {
        isContended: pending.isContended,
        signal,
        isFree: this.isFree[task]!,
        isUnordered: this.laneOf[task]!.isUnordered,
        isUnmade: errno !== 0 && this.isUnmade(pending),
      });
    }
    this.parts.startTimes.ended(task, record, at);
    this.leave(pending, task, at);
  }

  private noteMapped(task: number, { handle, path }: TraceRecord): void {
    const number = this.laneOf[task]!.numbers.handleOf(handle);
    const inode = number === undefined ? 0 : this.parts.world.handles.inode(number);
    const place = this.placeOf(task, path);
    if (inode > 0 && place !== undefined) this.mappedFiles.set(inode, place);
  }

  private isUnmade({ record, feed }: Pending): boolean {
    if (record.path === NONE) return false;
    return this.laneOf[feed!.firstTask]!.unmade.has(feed!.reader.names.text(record.path));
  }

  /** The record is over: others may start, and another may be read. */
  private leave(pending: Pending, task: number, at: number): void {
    const lane = this.laneOf[task]!;
    lane.order.release(pending, (other) => this.wakeAt(other.task, at));
    this.outstanding[lane.feed.index]! -= 1;
    this.pool.push(pending);
    this.pump(lane, at);
  }

  private pump(lane: Lane, at: number): void {
    const { feed, order } = lane;
    const wasDry = feed.isDry;
    while (this.outstanding[feed.index]! < WINDOW) {
      const pending = this.pool.pop() ?? new Pending();
      const record = feed.take(pending.record);
      if (record === undefined) {
        this.pool.push(pending);
        break;
      }
      pending.record = record;
      pending.feed = feed;
      pending.task = feed.firstTask + record.task;
      this.outstanding[feed.index]! += 1;
      order.admit(pending);
      this.enqueue(pending, at);
      if (record.kind === OpKind.Fork && record.child !== NONE) {
        this.parts.carryOut.forked(pending.task, feed.firstTask + record.child);
      }
    }
    if (feed.wantsFill) this.machine?.stop();
    if (!feed.isDry || wasDry) return;
    for (let i = 0; i < feed.taskCount; i += 1) this.wakeAt(feed.firstTask + i, at);
  }

  private enqueue(pending: Pending, at: number): void {
    const { task } = pending;
    const last = this.tail[task];
    if (last === undefined) {
      this.head[task] = pending;
      this.wakeAt(task, at);
    } else last.next = pending;
    this.tail[task] = pending;
  }

  private wakeAt(task: number, at: number): void {
    this.wakes.push(task);
    this.wakeAts.push(at);
  }

  private wakeAll(): void {
    if (this.isWaking || this.machine === undefined) return;
    this.isWaking = true;
    for (let i = 0; i < this.wakes.length; i += 1) {
      this.machine.poke(this.wakes[i]!, this.wakeAts[i]!);
    }
    this.wakes.length = 0;
    this.wakeAts.length = 0;
    this.isWaking = false;
  }
}

/** Asking a file whether it is a terminal fails, and so does sharing; all else succeeds. */
function freeErrno({ kind, flags }: TraceRecord): number {
  if (sharesBlocks(kind)) return NOT_SUPPORTED;
  return kind === OpKind.Ioctl && flags === IoctlRequest.Terminal ? NOT_A_TERMINAL : 0;
}

/** Implied records are carried out and not counted. */
function isCounted(record: TraceRecord): boolean {
  return record.inScope && !record.isImplied;
}
