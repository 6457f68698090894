/** Lock protocols among many CPUs: who is kept out, who gets through, and defects that break it. */
import { describe, expect, test } from '@jest/globals';
import {
  BitLock,
  Bravo,
  ListRangeLock,
  LockMode,
  PercpuRwsem,
  QueuedRwLock,
  Rcu,
  Rwsem,
  SegmentRangeLock,
  Seqcount,
  SpinLock,
  SpinVariant,
  TreeRangeLock,
  WaitBuckets,
  noRwsemEvents,
} from '../../src/index.js';
import type {
  ContentionMachine,
  Prng,
  ReaderChecks,
  RwsemDefect,
  TimedLock,
} from '../../src/index.js';
import { COSTS, addLock, contend, isLive } from './contention-fixture.js';
import type { Use } from './contention-fixture.js';

const { Exclusive, Shared } = LockMode;
type Maker = (machine: ContentionMachine) => TimedLock;

const rwsem =
  (defect?: RwsemDefect, isMutex = false): Maker =>
  (machine) =>
    addLock(machine, (id, line) => {
      const options = { events: noRwsemEvents(), isMutex, ...(defect ? { defect } : {}) };
      return new Rwsem(machine, id, 0, line, options);
    });

const spin =
  (variant: SpinVariant, defect?: 'lost-handover'): Maker =>
  (machine) =>
    addLock(machine, (id, line) => {
      return new SpinLock(machine, id, 1, line, { variant, ...(defect ? { defect } : {}) });
    });

const bit =
  (defect?: 'lost-wake'): Maker =>
  (machine) => {
    const array = spin(SpinVariant.Queued)(machine).id;
    const buckets = new WaitBuckets(4096);
    return addLock(machine, (id, line) => {
      return new BitLock(machine, id, 0, line, {
        ...{ array, buckets, key: 7 },
        ...(defect ? { defect } : {}),
      });
    });
  };

const tree: Maker = (machine) => {
  const inner = spin(SpinVariant.Queued)(machine).id;
  return addLock(machine, (id) => new TreeRangeLock(machine, id, 0, inner));
};

const list =
  (tasks: number, defect?: 'skip-validation'): Maker =>
  (machine) => {
    const nodes = Array.from({ length: tasks }, () => machine.lines.add('node'));
    return addLock(machine, (id, head) => {
      return new ListRangeLock(machine, id, 0, head, nodes, defect);
    });
  };

const segments: Maker = (machine) => {
  const inner = Array.from({ length: 8 }, () => rwsem()(machine).id);
  return addLock(machine, (id) => new SegmentRangeLock(machine, id, 0, 4, inner));
};

const seqcount =
  (tasks: number, defect?: 'sample-late'): Maker =>
  (machine) => {
    const inner = spin(SpinVariant.Queued)(machine).id;
    return addLock(machine, (id, line) => new Seqcount(machine, id, 0, line, inner, tasks, defect));
  };

const queued =
  (checks: ReaderChecks): Maker =>
  (machine) =>
    addLock(machine, (id, line) => new QueuedRwLock(machine, id, 0, line, checks));

const lines = (machine: ContentionMachine, count: number): number[] =>
  Array.from({ length: count }, () => machine.lines.add('one of many'));

const percpu: Maker = (machine) =>
  addLock(machine, (id, line) => new PercpuRwsem(machine, id, 0, line, lines(machine, 24)));

const bravo: Maker = (machine) => {
  const beneath = rwsem()(machine).id;
  const slots = lines(machine, 256);
  return addLock(machine, (id, line) => new Bravo(machine, id, 0, line, slots, beneath));
};

const exclusive = (holdTicks: number) => (): Use => ({ mode: Exclusive, holdTicks });

/** Readers and writers, long and short, on ranges that overlap now and then. */
function mixed(_task: number, _round: number, prng: Prng): Use {
  const from = prng.below(28);
  const to = from + 1 + prng.below(4);
  const mode = prng.below(3) === 0 ? Exclusive : Shared;
  return {
    mode,
    holdTicks: 50_000 + prng.below(prng.below(20) === 0 ? 40_000_000 : 400_000),
    from,
    to,
  };
}

