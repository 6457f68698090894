/**
 * Carries records out: fills the frame of the operation that a record names, tells the oracle that
 * it begins, and afterwards what became of it.
 *
 *     record ─▶ actions (actions.ts) ─▶ begin action 0 ─▶ machine ─▶ finish ─▶ begin action 1 …
 *
 * Calls that share blocks between files (FICLONE …) copy the bytes where the file system shares
 * none; sizes and contents come out the same. A copy of which only one side is in scope is a read
 * or a write. A fork's copy of a mapping stands for the parent's.
 */
import { R, type World } from '@daxsim/daxfs';
import { MapFlag as AbiMapFlag } from '@daxsim/daxfs';
import type { Frame, Interpreter } from '@daxsim/sim';
import { assert } from '@daxsim/sim';
import { NONE, OpKind, OpenFlag, isMemoryKind, type TraceRecord } from '@daxsim/trace';
import type { FileOracle } from '../oracle/file-oracle.js';
import { Action } from './actions.js';
import { changesMapping, fillOperands, hasValue, isCopy, recipes } from './call-operands.js';
import * as flags from './flag-translation.js';
import { OUTSIDE, type TraceNumbers } from './numbers.js';
import { MemoryAccess, isStore } from './memory-access.js';
import { tellOracle } from './told-changes.js';

/** Why a record cannot be carried out. */
export const reasons = {
  outside: 'a name outside the mount',
  descriptor: 'a descriptor that the trace never opened',
  mapping: 'a mapping that the trace never made',
} as const;

/** What became of the action of a task that ended last. */
export interface ActionEnd {
  result: number;
  errno: number;
  signal: number;
  /** Bytes read or written. */
  bytes: number;
}

const LARGEST = 1_099_511_627_776;

export class CarryOut {
  /** Of the action that ended last. */
  readonly end: ActionEnd = { result: 0, errno: 0, signal: 0, bytes: 0 };
  /** Number of the next payload source. */
  nextSource = 1;
  private readonly programs: (number | undefined)[] = [];
  private readonly closeProgram: number;
  private readonly syncProgram: number;
  private readonly unlinkProgram: number;
  private readonly storeProgram: number;
  private readonly accesses: MemoryAccess;
  /** By task: address space, the handle its open made, and since when it empties a file. */
  private readonly mmOf: number[] = [];
  private readonly opened: number[] = [];
  private readonly emptyingSince: number[] = [];
  private spaces = 0;

  constructor(
    private readonly interpreter: Interpreter<World>,
    private readonly world: World,
    private readonly oracle: FileOracle,
    /** Whether accesses to memory are carried out. */
    hasAccesses = false,
  ) {
    this.accesses = new MemoryAccess(interpreter, oracle, hasAccesses);
    for (const [kind, recipe] of Object.entries(recipes)) {
      this.programs[Number(kind)] = this.programNamed(recipe);
    }
    if (world.personality.sharing !== null) {
      const share = this.programNamed('clone');
      this.programs[OpKind.CloneFile] = share;
      this.programs[OpKind.CloneRange] = share;
    }
    this.closeProgram = this.programNamed('close');
    this.syncProgram = this.programNamed('fdatasync');
    this.unlinkProgram = this.programNamed('unlink');
    this.storeProgram = this.programNamed('store');
  }

  /** Why the record cannot be carried out, or undefined. */
  refusal(record: TraceRecord, numbers: TraceNumbers): string | undefined {
    const { kind, path, path2, handle, handle2, mapping } = record;
    if (isMemoryKind(kind)) return this.accesses.refusal(record, numbers.mappingOf(mapping));
    const isNamed = handle === NONE || kind === OpKind.Open;
    if (isNamed && path !== NONE && numbers.pathOf(path) === OUTSIDE) return reasons.outside;
    if (path2 !== NONE && kind !== OpKind.Symlink && numbers.pathOf(path2) === OUTSIDE) {
      return reasons.outside;
    }
    if (mapping !== NONE && kind !== OpKind.Mmap) {
      return numbers.mappingOf(mapping) === undefined ? reasons.mapping : undefined;
    }
    const isUnknown = (one: number): boolean => one !== NONE && numbers.handleOf(one) === undefined;
    if (kind !== OpKind.Open && (isUnknown(handle) || isUnknown(handle2))) {
      return reasons.descriptor;
    }
    return handle === NONE && handle2 === NONE && path === NONE && mapping === NONE
      ? reasons.descriptor
      : undefined;
  }

