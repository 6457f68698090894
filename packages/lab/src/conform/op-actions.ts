/**
 * What each operation of a workload does, as calls of recipes. An action answers like the system
 * call or the loop of loads and stores that the operation stands for; what has no counterpart
 * answers `unsupported` with a reason, and nothing was done.
 *
 * Approximations: a read or write whose buffer is a mapping copies by way of a buffer, the faults
 * come after the call; an O_DIRECT read of another disk is a store of its bytes `d1`; mlock
 * is the population that it ends with.
 */
import {
  Access,
  Advice,
  FallocMode,
  MapFlag,
  MsyncFlag,
  OpenFlag,
  StoreFlag,
  Whence,
} from '@daxsim/daxfs';
import { fillFileSystem } from './fill-file-system.js';
import { mappedBytes } from './mapped-bytes.js';
import { load, store, touchRead, touchWrite } from './mapped-access.js';
import { answerOf, noMapping, unsupported } from './op-answer.js';
import { hugeOffset } from './process.js';
import { FROM_BUFFER } from './workload-system.js';
import type { OpAnswer } from './op-answer.js';
import type { LiveMapping, Process } from './process.js';
import type { WorkloadOp } from './workload.js';
import type { Arguments, WorkloadSystem } from './workload-system.js';

/** What an action works with. */
export interface OpContext {
  readonly system: WorkloadSystem;
  readonly process: Process;
  readonly op: WorkloadOp;
}

type Action = (context: OpContext) => OpAnswer;

const MM = 1;
/** Of loads and stores that a system call makes. */
const BY_KERNEL = { mm: MM, flags: StoreFlag.ByKernel };
const DISK_BYTE = 0xd1;
const NOHUGEPAGE = 15;
const KEEP = FallocMode.KeepSize;
const OPEN_FLAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['direct', OpenFlag.Direct],
  ['sync', OpenFlag.DataSync | OpenFlag.SyncAll],
  ['dsync', OpenFlag.DataSync],
  ['trunc', OpenFlag.Truncate],
  ['append', OpenFlag.Append],
]);
const ADVICE: ReadonlyMap<string, number> = new Map<string, number>([
  ['dontneed', Advice.DontNeed],
  ['populate_read', Advice.PopulateRead],
  ['populate_write', Advice.PopulateWrite],
  ['nohugepage', NOHUGEPAGE],
]);
const SYNC_RANGE_ALL = 7;

function numberOf(process: Process, name: string): number {
  return process.handles.get(name)?.number ?? 0;
}

function open({ system, process, op }: OpContext): OpAnswer {
  const isReadOnly = op.options.has('ro');
  let flags = isReadOnly ? OpenFlag.ReadOnly : OpenFlag.ReadWrite | OpenFlag.Create;
  for (const [word, flag] of OPEN_FLAGS) if (op.options.has(word)) flags |= flag;
  const handle = process.nextHandle();
  const ended = system.run('open', { path: system.path(op.path), flags, mode: 0o644, handle });
  if (ended.errno === 0) process.opened(op.file, handle);
  return answerOf({ ...ended, result: 0 });
}

function close({ system, process, op }: OpContext): OpAnswer {
  const ended = system.run('close', { handle: numberOf(process, op.file) });
  process.closed(op.file);
  return answerOf({ ...ended, result: 0 });
}

/** A call of one recipe on the operation's handle. */
function onFile(recipe: string, args: (op: WorkloadOp) => Arguments): Action {
  return ({ system, process, op }) =>
    answerOf(system.run(recipe, { handle: numberOf(process, op.file), ...args(op) }));
}

function fallocate(flags: number): Action {
  return onFile('fallocate', ({ offset, length }) => ({ offset, length, flags }));
}

function read({ system, process, op }: OpContext): OpAnswer {
  const { offset, length } = op;
  const ended = system.run('read', { handle: numberOf(process, op.file), offset, length });
  const answer = answerOf(ended);
  return answer.ret > 0 ? { ...answer, data: system.bytesSeen() } : answer;
}

/** An action on the operation's mapping, if there is one. */
function onMapping(action: (context: OpContext, mapping: LiveMapping) => OpAnswer): Action {
  return (context) => {
    const mapping = context.process.mappings.get(context.op.mapping);
    return mapping === undefined ? noMapping() : action(context, mapping);
  };
}

