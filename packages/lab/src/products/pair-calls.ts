/**
 * Two operations of the bounded space as calls of two tasks, each with what makes it durable.
 *
 *     set-up   what either operation needs; everything durable and home
 *     task 0   creat foo · fsync foo          task 1   rename foo bar · sync
 *
 * What both need is there once; where one needs what the other wants to make, it is there, and the
 * other is refused. Each task has handles and mappings of its own. Operations on an open file are
 * followed by its fsync, those on names by a sync; a mapped write is three calls: a size, stores,
 * msync. Writes are shorter than those of one task, to few pages: what races is pages.
 */
import { MapFlag, MsyncFlag, OpenFlag } from '@daxsim/daxfs';
import { parentOf } from '../ace/ace-space.js';
import { FALLOC_FLAGS } from '../crash/crash-calls.js';
import type { AceCall, AceOperation } from '../ace/ace-operation.js';
import type { SystemCall } from '../explore/scenario-system.js';

/** One call of a task. */
export interface PairCall extends SystemCall {
  /** What it does in the model; `path` of a call on an open file is its handle's name. */
  readonly effect: AceCall;
  /** Name of the handle that it opens, or null. */
  readonly opens: string | null;
  /** What it writes bears this number. */
  readonly write: number;
}

/** A pair of operations, ready to run. */
export interface Pair {
  readonly setup: readonly PairCall[];
  readonly threads: readonly [readonly PairCall[], readonly PairCall[]];
  /** Whether a store through a mapping can mix with what the other task writes. */
  readonly isMixing: boolean;
}

const PAGE = 4096;
const CONTENT = 2 * PAGE;
const SIZES = { append: 2 * PAGE, overlap: 5000, extendBefore: 2000, extendLength: 5000 };
const TRUNCATE_TO = 2500;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const ATTRIBUTE_BYTES = 8;
const SETUP = 2;
const WRITES_PER_TASK = 16;
const MAP_BYTES = 16 * PAGE;
const SHIFTS: readonly string[] = ['collapse', 'insert'];
/** Operations that use a mapping, and those of them that store through it. */
const STORING: readonly string[] = ['mmapwrite', 'store', 'load-store', 'dio-read-to-map'];
const MAPPED: readonly string[] = [...STORING, 'msync', 'dio-write-from-map'];

/** The calls of two operations. */
export function pairOf(operations: readonly [AceOperation, AceOperation]): Pair {
  const writer = new PairWriter();
  operations.forEach((operation, task) => {
    writer.prepare(operation, task);
  });
  writer.call(SETUP, 'unmount', {}, { call: 'sync' });
  const setup = writer.take();
  const threads = operations.map((operation, task) => {
    writer.operation(operation, task);
    return writer.take();
  });
  const [first = [], second = []] = threads;
  const isMixing = operations.some(({ op }) => MAPPED.includes(op));
  return { setup, threads: [first, second], isMixing };
}

interface PreparedFile {
  size: number;
  hasAttribute: boolean;
}

class PairWriter {
  private calls: PairCall[] = [];
  private readonly dirs = new Set(['.']);
  private readonly files = new Map<string, PreparedFile>();
  private readonly handles = new Map<string, number>();
  private readonly writes = [0, 0, 0];

  /** What was written since the last time. */
  take(): readonly PairCall[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }

  call(
    task: number,
    program: string,
    registers: SystemCall['registers'],
    effect: AceCall,
    more: Partial<PairCall> = {},
  ): void {
    const write = task * WRITES_PER_TASK + (this.writes[task] ?? 0) + 1;
    this.writes[task] = (this.writes[task] ?? 0) + 1;
    const isBytes = 'length' in registers && program !== 'fallocate' && program !== 'ftruncate';
    const source = isBytes ? { source: write } : {};
    const text = Object.values(effect).join(' ').replaceAll(/\d:/g, '');
    const own = { program, registers: { ...registers, ...source }, effect, text, write };
    this.calls.push({ opens: null, ...own, ...more });
  }

