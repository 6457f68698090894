/** Cores on the other socket: what a line costs them, and what their reads leave at home. */
import { NEVER } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import type { MachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { parsedMachine, shippedMachine } from './machines.js';

const HERE = 'optane-100-6dimm';
const THERE = 'optane-100-6dimm-remote';
const ROUND_TRIP = 2 * 28 + 0.47 + 1.87;

/** One core without caches: what a request costs it, in nanoseconds, and what the home did. */
function core(config: MachineConfig) {
  const machine = { ...config, cpu: { ...config.cpu, caches: null } };
  const memory = createTimedMemory(machine, { capacityBytes: 1 << 24, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  const cost = (op: number, line = 0): number => {
    // Far enough behind the one before to find all queues empty.
    const from = request.at + 5_000_000;
    Object.assign(request, { op, line, at: from, sequence: request.sequence + 1 });
    memory.access(request);
    return (request.at - from) / 1000;
  };
  const marked = (): number => {
    const stats = memory.statistics().find(({ stage }) => stage === 'other-socket');
    return stats?.values.linesMarked ?? 0;
  };
  return { cost, marked, memory, request };
}

test('the remote machine is the local one, seen from the other socket', () => {
  const [here, there] = [parsedMachine(HERE), parsedMachine(THERE)];
  const used = (machine: Record<string, unknown>) =>
    (machine.otherSocket as { isUsed: { value: boolean } }).isUsed;
  expect([used(here).value, used(there).value]).toEqual([false, true]);
  const same = { name: '', about: '' };
  const plain = (machine: Record<string, unknown>) => ({
    ...machine,
    ...same,
    otherSocket: { ...(machine.otherSocket as object), isUsed: null },
  });
  expect(plain(there)).toEqual(plain(here));
});

describe('an idle remote core', () => {
  test('waits a round trip more for a line', () => {
    const far = core(shippedMachine(THERE));
    const near = core(shippedMachine(HERE));
    expect(far.cost(LineOp.Load, 7) - near.cost(LineOp.Load, 7)).toBeCloseTo(ROUND_TRIP, 6);
  });

  test('waits two more for an ntstore and its fence: it asks before it writes', () => {
    const [far, near] = [THERE, HERE].map((name) => {
      const { request, memory } = core(shippedMachine(name));
      request.op = LineOp.NtStore;
      memory.access(request);
      request.op = LineOp.Sfence;
      memory.access(request);
      return request.at / 1000;
    });
    const acknowledged = 4 * 28 + 3 * 0.47 + 1.87;
    expect((far ?? 0) - (near ?? 0)).toBeCloseTo(acknowledged, 6);
  });
});

describe('the home of a line', () => {
  test('marks it when it is first read from the other socket, and not again', () => {
    const far = core(shippedMachine(THERE));
    far.cost(LineOp.Load, 7);
    far.cost(LineOp.Load, 7);
    expect(far.marked()).toBe(1);
  });

  test('has it back when it was written from there', () => {
    const far = core(shippedMachine(THERE));
    far.cost(LineOp.Load, 7);
    far.cost(LineOp.NtStore, 7);
    far.cost(LineOp.Load, 7);
    expect(far.marked()).toBe(2);
  });

  test('marks a line that is asked for to be written, before it is', () => {
    const far = core(shippedMachine(THERE));
    far.cost(LineOp.NtStore, 7);
    far.cost(LineOp.Sfence);
    expect(far.marked()).toBe(1);
    far.cost(LineOp.Load, 8);
    far.cost(LineOp.NtStore, 8);
    expect(far.marked()).toBe(2);
  });

  test.each([
    ['steady', 0],
    ['none', 0],
    ['fresh', 64],
  ] as const)('as %s it marks %i of 64 lines that are only read', (value, count) => {
    const config = shippedMachine(THERE);
    const { otherSocket } = config;
    if (otherSocket === undefined) throw new Error('no other socket');
    const directory = { ...otherSocket.directory, value };
    const far = core({ ...config, otherSocket: { ...otherSocket, directory } });
    for (let line = 0; line < 64; line += 1) far.cost(LineOp.Load, line);
    expect(far.marked()).toBe(count);
  });
});

describe('the entries of the home', () => {
  const nsPerLine = (credits: number): number => {
    const config = shippedMachine(THERE);
    const { otherSocket } = config;
    if (otherSocket === undefined) throw new Error('no other socket');
    const changed = { ...otherSocket, credits: { ...otherSocket.credits, value: credits } };
    const { memory, request } = core({ ...config, otherSocket: changed });
    request.op = LineOp.StreamLoad;
    for (let line = 0; line < 4096; line += 1) {
      Object.assign(request, { line, sequence: line });
      memory.access(request);
    }
    return request.at / 1000 / 4096;
  };

  test('bound what a core has under way, as fewer fill buffers would', () => {
    expect(nsPerLine(11)).toBeCloseTo(nsPerLine(0), 6);
    expect(nsPerLine(4)).toBeGreaterThan(1.4 * nsPerLine(0));
    expect(nsPerLine(1)).toBeGreaterThan(2.5 * nsPerLine(4));
  });
});

test('a write is durable when the home accepts it, before its core knows', () => {
  const notices: number[] = [];
  const memory = createTimedMemory(shippedMachine(THERE), {
    capacityBytes: 1 << 24,
    sources: 1,
    observer: {
      lineDone: (_source, _sequence, op, _line, _left, durableAt) => {
        if (op === LineOp.NtStore) notices.push(durableAt);
      },
    },
  });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  request.op = LineOp.NtStore;
  memory.access(request);
  request.op = LineOp.Sfence;
  memory.access(request);
  const backNs = 28 + 0.47 + shippedMachine(THERE).cpu.fromControllerNs.value;
  expect((request.at - (notices[0] ?? 0)) / 1000).toBeCloseTo(backNs, 6);
  expect(memory.pendingLines()).toEqual([]);
});
