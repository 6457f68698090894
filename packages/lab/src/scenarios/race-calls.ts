/**
 * Operations of a race as single calls of recipes: what can be searched in every order. Handles and
 * mappings are opened by what stands before the race.
 */
import { Advice, FallocMode, MapFlag, MsyncFlag, OpenFlag, Whence } from '@daxsim/daxfs';
import { ConfigError } from '@daxsim/sim';
import type { SystemCall } from '../explore/scenario-system.js';
import type { WorkloadOp } from '../conform/workload.js';
import type { OpStatement, Outcome } from './scenario.js';

/** One operation of a race or of its set-up. */
export interface RaceCall extends SystemCall {
  readonly statement: OpStatement;
  readonly outcomes: readonly Outcome[];
}

type Call = Pick<SystemCall, 'program' | 'registers' | 'path'>;

const MM = 1;
const MODE = 0o644;
const KEEP = FallocMode.KeepSize;
/** What a race can show of what it read: the bytes are part of every state. */
const READ_MOST = 64;
const FALLOCATE: ReadonlyMap<string, number> = new Map<string, number>([
  ['fallocate', 0],
  ['fallocate_keep', KEEP],
  ['punch', FallocMode.PunchHole | KEEP],
  ['zero_range', FallocMode.ZeroRange],
  ['zero_range_keep', FallocMode.ZeroRange | KEEP],
  ['collapse', FallocMode.CollapseRange],
  ['insert', FallocMode.InsertRange],
  ['unshare', FallocMode.Unshare],
]);

/** Turns statements into calls; numbers handles, mappings and pins as it goes. */
export class RaceCalls {
  private readonly handles = new Map<string, number>();
  private readonly mappings = new Map<string, number>();
  private pins = 0;

  callOf(statement: OpStatement): RaceCall {
    const call = this.recipe(statement.op);
    const { outcomes } = statement;
    if (call !== null) return { ...call, statement, outcomes, text: statement.op.text };
    const { where, op } = statement;
    throw new ConfigError({ where, found: `${op.name} in a race or before it`, allowed: ALLOWED });
  }

  private recipe(op: WorkloadOp): Call | null {
    const { offset, length } = op;
    const file = { handle: this.handles.get(op.file) ?? 0, offset, length };
    const flags = FALLOCATE.get(op.name);
    if (flags !== undefined) return { program: 'fallocate', registers: { ...file, flags } };
    switch (op.name) {
      case 'open':
        return this.open(op);
      case 'pwrite':
        return { program: 'write', registers: { ...file, source: op.byte } };
      case 'pread':
        return { program: 'read', registers: file };
      case 'pread_to':
        return { program: 'directRead', registers: { ...file, ...this.buffer(op) } };
      case 'pwrite_from':
        return { program: 'write', registers: { ...file, ...this.buffer(op), source: -1 } };
      case 'ftruncate':
      case 'fsync':
      case 'fdatasync':
        return { program: op.name, registers: { handle: file.handle, length } };
      case 'sync':
        return { program: 'sync', registers: {} };
      case 'seek': {
        const whence = op.choice === 'data' ? Whence.Data : Whence.Hole;
        return { program: 'lseek', registers: { handle: file.handle, offset, whence } };
      }
      default:
        return this.mapped(op);
    }
  }

  private mapped(op: WorkloadOp): Call | null {
    const { offset, length } = op;
    const place = { mapping: this.mappings.get(op.mapping) ?? -1, mm: MM, offset, length };
    switch (op.name) {
      case 'mmap':
        return this.mmap(op);
      case 'load':
        checkRead(op);
        return { program: 'load', registers: place };
      case 'store':
        return { program: 'store', registers: { ...place, source: op.byte } };
      case 'msync':
        return { program: 'msync', registers: { ...place, flags: MsyncFlag.Sync } };
      case 'madvise':
        return { program: 'madvise', registers: { ...place, flags: Advice.DontNeed } };
      default:
        return null;
    }
  }

  private open(op: WorkloadOp): Call {
    const handle = this.handles.size + 1;
    this.handles.set(op.file, handle);
    let flags = OpenFlag.ReadWrite | OpenFlag.Create;
    if (op.options.has('direct')) flags |= OpenFlag.Direct;
    if (op.options.has('append')) flags |= OpenFlag.Append;
    return { program: 'open', registers: { handle, flags, mode: MODE }, path: op.path };
  }

  private mmap(op: WorkloadOp): Call {
    const mapping = this.mappings.size + 1;
    this.mappings.set(op.mapping, mapping);
    let flags: number =
      MapFlag.Read | (op.choice2 === 'private' ? MapFlag.Private : MapFlag.Shared);
    if (op.choice === 'rw') flags |= MapFlag.Write;
    if (op.choice2 === 'sync') flags |= MapFlag.Sync;
    const { offset, length } = op;
    const handle = this.handles.get(op.file) ?? 0;
    return { program: 'mmap', registers: { mapping, mm: MM, handle, offset, length, flags } };
  }

  /** A mapping as the buffer of a transfer. */
  private buffer(op: WorkloadOp): SystemCall['registers'] {
    this.pins += 1;
    const mapping = this.mappings.get(op.mapping) ?? -1;
    return { mapping, mm: MM, offset2: op.offset2, pin: this.pins };
  }
}

function checkRead({ length, text }: WorkloadOp): void {
  if (length <= READ_MOST) return;
  const allowed = `at most ${READ_MOST} bytes, which are part of every state`;
  throw new ConfigError({ where: text, found: `${length} bytes to be seen in a race`, allowed });
}

const ALLOWED =
  'open, pwrite, pread, pread_to, pwrite_from, fallocate and its kin, ftruncate, fsync, ' +
  'fdatasync, sync, seek, mmap, load, store, msync, madvise';
export { READ_MOST };
