/**
 * `strace -f -ttt -T`, with or without `-y`.
 *
 *   [pid ]PID SEC.USEC name(args) = result <duration>
 *   PID SEC.USEC name(args <unfinished ...>            another task's line comes between
 *   PID SEC.USEC <... name resumed>args) = result <duration>
 *   PID SEC.USEC --- SIGCHLD {…} ---                   signals: nothing to replay
 *   PID SEC.USEC +++ exited with 0 +++
 *
 * This file is about lines; what calls mean is in strace/. A line becomes one string, because most
 * of it is looked at more than once; the calls that no file system sees are dropped after their
 * name. Source: strace 6.1; trace of a program as it prints it, not its source code.
 *
 * Left out: io_uring and io_submit (the trace does not show what they do), System V and POSIX
 * shared memory, and any call not in strace/call-shapes.ts; they are counted under a reason.
 */
import type { LineParser } from '../line-reader.js';
import type { ParseContext } from '../parse-context.js';
import { NONE } from '../record.js';
import { Calls, Outcome, powersOfTen } from '../strace/calls.js';
import { callShapes } from '../strace/call-shapes.js';
import type { CallShape } from '../strace/call-shape.js';
import { HeldLines } from '../strace/held-lines.js';
import type { Task } from '../strace/task.js';
import { TraceWorld } from '../strace/world.js';
import { firstLines, lineFormat } from './format.js';

const lineFeed = 10;
const unfinished = '<unfinished ...>';
const opaqueCalls = new Set(['io_uring_enter', 'io_submit', 'shmat', 'splice', 'vmsplice']);
/** Calls on files that change nothing a replay could see, or that it has no kind for. */
const unreplayedCalls = new Set([
  ...['access', 'faccessat', 'faccessat2', 'readlink', 'readlinkat', 'statfs', 'fstatfs'],
  ...['getxattr', 'fgetxattr', 'lgetxattr', 'listxattr', 'setxattr', 'fsetxattr', 'lsetxattr'],
  ...['mknod', 'mknodat', 'sync', 'syncfs', 'flock', 'readahead', 'name_to_handle_at'],
]);

/** What is known of a call name. */
interface CallName {
  readonly id: number;
  readonly shape: CallShape | undefined;
  readonly isExit: boolean;
  /** Reason under which a call without a shape is counted. */
  readonly reason: string;
}

export class StraceParser implements LineParser {
  private readonly world: TraceWorld;
  private readonly calls: Calls;
  private readonly callNames = new Map<string, CallName>();
  private buffer: Buffer = Buffer.alloc(0);
  private baseSeconds = NONE;
  private baseFractionNs = 0;
  private lastNs = 0;
  private nowNs = 0;
  private readonly held = new HeldLines();
  private mayHold = true;

  constructor(private readonly context: ParseContext) {
    this.world = new TraceWorld(context);
    this.calls = new Calls(this.world);
  }

