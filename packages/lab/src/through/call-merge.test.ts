/** Where the calls of a recording go in a log of stores of the same program. */
import { expect, test } from '@jest/globals';
import { OpKind, TraceRecord } from '@daxsim/trace';
import { CallMerge, rangeKey } from './call-merge.js';
import type { RecordedAct } from './dax-recording.js';

const PAGE = 4096;
type Step = readonly [kind: 'store' | 'flush' | 'fence', page: number, length?: number];

/** The order in which a log's records and a recording's acts come, as words. */
function merged(log: readonly Step[], acts: readonly RecordedAct[], hasFlushes = true): string[] {
  const flushes = new Map<string, number>();
  const lastAccess = new Map<number, number>();
  log.forEach(([kind, page, length = 8], line) => {
    if (kind !== 'fence') lastAccess.set(0, line);
    const key = rangeKey(0, page * PAGE, length);
    if (kind === 'flush' && hasFlushes) flushes.set(key, (flushes.get(key) ?? 0) + 1);
  });
  const merge = new CallMerge(acts, { flushes, lastAccess });
  const order: string[] = [];
  const say = (act: RecordedAct): void => {
    order.push(`${act.kind}@${act.offset / PAGE}`);
  };
  log.forEach(([kind, page, length = 8], line) => {
    const record = new TraceRecord();
    const kinds = { store: OpKind.Store, flush: OpKind.FlushRange, fence: OpKind.Fence };
    Object.assign(record, { kind: kinds[kind], line, length });
    if (kind !== 'fence') Object.assign(record, { mapping: 0, offset: page * PAGE });
    merge.before(record, () => line > 0).forEach(say);
    order.push(merge.isStandIn ? '(stands for it)' : `${kind} ${page}`);
  });
  merge.rest().forEach(say);
  return order;
}

function act(kind: RecordedAct['kind'], page: number, length = PAGE): RecordedAct {
  return { kind, mapping: 0, offset: page * PAGE, length, flags: 0 };
}

test('an msync goes where the log has a flush of just its range, and takes its place', () => {
  const log: Step[] = [
    ['fence', 0],
    ['store', 1],
    ['flush', 1, 100],
    ['store', 1],
  ];
  const acts = [act('store', 1), act('msync', 1, 100), act('store', 1)];
  expect(merged(log, acts)).toEqual([
    ...['fence 0', 'store 1', 'msync@1', '(stands for it)', 'store 1'],
  ]);
});

test('without such a flush an msync goes before the store that faults after it', () => {
  const log: Step[] = [
    ['fence', 0],
    ['store', 1],
    ['store', 1],
    ['store', 2],
    ['store', 1],
  ];
  const acts = [act('store', 1), act('store', 2), act('msync', 1), act('store', 1)];
  expect(merged(log, acts)).toEqual([
    ...['fence 0', 'store 1', 'store 1', 'store 2', 'msync@1', 'store 1'],
  ]);
});

test('a load that faulted waits for its mapping and for the stores before it', () => {
  const log: Step[] = [
    ['fence', 0],
    ['store', 1],
    ['store', 2],
  ];
  expect(merged(log, [act('load', 0), act('store', 1), act('load', 3)])).toEqual([
    ...['fence 0', 'load@0', 'store 1', 'load@3', 'store 2'],
  ]);
});

test('an munmap waits for the last access to its mapping', () => {
  const log: Step[] = [
    ['fence', 0],
    ['store', 1],
    ['flush', 1],
    ['fence', 0],
  ];
  expect(merged(log, [act('store', 1), act('munmap', 0)])).toEqual([
    ...['fence 0', 'store 1', 'flush 1', 'munmap@0', 'fence 0'],
  ]);
});

test('faults that no store of the log explains do not hold back what follows', () => {
  const log: Step[] = [
    ['fence', 0],
    ['store', 1],
    ['flush', 1, 100],
  ];
  const acts = [act('store', 7), act('store', 1), act('msync', 1, 100), act('msync', 5)];
  expect(merged(log, acts)).toEqual([
    ...['fence 0', 'store 1', 'msync@1', '(stands for it)', 'msync@5'],
  ]);
});