  /** Starts an action on an idle task; false if there is nothing to do after all. */
  begin(task: number, action: number, record: TraceRecord, numbers: TraceNumbers): boolean {
    switch (action) {
      case Action.Free:
        return false;
      case Action.Main:
        return this.beginMain(task, record, numbers);
      case Action.LoadFirst: {
        const info = numbers.mappingOf(record.mapping);
        this.accesses.begin(task, OpKind.Load, record, info, 0);
        return true;
      }
      case Action.SyncBefore:
      case Action.SyncAfter: {
        const handle = numbers.handleOf(record.handle) ?? 0;
        this.interpreter.begin(task, this.syncProgram).set(R.handle, handle);
        return true;
      }
      case Action.CloseAgain:
        if (this.world.handles.inode(this.opened[task] ?? 0) === 0) return false;
        this.interpreter.begin(task, this.closeProgram).set(R.handle, this.opened[task]!);
        return true;
      default: {
        assert(action === Action.Unname, 'CarryOut: an action that is not its own');
        const path = numbers.besideOf(record.path, temporaryName(this.opened[task] ?? 0));
        this.interpreter.begin(task, this.unlinkProgram).set(R.path, path);
        return true;
      }
    }
  }

  /** Stores one line into a mapping; see mapped-stores.ts. */
  beginStore(task: number, mapping: number, inode: number, offset: number, length: number): void {
    const source = this.nextSource;
    this.nextSource += 1;
    this.oracle.beginWrite(task, inode, source);
    const frame = this.interpreter.begin(task, this.storeProgram);
    frame.set(R.mapping, mapping);
    frame.set(R.mm, this.mmOf[task] ?? 0);
    frame.set(R.offset, offset);
    frame.set(R.length, length);
    frame.set(R.source, source);
  }

  /** The operation of an action ended; leaves what came of it in `end`. */
  finish(
    task: number,
    action: number,
    record: TraceRecord,
    frame: Frame,
    numbers: TraceNumbers,
  ): void {
    const { end } = this;
    end.errno = frame.get(R.errno);
    end.signal = frame.get(R.signal);
    end.result = frame.get(R.result);
    end.bytes = 0;
    if (action === Action.Store || action === Action.LoadFirst) {
      this.oracle.end(task, true);
      return;
    }
    if (action !== Action.Main) return;
    const isDone = end.errno === 0 && end.signal === 0;
    this.endMain(task, record, isDone, numbers);
  }

  /** A task was made by another: it starts in the same address space. */
  forked(parent: number, child: number): void {
    this.mmOf[child] = this.mmOf[parent] ?? 0;
  }

  private endMain(task: number, record: TraceRecord, isDone: boolean, numbers: TraceNumbers): void {
    const { end } = this;
    const { kind } = record;
    if (kind === OpKind.Read) end.bytes = isDone ? end.result : 0;
    else if (kind === OpKind.Write || isMemoryKind(kind)) end.bytes = isDone ? end.result : 0;
    if (kind === OpKind.Open) {
      const inode = isDone ? this.world.handles.inode(this.opened[task] ?? 0) : 0;
      const since = this.emptyingSince[task] ?? 0;
      if (since > 0) this.oracle.endEmptying(inode, since);
      this.emptyingSince[task] = 0;
      end.result = 0;
    } else if (kind === OpKind.Close) numbers.dropHandle(record.handle);
    else if (kind === OpKind.Munmap) this.unmapped(record, isDone, numbers);
    else if (kind === OpKind.Mremap) this.remapped(record, isDone, numbers);
    else if (kind === OpKind.Mmap) {
      if (!isDone) numbers.dropMapping(record.mapping);
    } else if (isCopy(kind)) {
      const copied = isDone ? end.result : 0;
      this.oracle.end(task, isDone, this.copyAt(task) + copied);
      if (kind === OpKind.CloneFile || kind === OpKind.CloneRange) end.result = 0;
      return;
    } else if (kind === OpKind.Truncate || kind === OpKind.Ftruncate) end.result = 0;
    else if (!hasValue(kind)) end.result = 0;
    this.oracle.end(task, isDone, Infinity, kind === OpKind.Write ? end.result : Infinity);
  }