/** The same on all of it. */
function whole(task: number, round: number, prng: Prng): Use {
  const { mode, holdTicks } = mixed(task, round, prng);
  return { mode, holdTicks };
}

const MIXED: readonly [string, Maker][] = [
  ['a tree of ranges', tree],
  ['a list of ranges', list(12)],
  ['segments', segments],
];
const ALONE: readonly [string, Maker][] = [
  ['a mutex', rwsem(undefined, true)],
  ['a queued spin lock', spin(SpinVariant.Queued)],
  ['a ticket lock', spin(SpinVariant.Ticket)],
  ['an MCS lock', spin(SpinVariant.Mcs)],
  ['a lock bit', bit()],
];

describe('whoever shares nothing is alone, and everybody gets through', () => {
  test.each(MIXED)('%s', (_name, make) => {
    const outcomes = [1, 2, 3].map((seed) =>
      contend({ tasks: 12, rounds: 60, cpus: 8, seed }, make, mixed),
    );
    expect(outcomes.map(({ intrusions }) => intrusions)).toEqual([0, 0, 0]);
    expect(outcomes.every((outcome) => isLive(outcome, 60))).toBe(true);
  });

  test.each(ALONE)('%s', (_name, make) => {
    const outcome = contend({ tasks: 10, rounds: 80, seed: 3 }, make, (_task, _round, prng) => {
      return { mode: Exclusive, holdTicks: 20_000 + prng.below(8_000_000) };
    });
    expect(outcome.intrusions).toBe(0);
    expect(isLive(outcome, 80)).toBe(true);
  });

  test.each([24, 10, 4])('an rwsem, on %i CPUs', (cpus) => {
    const outcome = contend({ tasks: 24, rounds: 30, cpus }, rwsem(), whole);
    expect([outcome.intrusions, isLive(outcome, 30)]).toEqual([0, true]);
  });

  test.each<[string, Maker]>([
    ['a queued readers-writer lock', queued('never')],
    ['the same before Linux 4.3', queued('queued')],
    ['the same as the change is told', queued('always')],
    ['a per-CPU rwsem', percpu],
    ['BRAVO over an rwsem', bravo],
  ])('%s', (_name, make) => {
    const outcomes = [1, 2, 3].map((seed) => contend({ tasks: 12, rounds: 60, seed }, make, whole));
    expect(outcomes.map(({ intrusions }) => intrusions)).toEqual([0, 0, 0]);
    expect(outcomes.every((outcome) => isLive(outcome, 60))).toBe(true);
  });

  test('a read section that was found good met no write', () => {
    const outcome = contend({ tasks: 8, rounds: 100, isOptimistic: true }, seqcount(8), sections);
    expect([outcome.intrusions, isLive(outcome, 100)]).toEqual([0, true]);
  });
});

/** One task writes for long, the others look; what is intruded on shows at their validation. */
function sections(task: number, _round: number, prng: Prng): Use {
  if (task === 0) return { mode: Exclusive, holdTicks: 3_000_000 };
  return { mode: Shared, holdTicks: 10_000 + prng.below(100_000), validates: true };
}

describe('what a hand-over costs', () => {
  const rate = (make: Maker, tasks: number): number => {
    const rounds = 200;
    const { endedAt } = contend({ tasks, rounds, gapTicks: 1 }, make, exclusive(100_000));
    return (tasks * rounds) / endedAt;
  };

  test('a ticket lock slows down with its waiters, a queued one does not', () => {
    const slowdown = (variant: SpinVariant): number =>
      rate(spin(variant), 4) / rate(spin(variant), 32);
    expect(slowdown(SpinVariant.Ticket)).toBeGreaterThan(2.5);
    expect(slowdown(SpinVariant.Queued)).toBeLessThan(1.2);
    expect(slowdown(SpinVariant.Mcs)).toBeLessThan(1.2);
  });
});

test('who lets readers in takes them all off the list before it wakes the first', () => {
  const firstIn = (waiterLines: number): number => {
    const options = { tasks: 9, rounds: 1, gapTicks: 1, costs: { ...COSTS, waiterLines } };
    let least = Infinity;
    const make: Maker = (machine) => {
      const lock = rwsem()(machine);
      const wake = machine.wake.bind(machine);
      machine.wake = (task, at) => {
        least = Math.min(least, at);
        wake(task, at);
      };
      return lock;
    };
    contend(options, make, (task) => {
      return { mode: task === 0 ? Exclusive : Shared, holdTicks: 15_000_000 };
    });
    return least;
  };
  expect(firstIn(3) - firstIn(0)).toBe(8 * 3 * COSTS.sameSocketTicks);
});

