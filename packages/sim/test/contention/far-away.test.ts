/** What distance costs on many CPUs: memory of another socket, deep sleep, waking from afar. */
import { describe, expect, test } from '@jest/globals';
import { ContentionMachine, Prng, SLOTS_MOST, ScriptOp, ScriptWriter } from '../../src/index.js';
import type { ContentionCosts, RemoteMemory, Script } from '../../src/index.js';
import { COSTS } from './contention-fixture.js';

const US = 1_000_000;
const LOAD = 0;
const STORE = 1;
const PAGE = 4096;
const CHANNELS = [{ bytesPerTick: 1 }, { bytesPerTick: 1 }];
const REMOTE: RemoteMemory = {
  ...{ times: [1, 2], stores: [false, true], mixedBytesPerTick: PAGE / (3 * US) },
};

function scriptOf(...items: readonly (readonly [number, number, number?])[]): Script {
  const writer = new ScriptWriter('script');
  for (const [op, a, b] of items) writer.add(op, a, b);
  return writer.end(['lines']);
}

function move(channel: number): Script {
  return scriptOf([ScriptOp.Memory, channel, PAGE], [ScriptOp.Move, channel, US]);
}

/** When each of the scripts ended, one after the other on a CPU. */
function endings(
  cpu: number,
  scripts: readonly Script[],
  costs: ContentionCosts = COSTS,
  draw: (count: number) => number = () => 0,
): number[] {
  const ends: number[] = [];
  const source = {
    next: () => scripts[ends.length] ?? null,
    finished: (_task: number, _startedAt: number, at: number) => {
      ends.push(at);
    },
    draw,
  };
  const topology = { cpus: 8, sockets: 2 };
  const machine = new ContentionMachine(costs, topology, 1, source, CHANNELS, [], REMOTE);
  machine.start(0, cpu, 0);
  machine.run(() => false);
  return ends;
}

describe('memory of another socket', () => {
  test('is as fast as near for loads alone, slower for stores', () => {
    expect(endings(0, [move(STORE)])).toEqual([US]);
    expect(endings(7, [move(LOAD)])).toEqual([US]);
    expect(endings(7, [move(STORE)])).toEqual([2 * US]);
  });

  test('lets loads and stores through at the mixed rate, until there are loads only', () => {
    const [store = 0, load = 0] = endings(7, [move(STORE), move(LOAD)]);
    expect(load - store).toBe(3 * US - 2 * US + US);
    const many = endings(7, [move(STORE), ...Array.from({ length: 80 }, () => move(LOAD))]);
    expect((many.at(-1) ?? 0) - (many.at(-2) ?? 0)).toBe(US);
    expect((many[10] ?? 0) - (many[9] ?? 0)).toBe(3 * US);
  });
});

test('a CPU that was idle for long takes longer to wake up', () => {
  const nap = (ticks: number): number => endings(0, [scriptOf([ScriptOp.Sleep, ticks])])[0] ?? 0;
  const woken = nap(10 * US) - 10 * US;
  expect(woken).toBeGreaterThanOrEqual(COSTS.wakeTicks);
  expect(nap(40 * US) - 40 * US).toBe(woken + (COSTS.idleStates[0]?.moreTicks ?? 0));
});

test('the scheduler takes more or less time to run who is woken, as drawn', () => {
  const costs = { ...COSTS, wakeSpreadTicks: 2 * US };
  const naps = Array.from({ length: 400 }, () => scriptOf([ScriptOp.Sleep, 10 * US]));
  const prng = new Prng(1);
  const ends = endings(0, naps, costs, (count) => prng.below(count));
  const took = ends.map((at, nap) => at - (ends[nap - 1] ?? 0) - 10 * US);
  expect(Math.min(...took)).toBeGreaterThanOrEqual(COSTS.wakeTicks);
  expect(Math.max(...took)).toBeLessThanOrEqual(COSTS.wakeTicks + 2 * US);
  const mean = took.reduce((sum, one) => sum + one, 0) / took.length;
  expect(mean - COSTS.wakeTicks).toBeGreaterThan(0.9 * US);
  expect(mean - COSTS.wakeTicks).toBeLessThan(1.1 * US);
});

/** Near and far transfers of a line that eight CPUs on two sockets want without end. */
function transfers(draw: (count: number) => number): {
  readonly near: number;
  readonly far: number;
} {
  const rmw = scriptOf([ScriptOp.Rmw, 0]);
  let left = 2000;
  const source = {
    next: (task: number) => {
      machine.bindings[task * SLOTS_MOST] = line;
      left -= 1;
      return left < 0 ? null : rmw;
    },
    finished: () => undefined,
    draw,
  };
  const machine: ContentionMachine = new ContentionMachine(
    COSTS,
    { cpus: 8, sockets: 2 },
    8,
    source,
    [],
    [],
  );
  const line = machine.lines.add('line');
  // In turn from each socket: the one before is always far.
  for (let task = 0; task < 8; task += 1) machine.start(task, (task % 2) * 4 + (task >> 1), task);
  machine.run(() => false);
  return { near: machine.lines.near[line], far: machine.lines.far[line] };
}

test('a line that is queued for comes from any of those who had it, however they came', () => {
  const prng = new Prng(1);
  const { near, far } = transfers((count) => prng.below(count));
  expect(near / (near + far)).toBeGreaterThan(0.4);
  expect(near / (near + far)).toBeLessThan(0.6);
});
