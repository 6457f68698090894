/**
 * A run as a timeline in the Chrome trace format, which Perfetto and chrome://tracing open.
 *
 *     task 4711   ├ write ───────────────────────────┤  ├ fsync ─────┤
 *                      ├ wait inode ┤  ├ write fault ┤
 *     counters    bytes read and written per second · media traffic per second · log in use
 *
 * Events are written as they happen and none is kept, so the file may be longer than memory. Begin
 * and end events of a track come in order of time and nest. Times are microseconds of simulated
 * time with all their decimals. Counters are sampled each 100 µs, when an operation ends.
 *
 * Left out: single instructions and memory requests.
 */
import type { World } from '@daxsim/daxfs';
import type { TimedMemory } from '@daxsim/pmem';
import { INSTRUCTION_WORDS, Op, fanOut, type MachineObserver, type Program } from '@daxsim/sim';
import { NONE, OpKind, errnoName, opKindNames, type TraceRecord } from '@daxsim/trace';
import type { RunParts } from '../replay/replay.js';
import type { OperationListener, ReplaySource } from '../replay/replay-source.js';
import { ticksAsUs } from './simulated-time.js';
import { FileSink, type TextSink } from './text-sink.js';

/** Writes a run's timeline to a file. Throws ConfigError if it cannot be made. */
export function joinTimeline(parts: RunParts, path: string): TextSink {
  const sink = new FileSink(path);
  const { source, timed, locks } = parts;
  const { interpreter, world } = timed.system;
  const events = new TimelineEvents(source, sink);
  source.listeners.push(events, new Counters(events, timed.memory, world));
  const heardBefore = locks.onWait;
  locks.onWait = (task, lock, from, to) => {
    heardBefore?.(task, lock, from, to);
    events.waited(task, lock, from, to);
  };
  const { sync, set } = interpreter;
  const faults = new FaultSpans(events, set.programs, (task) => interpreter.programOf(task).index);
  source.listeners.push(faults);
  sync.observer = fanOut(sync.observer === null ? [faults] : [sync.observer, faults]);
  return {
    write: (text) => sink.write(text),
    close: () => {
      events.finish();
      sink.close();
    },
  };
}

const PROCESS = 1;

/** The tracks of tasks. */
export class TimelineEvents implements OperationListener {
  private isFirst = true;
  /** Names of the spans that are open, by task. */
  private readonly open: number[] = [];
  private readonly lastAt: number[] = [];

  constructor(
    private readonly source: Pick<ReplaySource, 'placeOf' | 'recordedTask'>,
    private readonly sink: Pick<TextSink, 'write'>,
  ) {
    sink.write('{"displayTimeUnit":"ns","traceEvents":[');
    this.event(`"ph":"M","pid":${PROCESS},"name":"process_name","args":{"name":"daxsim"}`);
  }

  began(task: number, record: TraceRecord, at: number): void {
    this.beginSpan(
      task,
      opKindNames[record.kind] ?? 'other',
      at,
      argsOf(this.source, task, record),
    );
  }

  ended(task: number, _record: TraceRecord, errno: number, result: number, at: number): void {
    const outcome = errno === 0 ? `"result":${result}` : `"errno":${text(errnoName(errno))}`;
    this.endSpan(task, at, outcome);
  }

  /** A lock was granted after a wait. */
  waited(task: number, lock: string, from: number, to: number): void {
    this.beginSpan(task, `wait ${lock}`, from, '');
    this.endSpan(task, to, '');
  }

  beginSpan(task: number, name: string, at: number, args: string): void {
    const number = this.threadOf(task);
    const time = this.timeOf(task, at);
    this.open[task] = (this.open[task] ?? 0) + 1;
    const more = args === '' ? '' : `,"args":{${args}}`;
    this.event(
      `"ph":"B","pid":${PROCESS},"tid":${number},"ts":${time},"name":${text(name)}${more}`,
    );
  }

  /** Ends the span that the task began last. */
  endSpan(task: number, at: number, args: string): void {
    if ((this.open[task] ?? 0) === 0) return;
    this.open[task]! -= 1;
    const more = args === '' ? '' : `,"args":{${args}}`;
    const time = this.timeOf(task, at);
    this.event(`"ph":"E","pid":${PROCESS},"tid":${task + 1},"ts":${time}${more}`);
  }

  counter(name: string, at: number, values: string): void {
    this.event(
      `"ph":"C","pid":${PROCESS},"ts":${ticksAsUs(at)},"name":${text(name)},"args":{${values}}`,
    );
  }

  /** Ends what a run that was cut short left open, and the document. */
  finish(): void {
    this.open.forEach((count, task) => {
      for (let i = 0; i < count; i += 1) this.endSpan(task, this.lastAt[task] ?? 0, '');
    });
    this.sink.write(']}\n');
  }

  /** A track's number; its name is told when it is first used. */
  private threadOf(task: number): number {
    if (this.lastAt[task] === undefined) {
      this.lastAt[task] = 0;
      const name = text(`task ${this.source.recordedTask(task)}`);
      const head = `"ph":"M","pid":${PROCESS},"tid":${task + 1}`;
      this.event(`${head},"name":"thread_name","args":{"name":${name}}`);
      this.event(`${head},"name":"thread_sort_index","args":{"sort_index":${task}}`);
    }
    return task + 1;
  }