  /** Puts there what the operation needs. */
  prepare(operation: AceOperation, task: number): void {
    const { path } = operation;
    switch (operation.op) {
      case 'creat':
      case 'mkdir':
        this.directory(parentOf(path));
        return;
      case 'rmdir':
        this.directory(path);
        return;
      case 'unlink':
      case 'remove':
        this.file(path);
        return;
      case 'rename':
        if (isDirectory(path)) this.directory(path);
        else this.file(path);
        this.directory(parentOf(operation.to));
        return;
      case 'link':
        this.open(path, task, 0);
        this.directory(parentOf(operation.to));
        return;
      case 'setxattr':
      case 'removexattr':
        this.open(path, task, 0);
        if (operation.op === 'removexattr') this.attribute(path, task);
        return;
      default:
        this.prepareBytes(operation, task);
    }
  }

  /** The operation and what makes it durable. */
  operation(operation: AceOperation, task: number): void {
    const { path } = operation;
    switch (operation.op) {
      case 'creat':
        this.openCall(path, task, 0);
        this.fsync(path, task);
        return;
      case 'mkdir':
        this.call(task, 'mkdir', { mode: DIRECTORY_MODE }, { call: 'mkdir', path }, { path });
        break;
      case 'rmdir':
        this.call(task, 'rmdir', {}, { call: 'rmdir', path }, { path });
        break;
      case 'unlink':
      case 'remove':
        this.call(task, 'unlink', {}, { call: 'unlink', path }, { path });
        break;
      case 'rename':
      case 'link': {
        const { op, to } = operation;
        this.call(task, op, {}, { call: op, path, to }, { path, path2: to });
        if (op === 'rename') break;
        this.fsync(path, task);
        return;
      }
      case 'setxattr':
      case 'removexattr':
        this.attributeCall(operation.op, path, task);
        this.fsync(path, task);
        return;
      default:
        this.bytes(operation, task);
        return;
    }
    this.call(task, 'sync', {}, { call: 'sync' });
  }

  private prepareBytes(operation: Extract<AceOperation, ByteOperation>, task: number): void {
    const { path, op } = operation;
    const isDirect = op === 'dwrite' || op === 'dio-write-from-map';
    const needsContent = op === 'falloc' || op === 'truncate' || operation.range !== 'append';
    this.open(path, task, isDirect ? OpenFlag.Direct : 0);
    const file = this.files.get(path);
    if (needsContent && file?.size === 0) {
      const effect = {
        call: 'write',
        path: alias(path, task),
        offset: 0,
        length: CONTENT,
      } as const;
      const handle = this.handle(path, task);
      this.call(SETUP, 'write', { handle, offset: 0, length: CONTENT }, effect);
      file.size = CONTENT;
    }
    if (!MAPPED.includes(op)) return;
    const flags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
    const map = { mapping: task + 1, mm: task + 1, offset: 0, length: MAP_BYTES, flags };
    const effect = { call: 'close', path } as const;
    this.call(SETUP, 'mmap', { ...map, handle: this.handle(path, task) }, effect);
  }

  private bytes(operation: Extract<AceOperation, ByteOperation>, task: number): void {
    const { path, op } = operation;
    const handle = this.handle(path, task);
    const name = alias(path, task);
    if (op === 'truncate') {
      const length = operation.aligned ? 0 : TRUNCATE_TO;
      this.call(task, 'ftruncate', { handle, length }, { call: 'truncate', path: name, length });
      this.fsync(path, task);
      return;
    }
    const { offset, length } = this.rangeOf(operation);
    if (op === 'falloc') {
      const { mode } = operation;
      const flags = FALLOC_FLAGS[mode];
      const effect = { call: 'falloc', path: name, mode, offset, length } as const;
      this.call(task, 'fallocate', { handle, offset, length, flags }, effect);
    } else if (MAPPED.includes(op)) {
      this.mapped(op, path, task, offset, length);
      return;
    } else {
      const effect = { call: 'write', path: name, offset, length } as const;
      this.call(task, 'write', { handle, offset, length }, effect);
    }
    this.fsync(path, task);
  }