  private beginMain(task: number, record: TraceRecord, numbers: TraceNumbers): boolean {
    const { kind } = record;
    if (kind === OpKind.Mmap) return this.beginMmap(task, record, numbers);
    if (isMemoryKind(kind)) {
      if (isStore(kind)) this.nextSource += 1;
      const info = numbers.mappingOf(record.mapping);
      this.accesses.begin(task, kind, record, info, this.nextSource - 1);
      return true;
    }
    const mapping = record.mapping === NONE ? undefined : numbers.mappingOf(record.mapping);
    if (mapping !== undefined && mapping.isCopy && changesMapping(kind)) return false;
    if (isCopy(kind) && (record.handle === NONE || record.handle2 === NONE)) {
      return this.beginHalfCopy(task, record, numbers);
    }
    const program = this.programs[kind];
    assert(program !== undefined, 'CarryOut: a kind without a recipe');
    const handle = record.handle === NONE ? NONE : (numbers.handleOf(record.handle) ?? 0);
    const path = record.path === NONE ? OUTSIDE : numbers.pathOf(record.path);
    if (kind === OpKind.Open) this.beginOpen(task, program, record, numbers);
    else if (kind === OpKind.Write) this.beginWrite(task, handle, record.offset, record.length);
    else if (isCopy(kind)) this.beginCopy(task, program, record, numbers);
    else {
      tellOracle(this.oracle, this.world, task, record, handle, path);
      const frame = this.interpreter.begin(task, program);
      if (handle > 0) frame.set(R.handle, handle);
      else if (path !== OUTSIDE) frame.set(R.path, path);
      if (mapping !== undefined) {
        frame.set(R.mapping, mapping.number);
        frame.set(R.mm, mapping.mm);
      }
      fillOperands(frame, record);
      const { path2 } = record;
      if (kind === OpKind.Symlink) frame.set(R.path2, numbers.targetOf(numbers.textOf(path2)));
      else if (path2 !== NONE) frame.set(R.path2, numbers.pathOf(path2));
    }
    return true;
  }

  private beginOpen(
    task: number,
    program: number,
    record: TraceRecord,
    numbers: TraceNumbers,
  ): void {
    const number = numbers.newHandle(record.handle);
    this.opened[task] = number;
    if ((record.flags & OpenFlag.Truncate) !== 0) {
      this.emptyingSince[task] = this.oracle.beginEmptying();
    }
    const isAnonymous = (record.flags & OpenFlag.TemporaryFile) !== 0;
    const frame = this.interpreter.begin(task, program);
    frame.set(R.handle, number);
    frame.set(R.mode, 0o644);
    if (isAnonymous) {
      frame.set(R.path, numbers.besideOf(record.path, temporaryName(number)));
      frame.set(R.flags, flags.openFlags((record.flags & ~OpenFlag.Directory) | OpenFlag.Create));
    } else {
      frame.set(R.path, numbers.pathOf(record.path));
      frame.set(R.flags, flags.openFlags(record.flags));
    }
  }

  private beginWrite(task: number, handle: number, offset: number, length: number): void {
    const source = this.nextSource;
    this.nextSource += 1;
    const inode = this.world.handles.inode(handle);
    if (inode > 0) this.oracle.beginWrite(task, inode, source);
    const frame = this.interpreter.begin(task, this.programs[OpKind.Write]!);
    frame.set(R.handle, handle);
    frame.set(R.offset, offset);
    frame.set(R.length, length);
    frame.set(R.source, source);
  }

  private beginMmap(task: number, record: TraceRecord, numbers: TraceNumbers): boolean {
    const parent = record.mapping2 === NONE ? undefined : numbers.mappingOf(record.mapping2);
    if (record.mapping2 !== NONE) {
      if (parent !== undefined) numbers.keepMapping(record.mapping, { ...parent, isCopy: true });
      if ((this.mmOf[task] ?? 0) === (parent?.mm ?? 0)) this.mmOf[task] = this.newSpace();
      return false;
    }
    const handle = numbers.handleOf(record.handle) ?? 0;
    const number = numbers.newMapping();
    const mapFlags = flags.mapFlags(record.flags);
    const isShared = (mapFlags & (AbiMapFlag.Shared | AbiMapFlag.Sync)) !== 0;
    const mm = this.mmOf[task] ?? 0;
    numbers.keepMapping(record.mapping, {
      number,
      inode: this.world.handles.inode(handle),
      fileOffset: record.offset,
      length: record.length,
      isSharedWritable: isShared && (mapFlags & AbiMapFlag.Write) !== 0,
      mm,
      isCopy: false,
    });
    const frame = this.interpreter.begin(task, this.programs[OpKind.Mmap]!);
    frame.set(R.mapping, number);
    frame.set(R.mm, mm);
    frame.set(R.handle, handle);
    frame.set(R.offset, record.offset);
    frame.set(R.length, record.length);
    frame.set(R.flags, mapFlags);
    if (record.address !== NONE) frame.set(R.colour, colourOf(record));
    return true;
  }