  /** A wait that began before the last event of its track is cut to it. */
  private timeOf(task: number, at: number): string {
    const time = Math.max(at, this.lastAt[task] ?? 0);
    this.lastAt[task] = time;
    return ticksAsUs(time);
  }

  private event(fields: string): void {
    this.sink.write(`${this.isFirst ? '' : ','}\n{${fields}}`);
    this.isFirst = false;
  }
}

/** Page faults: from the trap to the return of the fault's recipe. */
export class FaultSpans implements MachineObserver, OperationListener {
  private readonly names: (string | undefined)[];
  private readonly isIn: boolean[] = [];
  private readonly lastAt: number[] = [];

  constructor(
    private readonly events: Pick<TimelineEvents, 'beginSpan' | 'endSpan'>,
    private readonly programs: readonly Program[],
    /** Number of the program that a task runs. */
    private readonly programOf: (task: number) => number,
  ) {
    this.names = programs.map(({ name }) =>
      name === 'readFault' ? 'read fault' : name === 'writeFault' ? 'write fault' : undefined,
    );
  }

  began(task: number, _record: TraceRecord, at: number): void {
    this.lastAt[task] = at;
  }

  ended(): void {
    // A fault has returned before its operation ends.
  }

  retired(task: number, program: number, counter: number, _outcome: number, at: number): void {
    if (this.names[program] !== undefined) {
      this.enter(task, program, at);
      if (this.programs[program]!.code[counter * INSTRUCTION_WORDS] === Op.Return) {
        this.isIn[task] = false;
        this.events.endSpan(task, at, '');
      }
    }
    this.lastAt[task] = at;
  }

  /** A fault that waits before its first instruction retires has begun, too. */
  blocked(task: number, _lock: number, _key: number, _mode: number, at: number): void {
    this.enter(task, this.programOf(task), at);
  }

  acquired(): void {
    // See LockFigures.onWait.
  }

  released(): void {
    // Not shown.
  }

  /** What precedes a fault's first instruction is the trap. */
  private enter(task: number, program: number, at: number): void {
    const name = this.names[program];
    if (name === undefined || this.isIn[task] === true) return;
    this.isIn[task] = true;
    this.events.beginSpan(task, name, this.lastAt[task] ?? at, '');
  }
}

const SAMPLE_TICKS = 100_000_000;
const PS_PER_S = 1_000_000_000_000;

/** Counter tracks, sampled when an operation ends. */
class Counters implements OperationListener {
  private sampledAt = 0;
  private readBytes = 0;
  private writtenBytes = 0;
  private mediaRead = 0;
  private mediaWritten = 0;
  private readonly logBytes: number;

  constructor(
    private readonly events: TimelineEvents,
    private readonly memory: TimedMemory,
    private readonly world: World,
  ) {
    this.logBytes = world.volume.geometry.logLines * 64;
  }

  began(): void {
    // Ends are enough.
  }

  ended(_task: number, { kind }: TraceRecord, errno: number, result: number, at: number): void {
    if (errno === 0 && result > 0) {
      if (kind === OpKind.Read) this.readBytes += result;
      else if (kind === OpKind.Write) this.writtenBytes += result;
    }
    if (at - this.sampledAt < SAMPLE_TICKS) return;
    const seconds = (at - this.sampledAt) / PS_PER_S;
    this.sampledAt = at;
    const rate = (bytes: number): number => Math.round(bytes / seconds);
    this.events.counter(
      'file bytes per second',
      at,
      `"read":${rate(this.readBytes)},"written":${rate(this.writtenBytes)}`,
    );
    this.readBytes = 0;
    this.writtenBytes = 0;
    const mediaRead = this.sum('mediaReadBytes');
    const mediaWritten = this.sum('mediaWriteBytes');
    const media = `"read":${rate(mediaRead - this.mediaRead)}`;
    const mediaRate = rate(mediaWritten - this.mediaWritten);
    this.events.counter('media bytes per second', at, `${media},"written":${mediaRate}`);
    this.mediaRead = mediaRead;
    this.mediaWritten = mediaWritten;
    const inUse = this.logBytes - this.world.volume.journal.spaceLines() * 64;
    this.events.counter('log in use', at, `"bytes":${inUse}`);
  }

  private sum(figure: string): number {
    let total = 0;
    for (const { values } of this.memory.statistics()) total += values[figure] ?? 0;
    return total;
  }
}

function argsOf(source: Pick<ReplaySource, 'placeOf'>, task: number, record: TraceRecord): string {
  const args: string[] = [];
  const place = source.placeOf(task, record.path);
  if (place !== undefined) args.push(`"file":${text(place)}`);
  if (record.offset !== NONE) args.push(`"offset":${record.offset}`);
  if (record.length > 0) args.push(`"length":${record.length}`);
  return args.join(',');
}

function text(value: string): string {
  return JSON.stringify(value);
}
