/** Cores that prefetch: what comes early, what is given up, and what it costs. */
import { NEVER } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import { parseMachineConfig, type MachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { made } from './draw.js';
import { parsedMachine, shippedMachine } from './machines.js';

type Prefetch = NonNullable<MachineConfig['cpu']['prefetch']>;

const NOTHING = { nextLine: made(false), pairs: made(false), streams: made(0) };

function machine(changes: Partial<Prefetch>, isUsed = true): MachineConfig {
  const config = shippedMachine('optane-100-6dimm');
  const { prefetch } = config.cpu;
  if (prefetch === undefined) throw new Error('the machine says nothing of prefetching');
  const changed = { ...prefetch, ...changes, isUsed: { ...prefetch.isUsed, value: isUsed } };
  return { ...config, cpu: { ...config.cpu, prefetch: changed } };
}

/** One core; each access starts when the one before it is over, and `gapNs` later. */
function core(config: MachineConfig) {
  const memory = createTimedMemory(config, { capacityBytes: 1 << 26, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  const go = (op: number, line: number, gapNs = 0): number => {
    const from = request.at + gapNs * 1000;
    Object.assign(request, { op, line, at: from, sequence: request.sequence + 1 });
    memory.access(request);
    return (request.at - from) / 1000;
  };
  const figures = (): Readonly<Record<string, number>> =>
    memory.statistics().find(({ stage }) => stage === 'prefetcher')?.values ?? {};
  return { go, figures, request };
}

const IDLE_NS = 5000;
const HIT_NS = 10;

describe('a prefetched line', () => {
  test.each([
    ['the other half of 128 bytes', { pairs: made(true) }, [10], 11, 12],
    ['the line behind two in a row', { nextLine: made(true) }, [10, 11], 12, 13],
    ['what a stream leads to', { streams: made(4) }, [10, 11, 12], 13, 15],
  ] as const)('is near when it is asked for: %s', (_what, rule, asked, near, far) => {
    const { go, figures } = core(machine({ ...NOTHING, ...rule }));
    for (const line of asked) go(LineOp.Load, line, IDLE_NS);
    expect(go(LineOp.Load, far, IDLE_NS)).toBeGreaterThan(100);
    expect(go(LineOp.Load, near, IDLE_NS)).toBeLessThan(HIT_NS);
    expect(figures()).toMatchObject({ prefetchesUseful: 1, prefetchesLate: 0 });
  });

  test('that is not there yet is waited for, and for less than memory takes', () => {
    const late = core(machine({ ...NOTHING, pairs: made(true) }));
    const alone = core(machine(NOTHING));
    for (const { go } of [late, alone]) go(LineOp.StreamLoad, 10);
    const [waited, read] = [late.go(LineOp.Load, 11, 250), alone.go(LineOp.Load, 11, 250)];
    expect(waited).toBeGreaterThan(HIT_NS);
    expect(waited).toBeLessThan(read);
    expect(late.figures()).toMatchObject({ prefetchesUseful: 1, prefetchesLate: 1 });
  });

  test('never lies beyond the 4 KiB of what was asked for', () => {
    const { go, figures } = core(machine({}));
    for (let line = 0; line < 64; line += 1) go(LineOp.Load, line, IDLE_NS);
    expect(figures().prefetchesUseful).toBe(figures().prefetches);
    expect(go(LineOp.Load, 64, IDLE_NS)).toBeGreaterThan(100);
  });
});

test('a prefetch that finds fewer than two slots free is dropped', () => {
  const config = machine({ ...NOTHING, pairs: made(true), slots: made(3) });
  const { go, figures } = core(config);
  for (const line of [0, 10, 20, 30]) go(LineOp.StreamLoad, line);
  expect(figures()).toMatchObject({ prefetches: 2, prefetchesDropped: 2 });
});

test('prefetched lines push out what is used: a region of the size of the L2 hits less', () => {
  const hits = (isUsed: boolean): number => {
    const { go } = core(machine({ ...NOTHING, pairs: made(true) }, isUsed));
    let near = 0;
    // Half of the lines of 2 MiB, in all sets: as much as fits, if nobody brings the others, too.
    for (let pass = 0; pass < 2; pass += 1) {
      for (let pair = 0; pair < 32_768; pair += 2) {
        const line = pair < 16_384 ? pair : pair + 1;
        if (go(LineOp.Load, line) < HIT_NS && pass === 1) near += 1;
      }
    }
    return near;
  };
  expect(hits(true)).toBeLessThan(hits(false) / 4);
});

test('one core streams faster with prefetching than its fill buffers allow', () => {
  const nsPerLine = (isUsed: boolean): number => {
    const { go, request } = core(machine({}, isUsed));
    for (let line = 0; line < 8192; line += 1) go(LineOp.StreamLoad, line);
    return request.at / 1000 / 8192;
  };
  expect(nsPerLine(true)).toBeLessThan(nsPerLine(false) * 0.7);
});

test('a slot for the line and one for what it pushes out are the least there can be', () => {
  const parsed = parsedMachine('optane-100-6dimm') as { cpu: { prefetch: object } };
  const { cpu } = parsed;
  const prefetch = { ...cpu.prefetch, slots: made(1) };
  expect(() => parseMachineConfig({ ...parsed, cpu: { ...cpu, prefetch } }, 'it')).toThrow(/slots/);
});
