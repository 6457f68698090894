/** Calls on an open file, by operation. */
import { FallocMode, MapFlag } from '@daxsim/daxfs';
import { codeOf } from './call-parts.js';
import type { CorpusCall, CorpusMap } from './calls.js';
import type { CorpusOperation } from './config.js';

/** What a call needs of the scenario around it. */
export interface CallNames {
  readonly maps: Map<string, CorpusMap>;
  onMap(name: string): { readonly mapping: number; readonly mm: number };
  /** A pin number that nobody else uses. */
  ownPin(): number;
}

type OnFile = Extract<CorpusOperation, { f: string }>;
type Call = Pick<CorpusCall, 'program' | 'registers'>;

const FALLOCATE_FLAGS: { readonly [mode: string]: number } = {
  alloc: 0,
  keep_size: FallocMode.KeepSize,
  punch: FallocMode.PunchHole | FallocMode.KeepSize,
  zero: FallocMode.ZeroRange,
  zero_keep: FallocMode.ZeroRange | FallocMode.KeepSize,
  collapse: FallocMode.CollapseRange,
  insert: FallocMode.InsertRange,
};

/** Programs by operations that need nothing but a handle. */
const BY_HANDLE: { readonly [op: string]: string } = {
  fsync: 'fsync',
  fdatasync: 'fdatasync',
  writeback: 'syncRange',
  evict: 'evict',
  reclaim_window: 'reclaimWindow',
};

/** The call of an operation on an open file. */
export function callOnHandle(source: OnFile, handle: number, names: CallNames): Call {
  switch (source.op) {
    case 'pread':
      return { program: 'read', registers: { handle, offset: source.off, length: source.len } };
    case 'pwrite':
    case 'append':
      return write(source, handle, names);
    case 'dio_write':
    case 'dio_read':
      return direct(source, handle, names);
    case 'mmap':
      return map(source, handle, names);
    case 'fallocate': {
      const { off: offset, len: length, mode } = source;
      const flags = FALLOCATE_FLAGS[mode] ?? 0;
      return { program: 'fallocate', registers: { handle, offset, length, flags } };
    }
    case 'host_truncate':
      return { program: 'hostTruncate', registers: { handle, length: source.size } };
    case 'ftruncate':
      return { program: 'ftruncate', registers: { handle, length: source.size } };
    case 'poison': {
      const registers = { handle, offset: source.off, length: source.len };
      return { program: 'poisonLines', registers };
    }
    case 'writeback':
      return { program: 'syncRange', registers: { handle, offset: 0, length: 0, flags: 2 } };
    default:
      return { program: BY_HANDLE[source.op] ?? 'nothing', registers: { handle } };
  }
}

function write(
  source: Extract<OnFile, { op: 'pwrite' | 'append' }>,
  handle: number,
  names: CallNames,
): Call {
  const offset = source.op === 'append' ? 0 : source.off;
  const base = { handle, offset, length: source.len };
  if (source.op === 'append' || source.from === undefined) {
    return { program: 'write', registers: { ...base, source: codeOf(source.fill) } };
  }
  const { mapping } = names.onMap(source.from.map);
  const registers = { ...base, mapping, offset2: source.from.off, source: -1 };
  return { program: 'write', registers };
}

function direct(
  source: Extract<OnFile, { op: 'dio_write' | 'dio_read' }>,
  handle: number,
  names: CallNames,
): Call {
  const base = { handle, offset: source.off, length: source.len, pin: names.ownPin() };
  if (source.op === 'dio_read') {
    const registers = { ...base, ...names.onMap(source.dst.map), offset2: source.dst.off };
    return { program: 'directRead', registers };
  }
  if ('pattern' in source.src) {
    const registers = { ...base, source: codeOf(source.src.pattern), mapping: -1 };
    return { program: 'directWrite', registers };
  }
  const buffer = { ...names.onMap(source.src.map), offset2: source.src.off };
  return { program: 'directWrite', registers: { ...base, ...buffer, source: -1 } };
}

function map(source: Extract<OnFile, { op: 'mmap' }>, handle: number, names: CallNames): Call {
  const number = names.maps.size;
  const { off: offset, len: length } = source;
  names.maps.set(source.map, { number, file: source.f, offset, length });
  let flags = MapFlag.Read | MapFlag.Write;
  flags |= source.flags.includes('private') ? MapFlag.Private : MapFlag.Shared;
  if (source.flags.includes('sync')) flags |= MapFlag.Sync;
  const registers = { mapping: number, mm: number, handle, offset, length, flags };
  return { program: 'mmap', registers };
}