function mappingCall(recipe: string, args: (op: WorkloadOp) => Arguments): Action {
  return onMapping(({ system, op }, mapping) => {
    const { offset, length } = op;
    return answerOf(
      system.run(recipe, { mapping: mapping.number, mm: MM, offset, length, ...args(op) }),
    );
  });
}

function clone({ system, process, op }: OpContext): OpAnswer {
  const args = {
    handle: numberOf(process, op.file),
    handle2: numberOf(process, op.file2),
    offset: op.offset,
    offset2: op.offset2,
    length: op.length,
  };
  return answerOf({ ...system.run('clone', args), result: 0 });
}

const EFAULT = answerOf({ outcome: 'Error', result: 0, errno: 14, signal: 0 });

/** Takes the faults of reading a range, and forgets what was read. */
function loadAhead(
  system: WorkloadSystem,
  mapping: LiveMapping,
  offset: number,
  length: number,
): void {
  system.run('load', { ...BY_KERNEL, mapping: mapping.number, offset, length });
  system.forgetSeen();
}

const writeFrom: Action = onMapping(({ system, process, op }, mapping) => {
  const { offset, offset2, length } = op;
  // The kernel faults a buffer in before it writes; on DAX the copy faults again, see below.
  if (!system.isDax) loadAhead(system, mapping, offset2, length);
  const bytes = mappedBytes(system.system.world, mapping, offset2, length);
  if (bytes.length === 0 && length > 0) return EFAULT;
  system.setBuffer(bytes, offset);
  const handle = numberOf(process, op.file);
  const args = { handle, offset, length: bytes.length, source: FROM_BUFFER };
  const answer = answerOf(system.run('write', args));
  // The copy faults when blocks are there already, so that it maps what the write allocated.
  const faulted = { ...BY_KERNEL, mapping: mapping.number, offset: offset2, length };
  if (answer.ret > 0 && system.isDax) system.run('load', faulted);
  return answer;
});

const readTo: Action = onMapping(({ system, process, op }, mapping) => {
  const { offset, offset2, length } = op;
  const ended = system.run('read', { handle: numberOf(process, op.file), offset, length });
  const answer = answerOf(ended);
  if (answer.ret <= 0) return answer;
  const { mm } = system.system.world;
  const fileOffset = mm.mappings.firstPage(mapping.number) * 4096 + offset2;
  system.setBuffer(system.bytesSeen(), fileOffset);
  const stored = system.run('store', {
    ...BY_KERNEL,
    mapping: mapping.number,
    offset: offset2,
    length: answer.ret,
    source: FROM_BUFFER,
  });
  if (stored.result === 0) return EFAULT;
  return { ...answer, ret: stored.result };
});

function mmap({ system, process, op }: OpContext): OpAnswer {
  const isWritable = op.choice === 'rw';
  const isShared = op.choice2 !== 'private';
  let flags: number = MapFlag.Read | (isShared ? MapFlag.Shared : MapFlag.Private);
  if (isWritable) flags |= MapFlag.Write;
  if (op.choice2 === 'sync') flags |= MapFlag.Sync;
  if (op.options.has('populate')) flags |= MapFlag.Populate;
  const { offset, length, colour } = op;
  const mapping = process.nextMapping();
  const handle = numberOf(process, op.file);
  const args = { mapping, mm: MM, handle, offset, length, flags, colour };
  const ended = system.run('mmap', args);
  if (ended.errno !== 0) return answerOf(ended);
  const request = { offset, bytes: length, colour, isShared, isWritable };
  const made = process.mapped(op.mapping, mapping, request);
  const note = `addr_mod_2M=0x${hugeOffset(made.address).toString(16)}`;
  return { ...answerOf({ ...ended, result: 0 }), note };
}

const munmap: Action = onMapping(({ system, process }, mapping) => {
  const args = { mapping: mapping.number, mm: MM, offset: 0, length: mapping.bytes };
  const answer = answerOf(system.run('munmap', args));
  process.unmapped(mapping.name);
  return answer;
});

const mlock: Action = onMapping(({ system, op }, mapping) => {
  const isCopying = mapping.isWritable && !mapping.isShared;
  const flags = isCopying ? Advice.PopulateWrite : Advice.PopulateRead;
  const { offset, length } = op;
  const args = { mapping: mapping.number, mm: MM, offset, length, flags };
  return answerOf(system.run('madvise', args));
});

function madvise(context: OpContext): OpAnswer {
  const flags = ADVICE.get(context.op.choice);
  if (flags === undefined) return unsupported(`no advice ${context.op.choice}`);
  return mappingCall('madvise', () => ({ flags }))(context);
}

