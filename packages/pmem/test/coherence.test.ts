/** Several cores after the same lines: what a line that bounces costs, and one that is shared. */
import { NEVER } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import type { MachineConfig } from '../src/config.js';
import { LineOp } from '../src/memory.js';
import { runTimed } from './drive.js';
import { shippedMachine } from './machines.js';
import type { ScriptedRequest } from './traffic.js';

const TRANSFER_NS = 48;
const FORWARD_NS = 48.8;
const UPGRADE_NS = 48;
const ATOMIC_NS = 18 * 0.455;
const L1_NS = 5 * 0.455;
const LLC_NS = 48 * 0.455;

/** A shipped machine, with states of lines. */
function coherent(name: string): MachineConfig {
  const config = shippedMachine(name);
  const { caches } = config.cpu;
  if (caches?.coherence === undefined) throw new Error(`${name}: no coherence`);
  const { coherence } = caches;
  const protocol = { ...coherence.protocol, value: 'mesif' as const };
  const on = { ...caches, coherence: { ...coherence, protocol } };
  return { ...config, cpu: { ...config.cpu, caches: on } };
}

const machine = coherent('optane-100-1dimm');

/** What a core does, `gapNs` after what it did before. */
function does(op: number, line: number, gapNs = 0): ScriptedRequest {
  return { op, line, from: 0, to: 8, gap: gapNs * 1000 };
}

function run(scripts: readonly (readonly ScriptedRequest[])[], config = machine) {
  return runTimed({ config, scripts, capacityBytes: 1 << 20, hindrance: null });
}

/** How long the last request of a core took, if all ask one after the other, far apart. */
function lastNs(...steps: readonly (readonly [core: number, op: number])[]): number {
  const cores = Math.max(...steps.map(([core]) => core)) + 1;
  const scripts = Array.from({ length: cores }, (): ScriptedRequest[] => []);
  const starts = steps.map((_, step) => (step + 1) * 100_000);
  const begun = new Map<number, number>();
  // Pauses are counted from the end of the request before; these are short beside them.
  steps.forEach(([core, op], step) => {
    scripts[core].push(does(op, 7, starts[step] - (begun.get(core) ?? 0)));
    begun.set(core, starts[step]);
  });
  const { at } = run(scripts);
  const [core] = steps[steps.length - 1];
  const own = at[core];
  const before = own.length > 1 ? own[own.length - 2] : 0;
  return (own[own.length - 1] - before) / 1000 - (scripts[core].at(-1)?.gap ?? 0) / 1000;
}

/** Atomics a microsecond, once the lines are in the caches. */
function rate(lineOf: (core: number) => number, cores: number, each = 400): number {
  const script = (core: number) =>
    Array.from({ length: each }, () => does(LineOp.Atomic, lineOf(core)));
  const { at } = run(Array.from({ length: cores }, (_, core) => script(core)));
  const half = each / 2;
  const from = Math.max(...at.map((times) => times[half]));
  const to = Math.min(...at.map((times) => times[each - 1]));
  const done = at.flat().filter((time) => time > from && time <= to).length;
  return (done * 1e6) / (to - from);
}

describe('atomics', () => {
  test.each([2, 4, 16])('of %i cores on one line: one each transfer, whoever asks', (cores) => {
    expect(rate(() => 7, cores)).toBeCloseTo(1000 / TRANSFER_NS, 1);
  });

  test.each([1, 4, 16])('of %i cores on lines of their own: as many times as one', (cores) => {
    expect(rate((core) => 7 + core, cores) / cores).toBeCloseTo(1000 / ATOMIC_NS, 0);
  });

  test('wait in line: each core of eight goes on every eight transfers', () => {
    const script = Array.from({ length: 50 }, () => does(LineOp.Atomic, 7));
    const { at } = run(Array.from({ length: 8 }, () => script));
    for (const times of at) expect(times[40] - times[39]).toBe(8 * TRANSFER_NS * 1000);
  });

  test('wait for a flush of their core, as a fence does', () => {
    const before = [does(LineOp.Store, 3), does(LineOp.Atomic, 9), does(LineOp.Clwb, 3, 5000)];
    const { at } = run([[...before, does(LineOp.Atomic, 9)]]);
    const { at: fenced } = run([[...before, does(LineOp.Mfence, 0)]]);
    const both = [at, fenced].map(([times]) => times[3] - times[2]);
    expect((both[0] - both[1]) / 1000).toBeCloseTo(ATOMIC_NS, 6);
  });
});