  /** A size, and what is done through the mapping; then an msync, or the file's fsync. */
  private mapped(op: string, path: string, task: number, offset: number, length: number): void {
    const handle = this.handle(path, task);
    const name = alias(path, task);
    const end = offset + length;
    if (end > (this.files.get(path)?.size ?? 0)) {
      const effect = { call: 'truncate', path: name, length: end } as const;
      this.call(task, 'ftruncate', { handle, length: end }, effect);
    }
    const map = { mapping: task + 1, mm: task + 1, offset, length };
    if (op === 'load-store' || op === 'dio-write-from-map') {
      this.call(task, 'load', map, { call: 'close', path });
    }
    if (STORING.includes(op)) {
      this.call(task, 'store', map, { call: 'store', path: name, offset, length });
    } else if (op === 'dio-write-from-map') {
      const effect = { call: 'write', path: name, offset, length } as const;
      this.call(task, 'write', { handle, offset, length }, effect);
    }
    if (op !== 'mmapwrite' && op !== 'msync') {
      this.fsync(path, task);
      return;
    }
    const whole = { ...map, offset: 0, length: end, flags: MsyncFlag.Sync };
    this.call(task, 'msync', whole, { call: 'msync', path: name, offset: 0, length: end });
  }

  private rangeOf(operation: Extract<AceOperation, { readonly range: unknown }>): {
    readonly offset: number;
    readonly length: number;
  } {
    const { range, op, path } = operation;
    const size = this.files.get(path)?.size ?? 0;
    // A whole block, and not all that there is.
    const isShift = op === 'falloc' && SHIFTS.includes(operation.mode);
    if (isShift) return { offset: 0, length: PAGE };
    if (range === 'append') return { offset: size, length: SIZES.append };
    const isWhole = op === 'dwrite' || MAPPED.includes(op);
    if (range === 'overlap-start') return { offset: 0, length: isWhole ? CONTENT : SIZES.overlap };
    return { offset: size - SIZES.extendBefore, length: SIZES.extendLength };
  }

  private directory(path: string): void {
    if (this.dirs.has(path)) return;
    this.directory(parentOf(path));
    this.dirs.add(path);
    this.call(SETUP, 'mkdir', { mode: DIRECTORY_MODE }, { call: 'mkdir', path }, { path });
  }

  private file(path: string): void {
    if (this.files.has(path)) return;
    this.open(path, SETUP, 0);
    const handle = this.handle(path, SETUP);
    this.call(SETUP, 'close', { handle }, { call: 'close', path });
  }

  private open(path: string, task: number, flags: number): void {
    this.directory(parentOf(path));
    if (!this.files.has(path)) this.files.set(path, { size: 0, hasAttribute: false });
    this.openCall(path, task, flags, SETUP);
  }

  private openCall(path: string, task: number, more: number, by = task): void {
    const flags = OpenFlag.ReadWrite | OpenFlag.Create | more;
    const registers = { handle: this.handle(path, task), flags, mode: FILE_MODE };
    const opens = alias(path, task);
    this.call(by, 'open', registers, { call: 'open', path }, { path, opens });
  }

  private attribute(path: string, task: number): void {
    const file = this.files.get(path);
    if (file === undefined || file.hasAttribute) return;
    file.hasAttribute = true;
    this.attributeCall('setxattr', path, task, SETUP);
  }

  private attributeCall(
    call: 'setxattr' | 'removexattr',
    path: string,
    task: number,
    by = task,
  ): void {
    const registers = { handle: this.handle(path, task), length: ATTRIBUTE_BYTES };
    const effect = { call, path: alias(path, task) };
    this.call(by, call, registers, effect, { xattr: 'user.attribute' });
  }

  private fsync(path: string, task: number): void {
    const effect = { call: 'fsync', path: alias(path, task) } as const;
    this.call(task, 'fsync', { handle: this.handle(path, task) }, effect);
  }

  private handle(path: string, task: number): number {
    const name = alias(path, task);
    let handle = this.handles.get(name);
    if (handle === undefined) {
      handle = this.handles.size + 1;
      this.handles.set(name, handle);
    }
    return handle;
  }
}

type ByteOperation =
  { readonly range: unknown } | { readonly op: 'truncate'; readonly aligned: boolean };

/** Name of a task's handle on a file. */
function alias(path: string, task: number): string {
  return `${task}:${path}`;
}

function isDirectory(path: string): boolean {
  return path === '.' || /[A-Z]$/.test(path);
}
