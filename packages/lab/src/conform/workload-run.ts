/**
 * Runs one workload from a fresh device on and writes down what each operation did, in the form of
 * kernel records.
 *
 *     stamps ─▶ 12 ms pass ─▶ operation ─▶ answer · files · maps · events · locks
 *
 * Locks name a file by the first handle that showed its inode in this workload; the file `f` needs
 * no name, locks of other inodes are left out.
 */
import { InvariantError } from '@daxsim/sim';
import { availableBlocks, freeBlocks } from '@daxsim/daxfs';
import { runOp } from './op-actions.js';
import { unsupported } from './op-answer.js';
import { Process } from './process.js';
import { runLengthText } from './run-length.js';
import { filesOf, mapsOf, stampsOf } from './snapshot.js';
import { DeadEnd, WorkloadSystem } from './workload-system.js';
import type { LockEvent } from './kernel-events.js';
import type { OpAnswer } from './op-answer.js';
import type { OpFacts, RecordHead } from './record.js';
import type { ConformSetting } from './workload-system.js';
import type { WorkloadOp } from './workload.js';

/** Longest list of locks that a record keeps. */
const LOCKS_MAX = 16;
/** The handle name whose locks are listed without it. */
const PLAIN_HANDLE = 'f';

/** What an operation did; `unsupported` says why it could not be done. */
export interface RanOp extends OpFacts {
  readonly unsupported?: string;
}

/** What a workload did, as far as it went. */
export interface WorkloadRun {
  readonly ops: readonly RanOp[];
  /** Why it ended before its last operation; null if it did not. */
  readonly broke: string | null;
  /** The end was our own mistake, not a limit. */
  readonly isOurs: boolean;
}

/** Runs all operations. Never throws for what an operation does. */
export function runWorkload(
  ops: readonly WorkloadOp[],
  head: RecordHead,
  setting: ConformSetting,
): WorkloadRun {
  const recorder = new Recorder(head, setting);
  const ran: RanOp[] = [];
  try {
    for (const [n, op] of ops.entries()) ran.push(recorder.run(n, op));
  } catch (error) {
    const isOurs = error instanceof InvariantError;
    if (!isOurs && !(error instanceof DeadEnd)) throw error;
    return { ops: recorder.named(ran), broke: error.message, isOurs };
  }
  return { ops: recorder.named(ran), broke: null, isOurs: false };
}

class Recorder {
  private readonly system: WorkloadSystem;
  private readonly process = new Process();
  /** First handle that showed an inode. */
  private readonly names = new Map<number, string>();
  private readonly locks: LockEvent[][] = [];

  constructor(head: RecordHead, setting: ConformSetting) {
    this.system = new WorkloadSystem(head, setting);
  }

  run(n: number, op: WorkloadOp): RanOp {
    const { system, process } = this;
    const { world } = system.system;
    const before = stampsOf(world, process);
    system.beginOp(op.timeoutMs > 0);
    const answer = this.answer(op);
    for (const handle of process.handles.values()) {
      const inode = world.handles.inode(handle.number);
      if (!this.names.has(inode)) this.names.set(inode, handle.name);
    }
    this.locks.push([...system.events.locks]);
    return {
      n,
      op: op.text,
      ret: answer.ret,
      err: answer.err,
      ...(answer.sig === undefined ? {} : { sig: answer.sig }),
      ...(answer.data === undefined ? {} : { data: runLengthText(answer.data) }),
      ...(answer.note === undefined ? {} : { note: answer.note }),
      fs_free_blocks: freeBlocks(world),
      fs_avail_blocks: availableBlocks(world),
      files: filesOf(world, process, before),
      maps: mapsOf(world, process),
      events: Object.fromEntries([...system.events.counts].sort(byName)),
      ...(answer.unsupported === undefined ? {} : { unsupported: answer.unsupported }),
    };
  }

  /** Adds the locks: whose inode they are of is known only when all handles were opened. */
  named(ops: readonly RanOp[]): RanOp[] {
    return ops.map((op, index) => {
      const locks = this.lockList(this.locks[index] ?? []);
      return locks.length === 0 ? op : { ...op, locks };
    });
  }

  private answer(op: WorkloadOp): OpAnswer {
    for (const name of [op.file, op.file2]) {
      const isNeeded = name !== '' && op.name !== 'open';
      if (isNeeded && !this.process.handles.has(name)) {
        return unsupported(`handle ${name} is not open`);
      }
    }
    return runOp({ system: this.system, process: this.process, op });
  }

  private lockList(events: readonly LockEvent[]): string[] {
    const runs: { readonly text: string; count: number }[] = [];
    for (const { inode, text } of events) {
      const name = this.names.get(inode);
      if (name === undefined) continue;
      const entry = name === PLAIN_HANDLE ? text : `${name}:${text}`;
      const last = runs.at(-1);
      if (last?.text === entry) last.count += 1;
      else runs.push({ text: entry, count: 1 });
    }
    const list = runs.map(({ text, count }) => (count === 1 ? text : `${text} *${count}`));
    if (list.length <= LOCKS_MAX) return list;
    return [...list.slice(0, LOCKS_MAX), `... ${list.length - LOCKS_MAX} more`];
  }
}

function byName(a: readonly [string, number], b: readonly [string, number]): number {
  return a[0] < b[0] ? -1 : 1;
}
