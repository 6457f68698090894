/**
 * From a scenario's operations to calls: which program, which registers, and what the oracle has to
 * know of it. Descriptors are not in the form, so each thread opens the files it names: before the
 * threads start if they exist after the set-up, else at the first operation that names them.
 *
 *     setup list ─▶ calls of the set-up task ─▶ sync ─▶ opens ─┬─▶ thread 0
 *                                                              └─▶ thread 1 …
 */
import { ConfigError } from '@daxsim/sim';
import { FallocMode, MapFlag, OpenFlag, StoreFlag } from '@daxsim/daxfs';
import { MAX_WRITES } from './register-oracle.js';
import type { SystemCall } from './scenario-system.js';
import type { ScenarioConfig, ScenarioOperation } from './config.js';

/** What the oracle does with a call. */
export interface Checked {
  readonly kind: 'write' | 'read';
  /** Index into `Scenario.files`. */
  readonly file: number;
  readonly from: number;
  readonly to: number;
  /** Number of the write; 0 for reads. */
  readonly write: number;
}

/** One operation to submit, with what the oracle has to know of it. */
export interface ScenarioCall extends SystemCall {
  readonly checked: Checked | null;
}

export interface Scenario {
  readonly config: ScenarioConfig;
  /** File names, in order of first appearance. */
  readonly files: readonly string[];
  /** Cell borders per file. */
  readonly borders: readonly (readonly number[])[];
  /** The byte of each write, by number; 0 is the initial zeros. */
  readonly values: readonly number[];
  readonly setup: readonly ScenarioCall[];
  readonly threads: readonly (readonly ScenarioCall[])[];
}

const READ_WRITE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** Translates a scenario. Throws `ConfigError` for names that nothing defines. */
export function planScenario(config: ScenarioConfig): Scenario {
  return new Planner(config).plan();
}

class Planner {
  private readonly files: string[] = [];
  private readonly borders: Set<number>[] = [];
  private readonly values: number[] = [0];
  private readonly maps = new Map<string, { number: number; file: number; offset: number }>();
  private readonly handles = new Map<string, number>();
  private readonly opened = new Set<string>();
  private readonly setupCalls: ScenarioCall[] = [];
  private readonly existing = new Set<string>();

  constructor(private readonly config: ScenarioConfig) {}

  plan(): Scenario {
    const setupTask = this.config.threads.length;
    for (const operation of this.config.setup) this.add(operation, setupTask, this.setupCalls);
    this.setupCalls.push(simple('sync', 'sync'));
    const threads = this.config.threads.map((operations, task) => {
      const calls: ScenarioCall[] = [];
      for (const operation of operations) this.add(operation, task, calls);
      return calls;
    });
    return {
      config: this.config,
      files: this.files,
      borders: this.borders.map((set) => [...set].sort((a, b) => a - b)),
      values: this.values,
      setup: this.setupCalls,
      threads,
    };
  }

  private add(operation: ScenarioOperation, task: number, calls: ScenarioCall[]): void {
    const text = describe(operation);
    switch (operation.op) {
      case 'creat':
        this.existing.add(operation.f);
        this.open(operation.f, task, calls, OpenFlag.Create, text);
        return;
      case 'open':
        this.handleOf(operation.f, task, calls);
        return;
      case 'close':
        if (this.opened.delete(`${task}:${operation.f}`)) {
          calls.push({
            ...simple('close', text),
            registers: { handle: this.handle(operation.f, task) },
          });
        }
        return;
      case 'mkdir':
        calls.push({
          ...simple('mkdir', text),
          path: operation.d,
          registers: { mode: DIRECTORY_MODE },
        });
        return;
      case 'rmdir':
        calls.push({ ...simple('rmdir', text), path: operation.d });
        return;
      case 'unlink':
        calls.push({ ...simple('unlink', text), path: operation.f });
        return;
      case 'rename':
      case 'link':
        calls.push({ ...simple(operation.op, text), path: operation.from, path2: operation.to });
        return;
      case 'sync':
        calls.push(simple('sync', text));
        return;
      case 'mmap':
        this.map(operation, task, calls, text);
        return;
      case 'munmap': {
        const { number } = this.mapOf(operation.map);
        const length = 1 << 30;
        const registers = { mapping: number, mm: number, offset: 0, length };
        calls.push({ ...simple('munmap', text), registers });
        return;
      }
      case 'load':
      case 'store':
      case 'msync':
      case 'madvise_dontneed':
        calls.push(this.mapped(operation, text));
        return;
      default:
        calls.push(this.onFile(operation, this.handleOf(operation.f, task, calls), text));
    }
  }

  private onFile(
    operation: Extract<ScenarioOperation, { f: string }>,
    handle: number,
    text: string,
  ): ScenarioCall {
    const file = this.fileOf(operation.f);
    switch (operation.op) {
      case 'pread':
      case 'pwrite': {
        const { off, len } = operation;
        const isRead = operation.op === 'pread';
        const write = isRead ? 0 : this.write(operation.fill.charCodeAt(0));
        const registers = { handle, offset: off, length: len, source: write };
        const checked = this.checked(isRead ? 'read' : 'write', file, off, off + len, write);
        return { ...simple(isRead ? 'read' : 'write', text), registers, checked };
      }
      case 'fallocate': {
        const { off, len, mode } = operation;
        const isPunch = mode === 'punch';
        const keep = mode === 'alloc' ? 0 : FallocMode.KeepSize;
        const flags = isPunch ? FallocMode.PunchHole | FallocMode.KeepSize : keep;
        const registers = { handle, offset: off, length: len, flags };
        const write = isPunch ? this.write(0) : 0;
        const checked = isPunch ? this.checked('write', file, off, off + len, write) : null;
        return { ...simple('fallocate', text), registers, checked };
      }
      case 'ftruncate': {
        const write = this.write(0);
        const end = Math.max(operation.size, this.largestEnd(operation.f));
        const checked = this.checked('write', file, operation.size, end, write);
        return {
          ...simple('ftruncate', text),
          registers: { handle, length: operation.size },
          checked,
        };
      }
      default:
        return { ...simple(operation.op, text), registers: { handle } };
    }
  }

