/**
 * Two tasks with an operation each, every order of their steps, power lost at every moment: sound
 * under the file system's own lock plan, broken under none, and not for want of looking.
 */
import { describe, expect, test } from '@jest/globals';
import { explore } from '@daxsim/sim';
import { PairCampaign, pairReproducerOf, reproducePair } from '../../src/index.js';
import { describeOperation } from '../../src/ace/ace-operation.js';
import { pairSetting } from '../../src/products/pair-campaign.js';
import { pairSystem, searchPair } from '../../src/products/pair-run.js';
import type { AceOperation } from '../../src/ace/ace-operation.js';
import type { PairRequest } from '../../src/index.js';
import type { PairSearch } from '../../src/products/pair-run.js';

const REQUEST: PairRequest = {
  mode: 'block',
  seed: 1,
  sample: null,
  fileSystem: 'xfs-dax',
  lockPlan: null,
  knobs: {},
};
const LINK: AceOperation = { op: 'link', path: 'A/foo', to: 'A/bar' };
const AWAY: AceOperation = { op: 'rename', path: 'A/foo', to: 'bar' };
const CUT: AceOperation = { op: 'truncate', path: 'A/foo', aligned: false };
const REMOVE: AceOperation = { op: 'remove', path: 'A/foo' };
const APPEND: AceOperation = { op: 'write', path: 'A/foo', range: 'append' };
const EMPTY: AceOperation = { op: 'truncate', path: 'A/foo', aligned: true };
const PUNCH: AceOperation = { op: 'falloc', path: 'bar', mode: 'punch', range: 'append' };

const OTHER: AceOperation = { op: 'link', path: 'bar', to: 'A/bar' };
const OVER: AceOperation = { op: 'rename', path: 'foo', to: 'bar' };
const MAKE: AceOperation = { op: 'creat', path: 'A/foo' };
const MOVE: AceOperation = { op: 'rename', path: 'A', to: 'B' };
const SHIFT: AceOperation = {
  op: 'falloc',
  path: 'A/foo',
  mode: 'collapse',
  range: 'overlap-start',
};

/** The ends of all schedules, and what was wrong. */
function endsOf(one: AceOperation, other: AceOperation, reduce: boolean, lockPlan: string | null) {
  const { system } = pairSystem([one, other], pairSetting({ ...REQUEST, lockPlan }));
  const ends = new Set<number>();
  const found = explore(system, { reduce, onEnd: (hash) => ends.add(hash) });
  return { ends: [...ends].sort((a, b) => a - b), isWrong: found.failure !== null };
}

function search(one: AceOperation, other: AceOperation, more: Partial<PairRequest>): PairSearch {
  return searchPair([one, other], pairSetting({ ...REQUEST, ...more }));
}

describe('two operations at once, with power lost at every moment', () => {
  test.each([
    ['a link whose source is moved away', LINK, AWAY],
    ['a file that is removed while it is cut', REMOVE, CUT],
    ['a punch that finds nothing, and whose fsync has nothing to force', REMOVE, PUNCH],
    ['a link whose file loses its last name before it has its lock', OTHER, OVER],
    ['a file made in a directory that gets another name', MAKE, MOVE],
    ['a collapse of what is not there any more', SHIFT, EMPTY],
  ])('leave what some order of them explains: %s', (_name, one, other) => {
    const found = search(one, other, {});
    expect(found.failure).toBeNull();
    expect(found.complete).toBe(true);
    expect(found.counts.executed).toBeGreaterThan(found.counts.moments);
  });

  test.each([
    ['creat, truncate', MAKE, EMPTY],
    ['link, rename', OTHER, OVER],
  ])('%s: the reduced search ends in the same states as the full one', (_name, one, other) => {
    const reduced = endsOf(one, other, true, null);
    expect(reduced.isWrong).toBe(false);
    expect(reduced.ends.length).toBeGreaterThan(10);
    expect(endsOf(one, other, false, null)).toEqual(reduced);
  });

  test('without locks the full search fails where the reduced one does', () => {
    expect(endsOf(APPEND, EMPTY, true, 'none').isWrong).toBe(true);
    expect(endsOf(APPEND, EMPTY, false, 'none').isWrong).toBe(true);
  });

  test('break promises where nothing is locked, and the reproducer fails again', () => {
    const request = { ...REQUEST, lockPlan: 'none' };
    const operations = [APPEND, EMPTY] as const;
    const { failure } = search(APPEND, EMPTY, request);
    expect(failure?.message).toMatch(/after power loss: .*no moment since the last promise/);
    const { message: problem = '', choices = [] } = failure ?? {};
    const workload = operations.map(describeOperation).join();
    const found = { number: 0, workload, operations, problem, choices };
    const text = JSON.stringify(pairReproducerOf('1', request, found));
    const again = reproducePair('file', JSON.parse(text));
    expect(again).toMatchObject({ failsAgain: true, sameDigest: true, what: problem });
  });

  test('a log force without flushes is found at the first promise', () => {
    const { failure } = search(REMOVE, CUT, { knobs: { logForceFlush: 'skip' } });
    expect(failure?.message).toMatch(/after power loss/);
  });

  test('a reproducer of another form is refused', () => {
    expect(() => reproducePair('file', { schema: 'daxsim/reproducer-pair/1' })).toThrow(/file/);
  });
});

test('all unordered pairs of the 76 operations are 2926', () => {
  const campaign = new PairCampaign({ ...REQUEST, sample: 1 });
  expect(campaign.sum([]).generated).toBe(2926);
});