describe('what readers cost each other', () => {
  const reads = (make: Maker, tasks: number): number => {
    const use = (): Use => ({ mode: Shared, holdTicks: 100_000 });
    const { endedAt } = contend({ tasks, rounds: 200, gapTicks: 100_000 }, make, use);
    return (tasks * 200) / endedAt;
  };

  test('readers of an rwsem meet at its word, those of a per-CPU one and of RCU do not', () => {
    const rcu: Maker = (machine) => addLock(machine, (id) => new Rcu(machine, id, 0));
    const speedup = (make: Maker): number => reads(make, 24) / reads(make, 1);
    expect(speedup(rwsem())).toBeLessThan(4);
    for (const make of [percpu, bravo, rcu]) expect(speedup(make)).toBeGreaterThan(12);
  });
});

describe('planted defects are caught', () => {
  const rounds = 40;

  test('an rwsem that looks for waiters before it lets go loses a wake-up', () => {
    const outcome = contend({ tasks: 6, rounds, cpus: 3 }, rwsem('lost-wake'), whole);
    expect(isLive(outcome, rounds)).toBe(false);
  });

  test('a lock bit that looks for waiters too early loses a wake-up', () => {
    const stuck = (defect?: 'lost-wake'): number =>
      Array.from({ length: 60 }, (_, seed) =>
        contend(
          { tasks: 2, rounds: 1, gapTicks: 900_000, seed: seed + 1 },
          bit(defect),
          exclusive(400_000),
        ),
      ).filter((outcome) => !isLive(outcome, 1)).length;
    expect(stuck()).toBe(0);
    expect(stuck('lost-wake')).toBeGreaterThan(0);
  });

  test('a spin lock that forgets the last waiter never hands over', () => {
    const make = spin(SpinVariant.Queued, 'lost-handover');
    expect(isLive(contend({ tasks: 6, rounds }, make, exclusive(400_000)), rounds)).toBe(false);
  });

  test('without the hand-off bit a sleeping reader waits for ever', () => {
    // Sixteen writers who steal from one who sleeps.
    const spinners = (task: number): Use => {
      return { mode: task === 0 ? Shared : Exclusive, holdTicks: 20_000_000 };
    };
    const options = { tasks: 17, rounds: 1500, gapTicks: 1000, stopAt: 4e10 };
    const reads = (defect?: RwsemDefect): number =>
      contend(options, rwsem(defect), spinners).done[0] ?? 0;
    expect(reads()).toBeGreaterThan(5);
    expect(reads('missed-handoff')).toBeLessThan(2);
  });

  test('readers who wait for the last writer starve', () => {
    const use = (task: number): Use => {
      return { mode: task < 2 ? Shared : Exclusive, holdTicks: 30_000_000 };
    };
    const options = { tasks: 10, rounds: 4000, gapTicks: 1000, stopAt: 4e10 };
    const least = (defect?: RwsemDefect): number =>
      Math.min(...contend(options, rwsem(defect), use).done.slice(0, 2));
    expect(least()).toBeGreaterThan(5);
    expect(least('reader-starvation')).toBeLessThan(2);
  });

  test('readers let in without a look at the writer are with it', () => {
    const outcome = contend({ tasks: 12, rounds }, rwsem('early-grant'), whole);
    expect(outcome.intrusions).toBeGreaterThan(0);
  });

  test('a list of ranges whose walk is not repeated lets two in', () => {
    const outcome = contend({ tasks: 12, rounds }, list(12, 'skip-validation'), mixed);
    expect(outcome.intrusions).toBeGreaterThan(0);
  });

  test('a sequence sampled while it is odd takes a write for none', () => {
    const outcome = contend(
      { tasks: 8, rounds, isOptimistic: true },
      seqcount(8, 'sample-late'),
      sections,
    );
    expect(outcome.intrusions).toBeGreaterThan(0);
  });
});
