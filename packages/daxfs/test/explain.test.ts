/** Explaining an operation, and what every lock plan must keep to. */
import { describe, expect, test } from '@jest/globals';
import { lockOrderEdges } from '@daxsim/sim';
import {
  LOCK_PLANS,
  compileSystem,
  explain,
  explainUnder,
  global,
  none,
  personality,
  xfsUpstream,
} from '../src/index.js';

const xfs = personality('xfs-dax');

const compiled = new Map<string, ReturnType<typeof compileSystem>>();

/** Compiling takes longer than all that is asked of the result. */
function programsOf(plan: (typeof LOCK_PLANS)[number]): ReturnType<typeof compileSystem> {
  const set = compiled.get(plan.name) ?? compileSystem(plan, null);
  compiled.set(plan.name, set);
  return set;
}

describe.each(LOCK_PLANS.map((plan) => [plan.name, plan] as const))('plan %s', (_name, plan) => {
  test('compiles with every recipe, without a cycle in its lock order', () => {
    expect(programsOf(plan).planName).toBe(plan.name);
  });

  test('lists its locks in the order in which recipes take them', () => {
    const order = Object.keys(plan.locks);
    const set = programsOf(plan);
    for (const edge of lockOrderEdges(set)) {
      const pair = [set.lockNames[edge.from], set.lockNames[edge.to]];
      expect(pair).toEqual([...pair].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    }
  });

  test('cites a source and says what it is safe for', () => {
    expect(plan.source.length).toBeGreaterThan(10);
    if (plan.claim !== 'safe') expect(plan.claim.unsafeFor.length).toBeGreaterThan(0);
  });

  test('keeps the log’s own mutex around a force', () => {
    const rows = explainUnder('forceRoom', plan, null).rows.slice(1);
    for (const row of rows) expect(row.held.map((held) => held.lock)).toContain('log');
  });
});

describe('the upstream plan', () => {
  const locksOver = (operation: string, step: string): string => {
    const row = explainUnder(operation, xfsUpstream, null).rows.find((one) => one.name === step);
    return (row?.held ?? []).map((held) => `${held.lock} ${held.mode}`).join(', ');
  };

  test('holds what XFS holds over the parts of a write', () => {
    expect(locksOver('write', 'startWrite')).toBe('inode exclusive');
    expect(locksOver('write', 'lookupForWrite')).toBe('inode exclusive, mapping shared');
    expect(locksOver('write', 'zeroBlocks')).toBe('inode exclusive, mapping exclusive');
    expect(locksOver('write', 'copyIn')).toBe('inode exclusive');
  });

  test('keeps faults out of truncation and punches, and not out of reads and writes', () => {
    expect(locksOver('ftruncate', 'setSize')).toContain('mmap exclusive');
    expect(locksOver('fallocate', 'freeExtents')).toContain('mmap exclusive');
    expect(locksOver('read', 'copyOut')).toBe('inode shared');
    expect(locksOver('writeFault', 'zeroBlocks')).toBe(
      'mm shared, mmap shared, entry exclusive, mapping exclusive',
    );
  });

  test.each(['write', 'read', 'rename', 'unlink', 'ftruncate', 'writeFault'])(
    'leaves no extent or name of %s unguarded',
    (operation) => {
      const flaws = explainUnder(operation, xfsUpstream, null).rows.flatMap((row) => row.unguarded);
      expect(flaws.filter((name) => name === 'extentMap')).toEqual([]);
    },
  );
});

test('two plans stand side by side, and differing rows are marked', () => {
  const against = { personality: personality('xfs-dax@6.1'), plan: none };
  const text = explain('read', { personality: xfs, plan: xfsUpstream, against });
  expect(text).toContain('tagsDirtyOn: writeFault against everyFault');
  expect(text).toMatch(/S +S +│ .*\*lookupForRead/);
  expect(text).toContain('lock order, none: no lock');
});

test('a price appears with its part per unit', () => {
  const prices = new Map([['clearBuffer', { fixedTicks: 1000, eachTicks: 60000 }]]);
  const text = explain('read', { personality: xfs, plan: global, prices });
  expect(text).toMatch(/clearBuffer +1ns\+60ns each/);
});

test('an unknown operation names the nearest', () => {
  expect(() => explain('writ', { personality: xfs, plan: none })).toThrow('write');
});
