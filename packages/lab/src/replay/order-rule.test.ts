/** Who waits for whom: names, descriptors, files and renamed directories of two tasks. */
import { expect, test } from '@jest/globals';
import type { TraceRecord } from '@daxsim/trace';
import { OpKind, OpenFlag } from '@daxsim/trace';
import { FileIdentities } from './file-identities.js';
import { OrderTracker, type OrderRule } from './order-rule.js';
import { PathNames } from './path-names.js';
import { Pending } from './pending.js';

type Fields = Partial<TraceRecord>;

class Trace {
  readonly names = new PathNames();
  private readonly tracker: OrderTracker;
  private endOfLast = 0;

  constructor(rule: OrderRule = 'resource') {
    this.tracker = new OrderTracker(rule, new FileIdentities(this.names, (path) => path));
  }

  /** Admits a record; without times it follows the previous one. */
  add(task: number, path: string, fields: Fields): Pending {
    const pending = new Pending();
    pending.task = task;
    const startNs = this.endOfLast + 1;
    Object.assign(pending.record, { startNs, endNs: startNs + 1 }, fields);
    if (path !== '') pending.record.path = this.names.idOf(path);
    this.endOfLast = Math.max(this.endOfLast, pending.record.endNs);
    this.tracker.admit(pending);
    return pending;
  }

  end(pending: Pending): number {
    let freed = 0;
    this.tracker.release(pending, () => (freed += 1));
    return freed;
  }
}

const creates = (handle: number): Fields => ({
  kind: OpKind.Open,
  flags: OpenFlag.Create | OpenFlag.Write,
  handle,
});
const stat: Fields = { kind: OpKind.Stat };
const write = (handle: number): Fields => ({ kind: OpKind.Write, handle, offset: 0, length: 1 });

test('what reads a name waits for who made it, and is freed by it', () => {
  const trace = new Trace();
  const made = trace.add(0, '/a', creates(1));
  const seen = trace.add(1, '/a', stat);
  expect(seen.waitsFor).toBeGreaterThan(0);
  expect(trace.end(made)).toBe(1);
  expect(seen.waitsFor).toBe(0);
});

test('two readers of one file do not wait for each other', () => {
  const trace = new Trace();
  trace.end(trace.add(0, '/a', creates(1)));
  trace.add(0, '/a', stat);
  expect(trace.add(1, '/a', stat).waitsFor).toBe(0);
});

test('a writer waits for an earlier writer of the same file through another descriptor', () => {
  const trace = new Trace();
  trace.end(trace.add(0, '/a', creates(1)));
  trace.end(trace.add(1, '/a', creates(2)));
  trace.add(0, '', write(1));
  expect(trace.add(1, '', write(2)).waitsFor).toBeGreaterThan(0);
});

test('a task that inherited a descriptor waits for the open that made it', () => {
  const trace = new Trace();
  const made = trace.add(0, '/a', creates(1));
  expect(trace.add(1, '', write(1)).waitsFor).toBe(1);
  expect(trace.end(made)).toBe(1);
});

test('where tasks are on their own, a descriptor is still used between open and close', () => {
  const trace = new Trace('task');
  const made = trace.add(0, '/a', creates(1));
  const used = trace.add(1, '', write(1));
  expect([used.waitsFor, trace.end(made), used.waitsFor]).toEqual([1, 1, 0]);
  const other = trace.add(2, '', write(1));
  expect(other.waitsFor).toBe(0);
  const closed = trace.add(0, '', { kind: OpKind.Close, handle: 1 });
  expect([closed.waitsFor, trace.end(used), trace.end(other)]).toEqual([2, 0, 1]);
});

test('operations that overlapped in the recording may run in either order', () => {
  const trace = new Trace();
  trace.end(trace.add(0, '/a', creates(1)));
  trace.add(0, '', { ...write(1), startNs: 100, endNs: 200 });
  const other = trace.add(1, '', { ...write(1), startNs: 150, endNs: 250 });
  expect([other.waitsFor, other.isContended]).toEqual([0, true]);
});

test('a name below a renamed directory waits for the rename', () => {
  const trace = new Trace();
  trace.end(trace.add(0, '/d', { kind: OpKind.Mkdir }));
  trace.end(trace.add(0, '/d/f', creates(1)));
  const rename = trace.add(0, '/d', { kind: OpKind.Rename, path2: trace.names.idOf('/e') });
  expect(trace.add(1, '/e/f', stat).waitsFor).toBeGreaterThan(0);
  expect(trace.end(rename)).toBe(1);
});

test('a file keeps its identity under its new name', () => {
  const trace = new Trace();
  trace.end(trace.add(0, '/a', creates(1)));
  trace.end(trace.add(0, '/a', { kind: OpKind.Rename, path2: trace.names.idOf('/b') }));
  trace.add(0, '', write(1));
  expect(trace.add(1, '/b', stat).waitsFor).toBeGreaterThan(0);
});

test('total order relates what shares nothing; task order relates nothing', () => {
  for (const [rule, waits] of [
    ['total', 1],
    ['resource', 0],
    ['task', 0],
  ] as const) {
    const trace = new Trace(rule);
    trace.add(0, '/x/a', { kind: OpKind.Stat });
    expect(trace.add(1, '/y/b', { kind: OpKind.Stat }).waitsFor).toBe(waits);
  }
});
