/**
 * Carries one call from its start to its record: resolves what it is about when it starts, and
 * says what came of it when it ends. See call-shape.ts for why these are two moments.
 */
import { errnoByName } from '../errno.js';
import { CloseFlag, FallocateMode, IoFlag, OpKind, OpenFlag } from '../op-kind.js';
import { NONE, type TraceRecord } from '../record.js';
import { CallText, numberAt } from './call-text.js';
import type { CallShape } from './call-shape.js';
import type { Description } from './descriptors.js';
import { baseDirectory } from './effects.js';
import { openFlags } from './flag-words.js';
import { howFlags } from './operands.js';
import { resolvePath } from './paths.js';
import type { Task } from './task.js';
import type { TraceWorld } from './world.js';

/** What a call came to, as printed behind its closing parenthesis. */
export const Outcome = { Failed: 0, Returned: 1, Unknown: 2, Malformed: 3 } as const;

const lastStandardFd = 2;

export class Calls {
  readonly text = new CallText();
  /** Shapes by call id; a call without one is none of ours. */
  readonly shapes: (CallShape | undefined)[] = [];
  private value = 0;
  private errno = 0;
  private durationNs = NONE;

  constructor(private readonly world: TraceWorld) {}

  /** The pending call of `task` starts; `this.text` holds its arguments as far as they go. */
  start(task: Task): void {
    const { pending } = task;
    const shape = this.shapes[pending.call];
    if (shape === undefined) return;
    if (shape.fd !== undefined) {
      pending.description = this.descriptionOf(task, shape.fd);
    }
    if (shape.fd2 !== undefined) pending.description2 = this.descriptionOf(task, shape.fd2);
    if (shape.kind === OpKind.Ioctl) this.ioctlSource(task);
    if (shape.path !== undefined) this.names(task);
    if (shape.address !== undefined) this.pieces(task);
    pending.inScope = this.isInScope(task);
    if (shape.start !== undefined) shape.start(this.world, task, this.text);
  }

  /** The pending call of `task` ends; `this.text` holds all of it. Returns its Outcome. */
  end(task: Task, resumedNs: number): number {
    const { pending } = task;
    pending.isPending = false;
    const shape = this.shapes[pending.call];
    const outcome = this.outcome();
    if (shape === undefined || outcome === Outcome.Unknown || outcome === Outcome.Malformed) {
      return outcome;
    }
    if (outcome === Outcome.Returned && shape.succeeded !== undefined) {
      shape.succeeded(this.world, task, this.text, this.value);
    }
    if (shape.isSilent !== true && pending.inScope) this.emit(task, resumedNs);
    return outcome;
  }

  private emit(task: Task, resumedNs: number): void {
    const { pending } = task;
    const record = this.world.context.queue.add(pending.line);
    const { description, description2 } = pending;
    const shape = this.shapes[pending.call];
    if (shape === undefined) return;
    record.kind = shape.kind;
    record.call = pending.call;
    record.task = task.index;
    record.startNs = pending.startNs;
    record.endNs = this.durationNs >= 0 ? pending.startNs + this.durationNs : resumedNs;
    record.handle = description?.handle ?? pending.handle;
    record.handle2 = description2?.handle ?? pending.handle2;
    record.path = description?.path ?? pending.path;
    record.path2 = description2?.path ?? pending.path2;
    record.mapping = pending.mapping;
    record.mapping2 = pending.mapping2;
    const piece = pending.pieces[0];
    if (piece !== undefined) {
      record.mapping = piece.mapping;
      record.offset = piece.offset;
    }
    if (shape.fill !== undefined) shape.fill(this.text, record);
    if (record.kind === OpKind.Close) record.flags = pending.isLast ? CloseFlag.Last : 0;
    record.hasResult = 1;
    record.errno = this.errno;
    record.result = this.errno === 0 ? resultOf(record, this.value) : NONE;
    if (this.errno === 0) move(record, description, description2);
    if (pending.pieces.length > 1) {
      this.world.impliedPieces(record.kind, task, pending.pieces, 1);
    }
  }