  private mapped(
    operation: Extract<ScenarioOperation, { map: string; len: number }>,
    text: string,
  ): ScenarioCall {
    const { number, file, offset } = this.mapOf(operation.map);
    const { off } = operation;
    const length = operation.len;
    const base = { mapping: number, mm: number, offset: off, length };
    if (operation.op === 'load') {
      const checked = this.checked('read', file, offset + off, offset + off + length, 0);
      return { ...simple('load', text), registers: base, checked };
    }
    if (operation.op === 'store') {
      const write = this.write(operation.fill.charCodeAt(0));
      const flags = operation.flush === true ? StoreFlag.Flush : StoreFlag.Plain;
      const checked = this.checked('write', file, offset + off, offset + off + length, write);
      return { ...simple('store', text), registers: { ...base, flags, source: write }, checked };
    }
    if (operation.op === 'msync')
      return { ...simple('msync', text), registers: { ...base, flags: 4 } };
    return { ...simple('madvise', text), registers: { ...base, flags: 4 } };
  }

  private map(
    operation: Extract<ScenarioOperation, { op: 'mmap' }>,
    task: number,
    calls: ScenarioCall[],
    text: string,
  ): void {
    const handle = this.handleOf(operation.f, task, calls);
    const number = this.maps.size;
    this.maps.set(operation.map, { number, file: this.fileOf(operation.f), offset: operation.off });
    let flags = MapFlag.Read | MapFlag.Write;
    flags |= operation.flags.includes('private') ? MapFlag.Private : MapFlag.Shared;
    if (operation.flags.includes('sync')) flags |= MapFlag.Sync;
    const { off: offset, len: length } = operation;
    const registers = { mapping: number, mm: number, handle, offset, length, flags };
    calls.push({ ...simple('mmap', text), registers });
  }

  /** The handle a task has on a file, opening it where that is not done yet. */
  private handleOf(name: string, task: number, calls: ScenarioCall[]): number {
    if (!this.opened.has(`${task}:${name}`)) {
      const early = this.existing.has(name) && task < this.config.threads.length;
      this.open(name, task, early ? this.setupCalls : calls, 0, `open ${name}`);
    }
    return this.handle(name, task);
  }

  private open(
    name: string,
    task: number,
    calls: ScenarioCall[],
    createFlag: number,
    text: string,
  ): void {
    this.fileOf(name);
    this.opened.add(`${task}:${name}`);
    const flags = OpenFlag.ReadWrite | createFlag;
    const handle = this.handle(name, task);
    const registers = { handle, flags, mode: READ_WRITE_MODE };
    calls.push({ ...simple('open', text), path: name, registers });
  }

  private handle(name: string, task: number): number {
    const key = `${task}:${name}`;
    const known = this.handles.get(key);
    if (known !== undefined) return known;
    this.handles.set(key, this.handles.size);
    return this.handles.size - 1;
  }

  private fileOf(name: string): number {
    const known = this.files.indexOf(name);
    if (known >= 0) return known;
    this.files.push(name);
    this.borders.push(new Set([0]));
    return this.files.length - 1;
  }

  private mapOf(name: string): { number: number; file: number; offset: number } {
    const map = this.maps.get(name);
    if (map !== undefined) return map;
    throw new ConfigError({
      where: 'scenario',
      found: `mapping "${name}" is used but no mmap before it makes it`,
      allowed: [...this.maps.keys()].join(', '),
    });
  }

  private checked(
    kind: Checked['kind'],
    file: number,
    from: number,
    to: number,
    write: number,
  ): Checked {
    this.borders[file]?.add(from).add(to);
    return { kind, file, from, to, write };
  }

  private write(value: number): number {
    this.values.push(value);
    if (this.values.length <= MAX_WRITES) return this.values.length - 1;
    throw new ConfigError({
      where: 'scenario',
      found: `more than ${MAX_WRITES - 1} operations that write`,
      allowed: 'fewer; the set of values that a read may see is one machine word',
    });
  }

  private largestEnd(name: string): number {
    const file = this.files.indexOf(name);
    let end = 0;
    for (const border of this.borders[file] ?? []) end = Math.max(end, border);
    return end;
  }
}

function simple(program: string, text: string): ScenarioCall {
  return { program, registers: {}, checked: null, text };
}

/** An operation on one line: `pwrite F 0+4096 "A"`. */
export function describe(operation: ScenarioOperation): string {
  const words: string[] = [operation.op];
  if ('d' in operation) words.push(operation.d);
  if ('f' in operation) words.push(operation.f);
  if ('map' in operation) words.push(operation.map);
  if ('from' in operation) words.push(operation.from, operation.to);
  if ('mode' in operation) words.push(operation.mode);
  if ('off' in operation) words.push(`${operation.off}+${operation.len}`);
  if ('size' in operation) words.push(String(operation.size));
  if ('fill' in operation) words.push(`"${operation.fill}"`);
  return words.join(' ');
}
