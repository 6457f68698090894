/**
 * The calls of a generated workload, carried out on the system and on the model side by side.
 *
 * Descriptors are numbered by path and use, mappings by call. A call that the system refuses must
 * be one that the model refuses too: the generator makes only one such call, the rename of a
 * directory into itself.
 */
import { FallocMode, MapFlag, MsyncFlag, OpenFlag, RwFlag } from '@daxsim/daxfs';
import { assert } from '@daxsim/sim';
import { ModelStep, overwritten, resized, shifted } from './crash-model.js';
import { BlockFact, afterPunch, afterReserve, hasBlocks } from './file-blocks.js';
import type { AceCall, FallocKind } from '../ace/ace-operation.js';
import type { CrashSystem } from './crash-system.js';
import type { FileBlocks } from './file-blocks.js';
import type { FileVersion, ModelState } from './crash-model.js';

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const ERRNO_INVALID = 22;
const MM = 1;
const PAGE_BYTES = 4096;
const ATTRIBUTE = 'user.attribute';
const ATTRIBUTE_BYTES = 8;
export const FALLOC_FLAGS: Readonly<Record<FallocKind, number>> = {
  alloc: 0,
  keep: FallocMode.KeepSize,
  zero: FallocMode.ZeroRange,
  'zero-keep': FallocMode.ZeroRange | FallocMode.KeepSize,
  punch: FallocMode.PunchHole | FallocMode.KeepSize,
  collapse: FallocMode.CollapseRange,
  insert: FallocMode.InsertRange,
};

/** Runs `call` as call `number` of its workload, from 1; what it writes bears that number. */
export function carryOut(call: AceCall, number: number, system: CrashSystem): void {
  const wrong = attempt(call, number, system);
  assert(wrong === null, `carryOut: ${Object.values(call).join(' ')} ended ${String(wrong)}`);
}

/** The same where calls may fail: null, or the error number that a correct system does not give. */
export function attempt(call: AceCall, number: number, system: CrashSystem): number | null {
  return new CallRunner(system, number).run(call);
}

/**
 * What a correct file system holds after the call. What it writes bears the number `write`;
 * `opened` are files by the names of their handles.
 */
export function modelAfter(
  call: AceCall,
  from: ModelState,
  write = from.index + 1,
  opened?: ReadonlyMap<string, number>,
): ModelState {
  const step = new ModelStep(from, write, opened);
  switch (call.call) {
    case 'open':
      if (!step.has(call.path)) step.create(call.path, false);
      break;
    case 'close':
      break;
    case 'mkdir':
      step.create(call.path, true);
      break;
    case 'rmdir':
    case 'unlink':
      step.remove(call.path);
      break;
    case 'link':
      step.link(call.path, call.to);
      break;
    case 'rename':
      if (!call.to.startsWith(`${call.path}/`)) step.rename(call.path, call.to);
      break;
    case 'setxattr':
    case 'removexattr':
      step.attribute(call.path, call.call === 'setxattr');
      break;
    case 'sync':
      step.promiseAll();
      break;
    case 'fsync':
      step.promise(call.path);
      break;
    case 'clone':
      step.content(call.to, step.present(call.path));
      break;
    case 'truncate':
      step.content(call.path, resized(step.present(call.path), call.length));
      break;
    case 'falloc':
      modelAllocation(step, call);
      break;
    default:
      modelWrite(step, call, write);
  }
  return step.end();
}

function modelWrite(
  step: ModelStep,
  call: Extract<AceCall, { readonly length: number; readonly offset: number }>,
  write: number,
): void {
  const before = step.present(call.path);
  const { offset, length } = call;
  if (call.call === 'msync') {
    if (before.size < offset + length) {
      step.content(call.path, resized(before, offset + length));
    }
  } else {
    const after = overwritten(before, offset, length, write);
    if (after.size === before.size) step.bytes(call.path, after);
    else step.content(call.path, after);
  }
  // All of the file's metadata are forced, and of its bytes the pages of the range written back.
  if (call.call === 'mmapwrite' || call.call === 'msync' || call.call === 'swrite') {
    const first = offset - (offset % PAGE_BYTES);
    step.promiseRange(call.path, first, offset + length - first);
  }
}