  private beginCopy(
    task: number,
    program: number,
    record: TraceRecord,
    numbers: TraceNumbers,
  ): void {
    const { handles, volume } = this.world;
    const from = numbers.handleOf(record.handle) ?? 0;
    const to = numbers.handleOf(record.handle2) ?? 0;
    const isClone = record.kind === OpKind.CloneFile || record.kind === OpKind.CloneRange;
    const source = handles.inode(from);
    const offset = isClone ? Math.max(0, record.offset) : record.offset;
    const offset2 = isClone ? Math.max(0, record.offset2) : record.offset2;
    const rest = Math.max(0, volume.inodes.sizeBytes(source) - Math.max(0, offset));
    const length = isClone && record.length === 0 ? rest : record.length;
    const start = offset === NONE ? handles.position(from) : offset;
    const target = offset2 === NONE ? handles.position(to) : offset2;
    const inode = handles.inode(to);
    this.copyTargets[task] = target;
    if (source > 0 && inode > 0) {
      this.oracle.beginCopy(task, source, inode, target, Math.min(length, rest), target - start);
    }
    const frame = this.interpreter.begin(task, program);
    frame.set(R.handle, from);
    frame.set(R.handle2, to);
    frame.set(R.offset, offset);
    frame.set(R.offset2, offset2);
    frame.set(R.length, length);
  }

  /** One side lies outside the scope: what remains is a read or a write. */
  private beginHalfCopy(task: number, record: TraceRecord, numbers: TraceNumbers): boolean {
    const length = record.errno === 0 && record.result > 0 ? record.result : record.length;
    if (record.handle === NONE) {
      const handle = numbers.handleOf(record.handle2) ?? 0;
      this.copyTargets[task] = LARGEST;
      this.beginWrite(task, handle, record.offset2, length);
      return true;
    }
    const handle = numbers.handleOf(record.handle) ?? 0;
    const inode = this.world.handles.inode(handle);
    if (inode > 0) this.oracle.beginRead(task, inode);
    const frame = this.interpreter.begin(task, this.programs[OpKind.Read]!);
    frame.set(R.handle, handle);
    frame.set(R.offset, record.offset);
    frame.set(R.length, length);
    return true;
  }

  private readonly copyTargets: number[] = [];

  private copyAt(task: number): number {
    return this.copyTargets[task] ?? 0;
  }

  private unmapped(record: TraceRecord, isDone: boolean, numbers: TraceNumbers): void {
    const info = numbers.mappingOf(record.mapping);
    if (!isDone || info === undefined) return;
    if (this.world.mm.mappings.isLive(info.number)) return;
    numbers.dropMapping(record.mapping);
  }

  private remapped(record: TraceRecord, isDone: boolean, numbers: TraceNumbers): void {
    const info = numbers.mappingOf(record.mapping);
    if (isDone && info !== undefined) {
      numbers.keepMapping(record.mapping, { ...info, length: record.offset2 });
    }
  }

  private newSpace(): number {
    this.spaces += 1;
    return this.spaces;
  }

  private programNamed(recipe: string): number {
    const program = this.interpreter.set.programByName.get(recipe);
    assert(program !== undefined, `CarryOut: the file system has no recipe ${recipe}`);
    return program;
  }
}

function temporaryName(handle: number): string {
  return `#unnamed-${handle}`;
}

/** Pages by which a mapping's address and its file offset differ modulo 2 MiB. */
function colourOf({ address, offset }: TraceRecord): number {
  const pages = Math.floor(address / 4096) - Math.floor(offset / 4096);
  return ((pages % 512) + 512) % 512;
}
