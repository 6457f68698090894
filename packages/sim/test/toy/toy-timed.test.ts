/** The toy under the timed machine: order, waits and prices, in sums of named parts. */
import { describe, expect, test } from '@jest/globals';
import { LockStatistics, NO_EVENTS, RunEnd, TimedMachine } from '@daxsim/sim';
import { TOY_PLANS, ToyRun, compileToy } from './toy-system.js';
import type { MemoryClock, SyncCosts } from '@daxsim/sim';
import type { ToyOperation } from './toy-system.js';

const NO_MEMORY: MemoryClock = {
  nextDecisionAt: () => Infinity,
  decideUntil: () => undefined,
  takeCompleted: () => -1,
  completedAt: () => 0,
};

const READ = 100;
const WRITE = 30;
const ATOMIC = 5;
const TRANSFER = 48;
const WAKE = 3000;
const SWITCH = 1500;
const COSTS: SyncCosts = {
  atomicTicks: ATOMIC,
  lineTransferTicks: TRANSFER,
  wakeTicks: WAKE,
  switchTicks: SWITCH,
};
const PRICES = new Map(
  [
    ['readCount', READ],
    ['writeCount', WRITE],
    ['takeOne', 10],
    ['giveOne', 10],
  ].map(([name, fixedTicks]) => [String(name), { fixedTicks: Number(fixedTicks), eachTicks: 0 }]),
);

function runToy(
  plan: keyof typeof TOY_PLANS,
  lists: readonly (readonly ToyOperation[])[],
  cpus = lists.length,
): { run: ToyRun; end: RunEnd; locks: LockStatistics } {
  const set = compileToy(TOY_PLANS[plan], PRICES);
  const run = new ToyRun(set, lists, COSTS);
  const locks = new LockStatistics(set.lockNames);
  run.interpreter.sync.observer = locks;
  const count = lists.length;
  const machine = new TimedMachine(run.interpreter, run, NO_MEMORY, NO_EVENTS, count, cpus, SWITCH);
  return { run, end: machine.run(), locks };
}

const append = { name: 'append', file: 3 };

describe('one task', () => {
  test('an uncontended operation costs two atomics and its steps', () => {
    const { run, end } = runToy('safe', [[append]]);
    expect(end).toBe(RunEnd.Ended);
    expect(run.ended).toEqual([`0:append=Ok@${ATOMIC + READ + WRITE + ATOMIC}`]);
  });

  test('without a lock only the steps cost', () => {
    const { run } = runToy('none', [[append, append]]);
    expect(run.ended).toEqual([`0:append=Ok@${READ + WRITE}`, `0:append=Ok@${2 * (READ + WRITE)}`]);
  });
});

describe('two tasks on one file', () => {
  test('the second waits for the first to let go and pays its wake-up', () => {
    const { run, locks } = runToy('safe', [[append], [append]]);
    // Queueing took the lock word's line away, so the release has to fetch it back.
    const firstEnds = ATOMIC + READ + WRITE + TRANSFER;
    // The wake-up finds the second task still on its way to sleep.
    const secondEnds = TRANSFER + SWITCH + WAKE + READ + WRITE + ATOMIC;
    expect(run.ended).toEqual([`0:append=Ok@${firstEnds}`, `1:append=Ok@${secondEnds}`]);
    expect(run.world.blocks.get(3)).toBe(2);
    const row = locks.rows.find((candidate) => candidate.mode === 'exclusive');
    expect(row).toMatchObject({ acquisitions: 2, contentions: 1 });
    expect(row?.waitTicksTotal).toBe(firstEnds - TRANSFER);
  });

  test('without a lock one of two simultaneous appends is lost', () => {
    const { run } = runToy('none', [[append], [append]]);
    expect(run.world.blocks.get(3)).toBe(1);
  });

  test('on one CPU they run one after the other and nothing is lost', () => {
    const { run } = runToy('none', [[append], [append]], 1);
    expect(run.world.blocks.get(3)).toBe(2);
    const first = READ + WRITE;
    expect(run.ended).toEqual([
      `0:append=Ok@${first}`,
      `1:append=Ok@${first + SWITCH + READ + WRITE}`,
    ]);
  });
});

describe('sleeping and deadlock', () => {
  test('a task asleep on an empty pool is woken by the one that gives', () => {
    const { run, end } = runToy('safe', [
      [{ name: 'take', file: 2 }],
      [append, { name: 'give', file: 0, target: 2 }],
    ]);
    expect(end).toBe(RunEnd.Ended);
    expect(run.ended.map((line) => line.replace(/@.*/, ''))).toEqual([
      '1:append=Ok',
      '1:give=Ok',
      '0:take=Ok',
    ]);
    expect(run.world.blocks.get(2)).toBe(0);
  });

  test('a pool that nobody fills leaves the machine stuck', () => {
    expect(runToy('safe', [[{ name: 'take', file: 2 }]]).end).toBe(RunEnd.Stuck);
  });

  test('moving both ways with unordered locks ends stuck, with ordered ones it does not', () => {
    const lists = [[{ name: 'move', file: 1, target: 2 }], [{ name: 'move', file: 2, target: 1 }]];
    const { run, end } = runToy('unordered', lists);
    expect(end).toBe(RunEnd.Stuck);
    expect(run.interpreter.sync.locks.cycle()).toEqual(expect.arrayContaining([0, 1]));
    expect(runToy('safe', lists).end).toBe(RunEnd.Ended);
  });
});
