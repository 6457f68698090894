/**
 * The SYSCALL lines of a valgrind log (`--trace-syscalls=yes`).
 *
 *   SYSCALL[PID,THREAD](NR) sys_mmap ( ARGS ) --> [pre-success] Success(0x4800000)
 *   SYSCALL[PID,THREAD](NR) sys_close ( ARGS )[sync] --> Success(0x0)
 *   SYSCALL[PID,THREAD](NR) sys_msync ( ARGS ) --> [async] ...
 *   SYSCALL[PID,THREAD](NR) ... [async] --> Success(0x0)
 *
 * A call is carried from start to record when its result is known, by the code that does it for
 * strace. Calls of several threads of a process share the process's tables.
 */
import type { ParseContext } from '../parse-context.js';
import { NONE } from '../record.js';
import { Calls } from '../strace/calls.js';
import { callShapes } from '../strace/call-shapes.js';
import type { CallShape } from '../strace/call-shape.js';
import type { Task } from '../strace/task.js';
import { TraceWorld } from '../strace/world.js';
import { callArguments, callName, callResult } from './call-words.js';

const head = /^SYSCALL\[(\d+),(\d+)\]\( *\d+\) *(.*)$/;
/** A call with its arguments: `name ( args )`, and what comes of it. */
const body = /^([a-z0-9_]+(?:\[[^\]]*\])?) \(( .*)? \)(.*)$/;

interface KnownCall {
  readonly id: number;
  readonly shape: CallShape | undefined;
}

export class CallLines {
  private readonly world: TraceWorld;
  private readonly calls: Calls;
  private readonly known = new Map<string, KnownCall>();
  /** Calls that have not come back, by process and thread: name and arguments. */
  private readonly waiting = new Map<string, readonly [name: string, args: string]>();
  private current: Task | undefined = undefined;

  constructor(private readonly context: ParseContext) {
    this.world = new TraceWorld(context);
    this.world.nowNs = NONE;
    this.calls = new Calls(this.world);
  }

  /** The process whose line came last; accesses are taken for its. */
  get task(): Task | undefined {
    return this.current;
  }

  /** Takes a line that begins with `SYSCALL[`; false if it has not the form of one. */
  take(text: string, line: number): boolean {
    const [, pid, thread, rest] = head.exec(text) ?? [];
    if (pid === undefined || thread === undefined || rest === undefined) return false;
    this.world.line = line;
    this.current = this.world.tasks.get(Number(pid));
    const key = `${pid},${thread}`;
    if (rest.startsWith('... [async]')) return this.returned(key, rest, line);
    const [, printed, args = '', outcome = ''] = body.exec(rest) ?? [];
    if (printed === undefined) return this.unusual(rest, key);
    const name = callName(printed);
    this.context.tally(`syscalls.${printed.replace(/^sys_/, '').replace(/\[.*$/, '')}`, 1);
    if (outcome.includes('[async] ...')) this.waiting.set(key, [name, args]);
    else this.carryOut(name, args, outcome, line);
    return true;
  }

  /** Calls that were never seen to return. */
  finish(): void {
    for (const [name] of this.waiting.values()) {
      if (callShapes.has(name)) this.context.skip('call never returned');
    }
  }

  private returned(key: string, outcome: string, line: number): boolean {
    const call = this.waiting.get(key);
    this.waiting.delete(key);
    if (call !== undefined) this.carryOut(call[0], call[1], outcome, line);
    return true;
  }

  private carryOut(name: string, args: string, outcome: string, line: number): void {
    const call = this.callNamed(name);
    const task = this.current;
    const result = callResult(outcome);
    if (call.shape === undefined) this.context.skip('not a file-system call');
    if (call.shape === undefined || task === undefined || result === undefined) return;
    const text = `${name}(${callArguments(name, args)}) = ${result}`;
    this.calls.text.cut(text, name.length + 1);
    task.pending.begin(call.id, call.shape.isFork === true, NONE, line);
    this.calls.start(task);
    this.calls.end(task, NONE);
  }

  /** Lines that are no plain call: exit, and what valgrind does not implement. */
  private unusual(rest: string, key: string): boolean {
    if (/^exit(?:_group)?\(/.test(rest)) {
      if (this.current !== undefined) this.world.exited(this.current);
      this.current = undefined;
      this.waiting.delete(key);
      return true;
    }
    return /^(?:unimplemented|unhandled|\(|[a-z0-9_]+ )/.test(rest);
  }

  private callNamed(name: string): KnownCall {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const made = { id: this.context.calls.intern(name), shape: callShapes.get(name) };
    this.calls.shapes[made.id] = made.shape;
    this.known.set(name, made);
    return made;
  }
}