  /** Value, error and duration from what is printed behind the closing parenthesis. */
  private outcome(): number {
    const { text, closeAt } = this.text;
    let at = closeAt + 1;
    if (closeAt < 0) return Outcome.Malformed;
    while (text.charCodeAt(at) === 32) at += 1;
    if (text.charCodeAt(at) !== 61) return Outcome.Malformed;
    at += 2;
    this.errno = 0;
    this.durationNs = durationNs(text);
    if (text.charAt(at) === '?') return Outcome.Unknown;
    this.value = numberAt(text, at);
    if (this.value !== this.value) return Outcome.Malformed;
    if (this.value === -1 && text.charAt(at + 3) === 'E') {
      const end = text.indexOf(' ', at + 3);
      this.errno = errnoByName(text.slice(at + 3, end < 0 ? text.length : end));
      return Outcome.Failed;
    }
    return Outcome.Returned;
  }

  /** Description behind argument `index`; one that only `-y` knows of is opened by implication. */
  private descriptionOf(task: Task, index: number): Description | undefined {
    const fd = this.text.number(index);
    if (fd !== fd || fd < 0) return undefined;
    const known = task.table.get(fd);
    if (known !== undefined) return known;
    const shown = this.text.annotation(index);
    if (shown === undefined) return undefined;
    return fd <= lastStandardFd ? this.inherited(shown) : this.openedBefore(task, fd, shown);
  }

  /** Standard input and output redirected by the shell are no files of the traced program. */
  private inherited(shown: string): undefined {
    const path = this.world.context.names.intern(resolvePath('/', shown));
    if (!this.world.scope.has(path, false)) return undefined;
    this.world.context.skip('standard stream opened before the trace');
    return undefined;
  }

  private openedBefore(task: Task, fd: number, shown: string): Description {
    const { world } = this;
    const path = world.context.names.intern(resolvePath('/', shown));
    const flags = OpenFlag.Read | OpenFlag.Write;
    const inScope = world.scope.has(path, false);
    const file = inScope ? world.fileAt(path) : { size: 0 };
    const description = world.describe(path, flags, inScope, file);
    task.table.set(fd, description, false);
    if (inScope) {
      const record = world.implied(OpKind.Open, task);
      record.handle = description.handle;
      record.path = path;
      record.flags = flags;
    }
    return description;
  }

  /** Clone requests name their source descriptor inside the argument; it becomes `handle`. */
  private ioctlSource(task: Task): void {
    const { pending } = task;
    const request = this.text.raw(1);
    const isClone = request.includes('FICLONE');
    const isDedupe = request.includes('FIDEDUPERANGE');
    if (!isClone && !isDedupe) return;
    const key = isDedupe ? 'dest_fd' : 'src_fd';
    const inside = this.text.field(2, key);
    const other = inside === inside ? task.table.get(inside) : this.descriptionOf(task, 2);
    const own = pending.description;
    pending.description = isDedupe ? own : other;
    pending.description2 = isDedupe ? other : own;
  }

  private names(task: Task): void {
    const { pending } = task;
    const shape = this.shapes[pending.call];
    if (shape?.path === undefined) return;
    const name = this.text.string(shape.path);
    if (name === undefined || name === '') {
      // `newfstatat(3, "", …)` and `utimensat(3, NULL, …)` are about the descriptor itself.
      if (shape.dir !== undefined) pending.description = this.descriptionOf(task, shape.dir);
    } else pending.path = this.pathOf(task, name, shape.dir);
    if (shape.path2 === undefined) return;
    const second = this.text.string(shape.path2);
    if (second === undefined) return;
    const isTarget = shape.kind === OpKind.Symlink;
    const { names } = this.world.context;
    pending.path2 = isTarget ? names.intern(second) : this.pathOf(task, second, shape.dir2);
  }

  private pathOf(task: Task, name: string, dir: number | undefined): number {
    const { names } = this.world.context;
    if (name.charCodeAt(0) === 47) return names.intern(resolvePath('/', name));
    const base = baseDirectory(this.world, task, this.text, dir);
    return base === undefined ? NONE : names.intern(resolvePath(base, name));
  }

  private pieces(task: Task): void {
    const start = this.text.number(0);
    const length = this.text.number(1);
    // An mremap of length 0 asks for a second mapping of what is at its address.
    const end = start + Math.max(length, 1);
    if (end === end) task.pending.pieces = task.space.pieces(start, end);
  }