  parse(bytes: Uint8Array, start: number, line: number): number {
    if (this.buffer.buffer !== bytes.buffer) {
      this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const end = bytes.indexOf(lineFeed, start);
    const textEnd = bytes[end - 1] === 13 && end > start ? end - 1 : end;
    this.take(this.buffer.toString('latin1', start, textEnd), line);
    return end + 1;
  }

  private take(text: string, line: number): void {
    this.world.line = line;
    if (this.event(text, line) || isRemark(text)) return;
    this.context.bad(line, Buffer.from(text, 'latin1'), 0, text.length);
  }

  finish(): void {
    this.releaseAll();
    for (const task of this.world.tasks.all) {
      const { isPending, inScope } = task.pending;
      if (isPending && inScope) this.context.skip('call never returned');
    }
    this.context.tallies.set('durationNs', this.lastNs);
  }

  /** One line; false if it has not the form of any. */
  private event(text: string, line: number): boolean {
    let at = 0;
    if (text.startsWith('[pid ')) at = 5;
    while (text.charCodeAt(at) === 32) at += 1;
    let pid = 0;
    let next = digitsEnd(text, at);
    if (next === at) return false;
    if (text.charCodeAt(next) !== 46) {
      pid = integer(text, at, next);
      if (text.charCodeAt(next) === 93) next += 1;
      at = next;
      while (text.charCodeAt(at) === 32) at += 1;
      next = digitsEnd(text, at);
    }
    const dot = next;
    const fractionEnd = digitsEnd(text, dot + 1);
    if (next === at || text.charCodeAt(dot) !== 46 || fractionEnd === dot + 1) return false;
    this.clock(integer(text, at, dot), text, dot + 1, fractionEnd);
    const body = fractionEnd + 1;
    if (this.isHeld(pid)) {
      this.held.hold(pid, text, line);
      return true;
    }
    const first = text.charCodeAt(body);
    if (first === 60) return this.resumed(pid, text, body);
    if (first === 43) return this.ended(pid, text, body);
    if (first === 45) return text.startsWith('--- ', body);
    return this.call(pid, text, body, line);
  }

  /** Whether this task has lines waiting, or is one whose parent cannot be told yet. */
  private isHeld(pid: number): boolean {
    if (!this.mayHold) return false;
    if (this.held.isFull) this.releaseAll();
    const { tasks } = this.world;
    if (!this.held.isEmpty && this.held.has(pid)) return true;
    return tasks.find(pid) === undefined && tasks.isForkAmbiguous;
  }

  /** Reads all held lines, whoever their parents may be. */
  private releaseAll(): void {
    this.mayHold = false;
    this.releaseHeld(() => true);
    this.mayHold = true;
  }

  /** Reads the lines of the tasks that `choose` picks. */
  private releaseHeld(choose: (pid: number) => boolean): void {
    for (;;) {
      const lines = this.held.release(choose);
      if (lines === undefined) return;
      for (const { text, line } of lines) this.take(text, line);
    }
  }

  private clock(seconds: number, text: string, from: number, to: number): void {
    const fraction = integer(text, from, to) * (powersOfTen[9 - (to - from)] ?? 1);
    if (this.baseSeconds < 0) {
      this.baseSeconds = seconds;
      this.baseFractionNs = fraction;
    }
    this.nowNs = (seconds - this.baseSeconds) * 1e9 + fraction - this.baseFractionNs;
    this.world.nowNs = this.nowNs;
    if (this.nowNs > this.lastNs) this.lastNs = this.nowNs;
  }

  private call(pid: number, text: string, body: number, line: number): boolean {
    const open = text.indexOf('(', body);
    if (open <= body) return false;
    const name = this.nameOf(text.slice(body, open));
    if (name === undefined) return false;
    const task = this.world.tasks.get(pid);
    if (name.shape === undefined) {
      if (name.isExit) this.world.exited(task);
      else this.context.skip(name.reason);
      task.pending.begin(name.id, false, this.nowNs, line);
      return true;
    }
    const isHalf = text.endsWith(unfinished);
    const whole = isHalf ? text.slice(body, text.length - unfinished.length) : text;
    this.calls.text.cut(whole, isHalf ? open - body + 1 : open + 1);
    if (!isHalf && this.calls.text.closeAt < 0) return false;
    const isFork = name.shape.isFork === true;
    task.pending.begin(name.id, isFork, this.nowNs, line);
    this.calls.start(task);
    if (isHalf) task.pending.head = whole;
    else return this.end(task);
    return true;
  }

  /** `<... name resumed>rest`: joins it to the half that was kept. */
  private resumed(pid: number, text: string, body: number): boolean {
    const close = text.indexOf('>', body);
    if (close < 0 || !text.startsWith('<... ', body)) return false;
    const task = this.world.tasks.find(pid);
    if (task === undefined || !task.pending.isPending || task.pending.head === '') return true;
    const name = text.slice(body + 5, text.indexOf(' ', body + 5));
    if (this.nameOf(name)?.id !== task.pending.call) return false;
    const whole = task.pending.head + text.slice(close + 1);
    this.calls.text.cut(whole, whole.indexOf('(') + 1);
    return this.end(task);
  }

  private end(task: Task): boolean {
    const { inScope, isFork } = task.pending;
    const outcome = this.calls.end(task, this.nowNs);
    if (isFork && !this.held.isEmpty) {
      const { tasks } = this.world;
      this.releaseHeld((pid) => tasks.find(pid) !== undefined || !tasks.isForkAmbiguous);
    }
    if (outcome === Outcome.Unknown && inScope)
      this.context.skip('call interrupted or not returned');
    return outcome !== Outcome.Malformed;
  }

  /** `+++ exited with N +++`, `+++ killed by SIG +++`, `+++ superseded by execve in pid N +++`. */
  private ended(pid: number, text: string, body: number): boolean {
    if (!text.startsWith('+++ ', body)) return false;
    const task = this.world.tasks.find(pid);
    if (task !== undefined) this.world.exited(task);
    const successor = /superseded by execve in pid (\d+)/.exec(text.slice(body))?.[1];
    const thread = successor === undefined ? undefined : this.world.tasks.find(Number(successor));
    if (thread !== undefined) this.world.tasks.renumber(thread, pid);
    return true;
  }

  private nameOf(name: string): CallName | undefined {
    const known = this.callNames.get(name);
    if (known !== undefined) return known;
    if (!/^[a-z_][a-z0-9_]{0,40}$/i.test(name)) return undefined;
    const made = {
      id: this.context.calls.intern(name),
      shape: callShapes.get(name),
      isExit: name === 'exit' || name === 'exit_group',
      reason: reasonFor(name),
    };
    this.calls.shapes[made.id] = made.shape;
    this.callNames.set(name, made);
    return made;
  }
}

function reasonFor(name: string): string {
  if (opaqueCalls.has(name)) return `${name} is opaque in a trace`;
  return unreplayedCalls.has(name) ? `${name} is not replayed` : 'not a file-system call';
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (!(code >= 48 && code <= 57)) return at;
    at += 1;
  }
}

function integer(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) value = value * 10 + (text.charCodeAt(i) - 48);
  return value;
}

/** Lines that strace itself adds: blank ones and `strace: Process 12 attached`. */
function isRemark(text: string): boolean {
  return text.trim() === '' || text.startsWith('strace: ') || text.endsWith(' attached');
}

const straceLine =
  /^(?:\[pid +\d+\] |\d+ +)?\d{9,11}\.\d{3,9} (?:[a-z_][a-z0-9_]*\(|<\.\.\. |--- |\+\+\+ )/;

export const strace = lineFormat({
  name: 'strace-f-ttt-T',
  describe: 'system calls, strace -f -ttt -T (with or without -y)',
  family: 'strace',
  detect: (sample) => {
    const lines = firstLines(sample, 40).filter((text) => !isRemark(text));
    const good = lines.filter((text) => straceLine.test(text)).length;
    return good > 0 && good * 2 >= lines.length;
  },
  parser: (context) => new StraceParser(context),
});
