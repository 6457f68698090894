/** Which results are compared, which agree, and what a disagreement is put down to. */
import { expect, test } from '@jest/globals';
import { OpKind, TraceRecord, errnoByName } from '@daxsim/trace';
import { ResultComparison, type Circumstances } from './comparison.js';

const plain: Circumstances = {
  isContended: false,
  isFree: false,
  isUnmade: false,
  signal: 0,
  isUnordered: false,
};

function compare(
  fields: Partial<TraceRecord>,
  errno: number,
  result: number,
  circumstances: Partial<Circumstances> = {},
): ResultComparison {
  const comparison = new ResultComparison();
  const record = Object.assign(new TraceRecord(), { hasResult: 1 }, fields);
  comparison.add(record, 'call', errno, result, { ...plain, ...circumstances });
  return comparison;
}

const read = { kind: OpKind.Read, result: 100 };
const ENOENT = errnoByName('ENOENT');

test('a value is compared where it means the same on every machine', () => {
  expect(compare(read, 0, 100).agreed).toBe(1);
  expect(compare(read, 0, 99).agreed).toBe(0);
  expect(compare({ kind: OpKind.Open, result: 7 }, 0, 3).agreed).toBe(1);
});

test('an error is compared by its number', () => {
  expect(compare({ kind: OpKind.Open, errno: ENOENT }, ENOENT, 0).agreed).toBe(1);
  expect(compare({ kind: OpKind.Open, errno: ENOENT }, 0, 0).agreed).toBe(0);
});

test('where the recording tells no result, what was asked was done in full', () => {
  const asked = { kind: OpKind.Read, hasResult: 0, length: 100, result: 0 };
  expect(compare(asked, 0, 100).agreed).toBe(1);
  expect(compare(asked, 0, 60).agreed).toBe(0);
  expect(compare({ kind: OpKind.Fsync, hasResult: 0 }, 0, 0).agreed).toBe(1);
  const full = compare({ ...asked, kind: OpKind.Write }, errnoByName('ENOSPC'), 0);
  expect([...full.byReason]).toEqual([['the simulated device is full', 1]]);
});

test.each([
  ['unexplained', read, 0, 99, {}],
  ['permissions and owners are not checked', { errno: errnoByName('EACCES') }, 0, 0, {}],
  ['the simulated device is full', { kind: OpKind.Write, result: 9 }, 0, 3, {}],
  ['ran beside others on the same file in the recording', read, 0, 99, { isContended: true }],
  ['a name that no call of the trace makes', read, ENOENT, 0, { isUnmade: true }],
] as const)('%s', (reason, fields, errno, result, circumstances) => {
  const { byReason, disagreements } = compare(fields, errno, result, circumstances);
  expect([...byReason]).toEqual([[reason, 1]]);
  expect(disagreements[0]?.reason).toBe(reason);
});