describe('a line that', () => {
  const { Load, Store, Atomic } = LineOp;

  test.each([
    [
      'the core itself wrote',
      [
        [0, Store],
        [0, Load],
      ],
      L1_NS,
    ],
    [
      'another wrote',
      [
        [0, Store],
        [1, Load],
      ],
      TRANSFER_NS,
    ],
    [
      'another read',
      [
        [0, Load],
        [1, Load],
      ],
      FORWARD_NS,
    ],
    [
      'a third read after it was written',
      [
        [0, Store],
        [1, Load],
        [2, Load],
      ],
      LLC_NS,
    ],
    [
      'the core and another read, an atomic',
      [
        [0, Load],
        [1, Load],
        [0, Atomic],
      ],
      UPGRADE_NS,
    ],
    [
      'the core alone read, an atomic',
      [
        [0, Load],
        [0, Atomic],
      ],
      ATOMIC_NS,
    ],
    [
      'another read, an atomic',
      [
        [0, Load],
        [1, Atomic],
      ],
      FORWARD_NS,
    ],
  ] as const)('%s', (_name, steps, ns) => {
    expect(lastNs(...steps)).toBeCloseTo(ns, 6);
  });

  test('another core is still fetching comes when that has it, and a transfer later', () => {
    const { at } = run([[does(Load, 7)], [does(Load, 7, 10)], [does(Atomic, 7, 20)]]);
    expect(at[1][0] - at[0][0]).toBe(FORWARD_NS * 1000);
    expect(at[2][0] - at[1][0]).toBe(FORWARD_NS * 1000);
  });
});

test('readers of a counter hold it up, and writers of another line do not', () => {
  const counts = Array.from({ length: 60 }, () => does(LineOp.Atomic, 7, 100));
  const took = (line: number): number => {
    const reads = Array.from({ length: 60 }, () => does(LineOp.Load, line, 100));
    const [times] = run([counts, reads]).at;
    return (times[59] - times[9]) / 50_000 - 100;
  };
  expect(took(8)).toBeCloseTo(ATOMIC_NS, 6);
  expect(took(7)).toBeCloseTo(UPGRADE_NS, 0);
});

test('without states a shared line bounces between readers, with them it does not', () => {
  const script = Array.from({ length: 40 }, () => does(LineOp.Load, 7, 100));
  const [bounces, shares] = [shippedMachine('optane-100-1dimm'), machine].map((config) => {
    const [times] = run([script, script], config).at;
    return (times[21] - times[20]) / 1000 - 100;
  });
  expect(bounces).toBe(TRANSFER_NS);
  expect(shares).toBeCloseTo(L1_NS, 6);
});

test('one core alone sees the same times with states and without', () => {
  const ops = [LineOp.Load, LineOp.Store, LineOp.StreamLoad, LineOp.Clwb, LineOp.Atomic];
  const script = Array.from({ length: 2000 }, (_, i) =>
    does(ops[(i * 7) % 5], Math.imul(i, 7919) & 0xfff, i % 13),
  );
  const [plain, states] = [shippedMachine('optane-100-1dimm'), machine].map((config) =>
    run([script], config),
  );
  expect(states.at).toEqual(plain.at);
  expect(states.evictions).toEqual(plain.evictions);
  expect(NEVER).toBeGreaterThan(states.at[0][1999]);
});
