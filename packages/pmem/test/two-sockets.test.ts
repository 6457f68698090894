/** Cores on both sockets at once: what each pays for memory, and for lines of the other's. */
import { describe, expect, test } from '@jest/globals';
import { parseMachineConfig, type MachineConfig } from '../src/config.js';
import { LineOp } from '../src/memory.js';
import { runTimed } from './drive.js';
import { parsedMachine, shippedMachine } from './machines.js';
import type { ScriptedRequest } from './traffic.js';

const HERE = 'optane-100-6dimm';
const THERE = 'optane-100-6dimm-remote';
const HOP_NS = 28;
const HEADER_NS = 0.47;
const OTHER_SOCKET_NS = 114;
const { Load, Store, NtStore, Atomic } = LineOp;

/** The six modules with `here` cores beside them, and the others on the other socket. */
function machine(here: number, cached: boolean): MachineConfig {
  const config = shippedMachine(THERE);
  const { cpu, otherSocket } = config;
  const { caches } = cpu;
  if (otherSocket === undefined || caches?.coherence === undefined) throw new Error('no sockets');
  const coresHere = { value: here, source: 'made up for a test', basis: 'recalled' as const };
  const protocol = { ...caches.coherence.protocol, value: 'mesif' as const };
  const states = { ...caches, coherence: { ...caches.coherence, protocol } };
  return {
    ...config,
    cpu: { ...cpu, caches: cached ? states : null },
    otherSocket: { ...otherSocket, coresHere },
  };
}

type Step = readonly [core: number, op: number, line: number];

/** What each step takes, in nanoseconds, if all go one after the other and far apart. */
function takes(config: MachineConfig, steps: readonly Step[]) {
  const scripts: ScriptedRequest[][] = [[], []];
  const starts: number[][] = [[], []];
  const lasts: number[] = [0, 0];
  steps.forEach(([core, op, line], step) => {
    const start = (step + 1) * 50_000_000;
    scripts[core].push({ op, line, from: 0, to: 64, gap: start - lasts[core] });
    starts[core].push(start);
    lasts[core] = start;
  });
  const { at, memory } = runTimed({ config, scripts, capacityBytes: 1 << 20, hindrance: null });
  const next = [0, 0];
  const each = steps.map(([core]) => {
    const i = next[core];
    next[core] += 1;
    const before = i === 0 ? 0 : at[core][i - 1] - starts[core][i - 1];
    return (at[core][i] - starts[core][i] - before) / 1000;
  });
  const stats = memory.statistics().find(({ stage }) => stage === 'other-socket')?.values;
  return { each, snoops: stats?.snoops, marked: stats?.linesMarked };
}

test('each core pays for memory what it would if all were on its socket', () => {
  const steps = [0, 1].map((core): Step => [core, Load, 64 * core]);
  const [near, far] = takes(machine(1, false), steps).each;
  const alone = (name: string): number => {
    const config = shippedMachine(name);
    const bare = { ...config, cpu: { ...config.cpu, caches: null } };
    return takes(bare, [[0, Load, 0]]).each[0];
  };
  expect(near).toBeCloseTo(alone(HERE), 6);
  expect(far).toBeCloseTo(alone(THERE), 6);
});

describe('the home of a line that the other socket has read', () => {
  const snoop = 2 * (HOP_NS + HEADER_NS);

  test('asks it before one of its own cores may read', () => {
    const first: Step[] = [[0, Load, 0], [0, Load, 0]]; // prettier-ignore
    const plain = takes(machine(1, false), first);
    const lent = takes(machine(1, false), [[1, Load, 0], ...first]);
    expect([plain.snoops, lent.snoops, lent.marked]).toEqual([0, 2, 1]);
    expect((lent.each[2] ?? 0) - (plain.each[1] ?? 0)).toBeCloseTo(snoop, 6);
  });

  test('asks no more once one of its own cores has written it', () => {
    const steps: Step[] = [[1, Load, 0], [0, NtStore, 0], [0, Load, 0]]; // prettier-ignore
    const found = takes(machine(1, false), steps);
    expect(found.snoops).toBe(0);
  });
});

describe('a line in the caches of the other socket', () => {
  test.each([
    [
      'modified, to read',
      [
        [0, Store, 7],
        [1, Load, 7],
      ],
    ],
    [
      'modified, to write',
      [
        [1, Store, 7],
        [0, Atomic, 7],
      ],
    ],
    [
      'read, to read',
      [
        [0, Load, 7],
        [1, Load, 7],
      ],
    ],
    [
      'at hand, but read there, too, to write',
      [
        [0, Load, 7],
        [1, Load, 7],
        [0, Atomic, 7],
      ],
    ],
  ] as const)('%s: one price, whoever asks', (_name, steps) => {
    const { each } = takes(machine(1, true), steps);
    expect(each[each.length - 1]).toBeCloseTo(OTHER_SOCKET_NS, 6);
  });

  test('is shared once it was read: the next read is of an own copy', () => {
    const reads: Step[] = [[1, Load, 7], [1, Load, 7], [0, Load, 7]]; // prettier-ignore
    const { each } = takes(machine(1, true), [[0, Store, 7], ...reads]);
    expect(each[2]).toBeLessThan(5);
    expect(each[3]).toBeLessThan(5);
  });
});

test('one place for each line and cores on both sockets are refused', () => {
  const parsed = parsedMachine(THERE);
  const otherSocket = parsed.otherSocket as object;
  const coresHere = { value: 2, source: 'made up for a test', basis: 'recalled' };
  const both = { ...parsed, otherSocket: { ...otherSocket, coresHere } };
  expect(() => parseMachineConfig(both, 'both')).toThrow(/coresHere/);
});
