/**
 * When an operation may start: after every operation that ended before it started in the recording
 * and conflicts with it.
 *
 *     recording   A ├──┤   B ├──┤        B waits for A if they share something that one changes
 *                    C ├──────┤          C and A overlapped: the replay may run them either way
 *
 * Records come in the order of their ends, so whatever an operation waits for was read before it,
 * and the earliest operation that has not ended waits for nothing: the replay cannot get stuck, and
 * a window of the trace is enough.
 *
 * `task` keeps the order within each task, which the queues keep anyway, and uses descriptors and
 * mappings only between their beginning and their end (lifetimes.ts). `total` makes every two
 * operations conflict.
 */
import { NONE, type TraceRecord } from '@daxsim/trace';
import type { FileIdentities } from './file-identities.js';
import { Lifetimes } from './lifetimes.js';
import type { Pending } from './pending.js';

export type OrderRule = 'task' | 'resource' | 'total';

const EVERYTHING = -1;

export class OrderTracker {
  private readonly users = new Map<number, Pending[]>();
  private readonly lifetimes = new Lifetimes();

  constructor(
    private readonly rule: OrderRule,
    private readonly identities: FileIdentities,
  ) {}

  /** A record was read: finds what it waits for. */
  admit(pending: Pending): void {
    pending.waitsFor = 0;
    pending.isContended = false;
    if (this.rule === 'task') {
      this.lifetimes.admit(pending);
      return;
    }
    if (this.rule === 'total') {
      pending.uses.length = 0;
      pending.changes.length = 0;
      pending.uses.push(EVERYTHING);
      pending.changes.push(true);
    } else this.identities.note(pending);
    const start = startOf(pending.record);
    for (let i = 0; i < pending.uses.length; i += 1) {
      const resource = pending.uses[i]!;
      let users = this.users.get(resource);
      if (users === undefined) {
        users = [];
        this.users.set(resource, users);
      }
      for (const other of users) this.relate(pending, other, resource, i, start);
      users.push(pending);
    }
  }

  /** Its operation ended: answers what may start now by calling `freed`. */
  release(pending: Pending, freed: (other: Pending) => void): void {
    if (this.rule === 'task') this.lifetimes.release(pending);
    else this.leaveResources(pending);
    for (const other of pending.waiting) {
      other.waitsFor -= 1;
      if (other.waitsFor === 0) freed(other);
    }
    pending.waiting.length = 0;
  }

  private leaveResources(pending: Pending): void {
    for (const resource of pending.uses) {
      const users = this.users.get(resource);
      if (users === undefined) continue;
      const at = users.indexOf(pending);
      if (at >= 0) users.splice(at, 1);
      if (users.length === 0) this.users.delete(resource);
    }
  }

  private relate(
    pending: Pending,
    other: Pending,
    resource: number,
    index: number,
    start: number,
  ): void {
    if (other.task === pending.task) return;
    const isChange = pending.changes[index]! || other.changes[other.uses.indexOf(resource)]!;
    if (!isChange) return;
    if (endOf(other.record) <= start) {
      pending.waitsFor += 1;
      other.waiting.push(pending);
    } else {
      pending.isContended = true;
      other.isContended = true;
    }
  }
}

/** What has no time starts after everything that was read before it. */
function startOf(record: TraceRecord): number {
  return record.startNs === NONE ? Infinity : record.startNs;
}

function endOf(record: TraceRecord): number {
  if (record.endNs !== NONE) return record.endNs;
  return record.startNs === NONE ? 0 : record.startNs;
}