/** What reserves where blocks are, or punches where none is, logs nothing. */
function modelAllocation(
  step: ModelStep,
  call: Extract<AceCall, { readonly call: 'falloc' }>,
): void {
  const before = step.present(call.path);
  const after = allocated(before, call);
  const { mode, offset, length } = call;
  const isReserving = mode === 'alloc' || mode === 'keep';
  const isQuiet =
    (mode === 'punch' && !hasBlocks(before.blocks, BlockFact.Mapped, offset, length)) ||
    (isReserving && !hasBlocks(before.blocks, BlockFact.Hole, offset, length));
  if (isQuiet && after.size === before.size) step.bytes(call.path, after);
  else step.content(call.path, after);
}

function allocated(
  before: FileVersion,
  call: Extract<AceCall, { readonly call: 'falloc' }>,
): FileVersion {
  const { mode, offset, length } = call;
  const end = offset + length;
  const reserved = (isAnew: boolean): FileBlocks =>
    afterReserve(before.blocks, offset, length, isAnew);
  switch (mode) {
    case 'keep':
      return { size: before.size, cells: before.cells, blocks: reserved(false) };
    case 'alloc':
      return { ...resized(before, Math.max(before.size, end)), blocks: reserved(false) };
    case 'collapse':
    case 'insert':
      return shifted(before, offset, length, mode === 'insert');
    default: {
      const grown = mode === 'zero' ? resized(before, Math.max(before.size, end)) : before;
      const inside = Math.min(end, grown.size) - offset;
      const zeroed = inside > 0 ? overwritten(grown, offset, inside, 0) : grown;
      const isPunch = mode === 'punch';
      const punched = afterPunch(before.blocks, before.size, offset, length);
      return { size: zeroed.size, cells: zeroed.cells, blocks: isPunch ? punched : reserved(true) };
    }
  }
}

class CallRunner {
  constructor(
    private readonly system: CrashSystem,
    private readonly number: number,
  ) {}

  run(call: AceCall): number | null {
    const { errno } = this.submit(call);
    const isRefusal = call.call === 'rename' && call.to.startsWith(`${call.path}/`);
    const expected = isRefusal ? ERRNO_INVALID : 0;
    return errno === expected ? null : errno;
  }

  private submit(call: AceCall): { readonly errno: number } {
    const { system } = this;
    switch (call.call) {
      case 'open':
        return this.open(call.path, OpenFlag.ReadWrite | OpenFlag.Create, '');
      case 'close':
        return system.run('close', { handle: this.handle(call.path, '') });
      case 'mkdir':
        return system.run('mkdir', { mode: DIRECTORY_MODE }, call.path);
      case 'rmdir':
      case 'unlink':
        return system.run(call.call, {}, call.path);
      case 'link':
      case 'rename':
        return system.run(call.call, {}, call.path, call.to);
      case 'sync':
        return system.run(system.syncProgram, {});
      case 'fsync':
        return this.fsync(call.path);
      case 'truncate':
        return system.run('ftruncate', this.of(call.path, { length: call.length }));
      case 'falloc': {
        const { offset, length, mode } = call;
        const flags = FALLOC_FLAGS[mode];
        return system.run('fallocate', this.of(call.path, { offset, length, flags }));
      }
      case 'setxattr':
      case 'removexattr':
        return this.attribute(call.call, call.path);
      case 'clone':
        return this.clone(call.path, call.to);
      default:
        return this.onRange(call);
    }
  }