  private isInScope(task: Task): boolean {
    const { description, description2, path, path2, pieces } = task.pending;
    const shape = this.shapes[task.pending.call];
    if (shape === undefined || shape.isSilent === true) return false;
    if (shape.address !== undefined) return pieces.length > 0;
    if (description !== undefined && description.handle >= 0) return true;
    if (description2 !== undefined && description2.handle >= 0) return true;
    const { scope } = this.world;
    const isChange =
      shape.kind === OpKind.Open ? this.opensForChange(task) : shape.isChange === true;
    if (scope.has(path, isChange)) return true;
    return shape.kind !== OpKind.Symlink && scope.has(path2, isChange);
  }

  private opensForChange(task: Task): boolean {
    const shape = this.shapes[task.pending.call];
    if (shape?.isChange === true) return true;
    const index = shape?.dir === undefined ? 1 : 2;
    const raw = this.text.raw(index);
    const flags = openFlags(raw.startsWith('{') ? howFlags(this.text) : raw);
    return (flags & (OpenFlag.Write | OpenFlag.Create | OpenFlag.Truncate)) !== 0;
  }
}

/** A descriptor or an address says nothing on another machine. */
function resultOf(record: TraceRecord, value: number): number {
  const { kind } = record;
  const isLocal =
    kind === OpKind.Open || kind === OpKind.Dup || kind === OpKind.Mmap || kind === OpKind.Mremap;
  return isLocal ? 0 : value;
}

/** Tells where in the file a transfer was, and moves positions and sizes by it. */
function move(
  record: TraceRecord,
  description: Description | undefined,
  description2: Description | undefined,
): void {
  const { kind, result } = record;
  if (kind === OpKind.Read && description !== undefined) {
    record.fileOffset = advance(description, record.offset, result);
  } else if (kind === OpKind.Write && description !== undefined) {
    const isAppend =
      (description.flags & OpenFlag.Append) !== 0 || (record.flags & IoFlag.Append) !== 0;
    if (isAppend && record.offset < 0) description.position = description.file.size;
    record.fileOffset = advance(description, record.offset, result);
  } else if (kind === OpKind.CopyRange || kind === OpKind.Sendfile) {
    if (description !== undefined) advance(description, record.offset, result);
    if (description2 !== undefined) {
      record.fileOffset = advance(description2, record.offset2, result);
    }
  } else if (kind === OpKind.CloneRange || kind === OpKind.CloneFile) {
    clone(record, description, description2);
  } else if (kind === OpKind.Fallocate && (record.flags & FallocateMode.InsertRange) !== 0) {
    if (description !== undefined) record.fileOffset = description.file.size - record.length;
  }
}

function clone(
  record: TraceRecord,
  from: Description | undefined,
  to: Description | undefined,
): void {
  if (to === undefined) return;
  const sourceEnd = from?.file.size ?? 0;
  const isAll = record.length === 0;
  const length = isAll ? Math.max(0, sourceEnd - Math.max(0, record.offset)) : record.length;
  record.fileOffset = Math.max(0, record.offset2);
  record.statSize = length;
  to.file.size = Math.max(to.file.size, record.fileOffset + length);
}

/** `count` bytes at `offset`, or at the position, which then moves; returns where it was. */
function advance(description: Description, offset: number, count: number): number {
  const from = offset >= 0 ? offset : description.position;
  if (offset < 0) description.position += count;
  if (count > 0) description.file.size = Math.max(description.file.size, from + count);
  return from;
}

/** The `<SEC.FRACTION>` that `-T` prints at the end, in nanoseconds; −1 without it. */
function durationNs(text: string): number {
  if (text.charCodeAt(text.length - 1) !== 62) return NONE;
  const at = text.lastIndexOf('<') + 1;
  const dot = text.indexOf('.', at);
  if (at === 0 || dot < 0) return NONE;
  const digits = text.length - 1 - dot - 1;
  const fraction = numberAt(text, dot + 1);
  const seconds = numberAt(text, at);
  if (seconds !== seconds || fraction !== fraction || digits > 9) return NONE;
  return seconds * 1e9 + fraction * (powersOfTen[9 - digits] ?? 1);
}

export const powersOfTen = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