const readDisk: Action = onMapping(({ system, op }, mapping) => {
  const { offset, length } = op;
  const args = { ...BY_KERNEL, mapping: mapping.number, offset, length, source: DISK_BYTE };
  const { result } = system.run('store', args);
  return result === 0 && length > 0 ? EFAULT : { ret: result, err: '' };
});

/** Pages into the pipe, by reference. */
const splice: Action = onMapping(({ system, process, op }, mapping) => {
  const pin = process.nextPin();
  const { offset, length } = op;
  const args = { pin, mapping: mapping.number, mm: MM, offset, length };
  const answer = answerOf(system.run('pinPages', { ...args, access: Access.Read }));
  if (answer.ret > 0) process.pipe.push(pin);
  return answer;
});

function drainPipe({ system, process }: OpContext): OpAnswer {
  let ret = 0;
  for (const pin of process.pipe.splice(0)) ret += system.run('readPinned', { pin }).result;
  return { ret, err: '', data: system.bytesSeen() };
}

function missing(what: string): Action {
  return () => unsupported(what);
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['open', open],
  ['close', close],
  ['unlink', ({ system, op }) => answerOf(system.run('unlink', { path: system.path(op.path) }))],
  ['pwrite', onFile('write', ({ offset, length, byte }) => ({ offset, length, source: byte }))],
  ['write', onFile('write', ({ length, byte }) => ({ offset: -1, length, source: byte }))],
  ['pread', read],
  ['pwrite_from', writeFrom],
  ['pread_to', readTo],
  ['fallocate', fallocate(0)],
  ['fallocate_keep', fallocate(KEEP)],
  ['punch', fallocate(FallocMode.PunchHole | KEEP)],
  ['zero_range', fallocate(FallocMode.ZeroRange)],
  ['zero_range_keep', fallocate(FallocMode.ZeroRange | KEEP)],
  ['collapse', fallocate(FallocMode.CollapseRange)],
  ['insert', fallocate(FallocMode.InsertRange)],
  ['unshare', fallocate(FallocMode.Unshare)],
  ['ftruncate', onFile('ftruncate', ({ length }) => ({ length }))],
  ['fsync', onFile('fsync', () => ({}))],
  ['fdatasync', onFile('fdatasync', () => ({}))],
  ['sync', ({ system }) => answerOf(system.run('sync', {}))],
  [
    'sync_range',
    onFile('syncRange', ({ offset, length }) => ({ offset, length, flags: SYNC_RANGE_ALL })),
  ],
  [
    'seek',
    onFile('lseek', ({ offset, choice }) => ({
      offset,
      whence: choice === 'data' ? Whence.Data : Whence.Hole,
    })),
  ],
  ['extsize', onFile('setExtentHint', ({ length }) => ({ length }))],
  ['getdax', ({ system }) => ({ ret: 0, err: '', note: `statx_attr_dax=${system.isDax ? 1 : 0}` })],
  ['clone', clone],
  ['clone_range', clone],
  ['fillfs', ({ system, process, op }) => fillFileSystem(system, process, op.length)],
  ['mmap', mmap],
  ['munmap', munmap],
  ['mremap_move', missing('mappings have no addresses')],
  [
    'mprotect',
    mappingCall('mprotect', ({ choice }) => ({
      flags: choice === 'rw' ? MapFlag.Read | MapFlag.Write : MapFlag.Read,
    })),
  ],
  ['mlock', mlock],
  [
    'msync',
    mappingCall('msync', ({ options }) => ({
      flags: options.has('async') ? MsyncFlag.Async : MsyncFlag.Sync,
    })),
  ],
  ['madvise', madvise],
  ['load', onMapping(({ system, op }, mapping) => load(system, op, mapping))],
  ['store', onMapping(({ system, op }, mapping) => store(system, op, mapping))],
  ['touchr', onMapping(({ system, op }, mapping) => touchRead(system, op, mapping))],
  ['touchw', onMapping(({ system, op }, mapping) => touchWrite(system, op, mapping))],
  ['dio_read', readDisk],
  ['vmsplice', splice],
  ['pipedrain', drainPipe],
]);

/** Runs an operation; one without an action is our own mistake. */
export function runOp(context: OpContext): OpAnswer {
  const action = ACTIONS.get(context.op.name);
  return action === undefined ? unsupported('no such operation') : action(context);
}