  /** A directory is opened for it, as a program has to. */
  private fsync(path: string): { readonly errno: number } {
    if (!isDirectory(path)) return this.system.run('fsync', this.of(path, {}));
    const opened = this.open(path, OpenFlag.ReadOnly | OpenFlag.Directory, 'directory');
    if (opened.errno !== 0) return opened;
    const handle = this.handle(path, 'directory');
    const synced = this.system.run('fsync', { handle });
    this.system.run('close', { handle });
    return synced;
  }

  private attribute(recipe: string, path: string): { readonly errno: number } {
    assert(this.system.has(recipe), `CallRunner: the file system has no ${recipe}`);
    const xattr = this.system.nameOf(ATTRIBUTE);
    const value = { xattr, length: ATTRIBUTE_BYTES, source: this.number };
    return this.system.run(recipe, this.of(path, value));
  }

  private clone(path: string, to: string): { readonly errno: number } {
    const handle = this.handle(path, '');
    const length = this.system.sizeOf(handle);
    const handle2 = this.handle(to, '');
    return this.system.run('clone', { handle, handle2, offset: 0, offset2: 0, length });
  }

  private onRange(call: Extract<AceCall, { readonly length: number; readonly offset: number }>): {
    readonly errno: number;
  } {
    const { path, offset, length } = call;
    if (call.call === 'write' || call.call === 'swrite') {
      const rwFlags = call.call === 'write' ? 0 : RwFlag.Sync;
      const source = this.number;
      return this.system.run('write', this.of(path, { offset, length, source, rwFlags }));
    }
    return call.call === 'dwrite' ? this.writeDirect(path, offset, length) : this.mapped(call);
  }

  private writeDirect(path: string, offset: number, length: number): { readonly errno: number } {
    const opened = this.open(path, OpenFlag.ReadWrite | OpenFlag.Direct, 'direct');
    if (opened.errno !== 0) return opened;
    const handle = this.handle(path, 'direct');
    const written = this.system.run('write', { handle, offset, length, source: this.number });
    this.system.run('close', { handle });
    return written;
  }

  /** A mapping of the range, made for the call and given up after it. */
  private mapped(call: Extract<AceCall, { readonly length: number; readonly offset: number }>): {
    readonly errno: number;
  } {
    const { path, offset, length } = call;
    const { system } = this;
    // A program that maps beyond the end makes the file long enough first.
    const end = offset + length;
    if (system.sizeOf(this.handle(path, '')) < end) {
      system.run('ftruncate', this.of(path, { length: end }));
    }
    const first = offset - (offset % 4096);
    const mapping = this.number;
    const flags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
    const map = { mapping, mm: MM };
    const made = system.run(
      'mmap',
      this.of(path, { ...map, offset: first, length: end - first, flags }),
    );
    if (made.errno !== 0) return made;
    const range = { ...map, offset: offset - first, length };
    const isLoaded = call.call === 'load-store' || call.call === 'dio-write-from-map';
    if (isLoaded) system.run('load', range);
    if (call.call === 'dio-write-from-map') this.writeDirect(path, offset, length);
    else if (call.call !== 'msync') system.run('store', { ...range, source: this.number });
    if (call.call === 'mmapwrite' || call.call === 'msync') {
      // msync(2) refuses an address inside a page.
      const whole = { ...map, offset: 0, length: end - first };
      const synced = system.run('msync', { ...whole, flags: MsyncFlag.Sync });
      if (synced.errno !== 0) return synced;
    }
    return system.run('munmap', { ...map, offset: 0, length: end - first });
  }

  private open(path: string, flags: number, use: string): { readonly errno: number } {
    const handle = this.handle(path, use);
    return this.system.run('open', { handle, flags, mode: FILE_MODE }, path);
  }

  private of<T extends object>(path: string, args: T): T & { readonly handle: number } {
    return { ...args, handle: this.handle(path, '') };
  }

  private handle(path: string, use: string): number {
    return this.system.handleOf(path + use);
  }
}

function isDirectory(path: string): boolean {
  return path === '.' || /[A-Z]$/.test(path);
}
