/** An uncached mapping of a BAR: what a core's stores and loads wait for, and what they send. */
import { NEVER } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import { parseMachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { made } from './draw.js';
import { parsedMachine, shippedMachine } from './machines.js';

const { Load, Store, NtStore, DirectStore, Clwb, Sfence, Mfence } = LineOp;

/** What a core takes to hear that a store was accepted: 38 ns there, 25 back, a packet of 34 B. */
const WAY = 38 + 25;
const PACKET = 34 / 7.88;

/** A core before a BAR; answers what requests take, in nanoseconds. */
function core(mapping: 'wc' | 'uc', wcBuffers = 0) {
  const config = shippedMachine('pci-bar-gen3x8');
  const buffers = wcBuffers === 0 ? {} : { wcBuffers: made(wcBuffers) };
  const cpu = { ...config.cpu, caches: null, mapping: made(mapping), ...buffers };
  const memory = createTimedMemory({ ...config, cpu }, { capacityBytes: 1 << 26, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  const ask = (op: number, line = 0, fromByte = 0, toByte = 64): number => {
    const from = request.at;
    request.sequence += 1;
    memory.access(Object.assign(request, { op, line, fromByte, toByte }));
    return (request.at - from) / 1000;
  };
  const rest = (): void => {
    request.at += 1_000_000;
  };
  const packets = (): number => {
    memory.decideUntil(NEVER);
    return memory.statistics().find(({ stage }) => stage === 'link')?.values.packetsDown ?? -1;
  };
  const storeBy8 = (op: number): number => {
    let total = 0;
    for (let byte = 0; byte < 64; byte += 8) total += ask(op, 1, byte, byte + 8);
    return total;
  };
  return { memory, ask, rest, packets, storeBy8 };
}

test.each([
  ['a store', Store],
  ['an ntstore', NtStore],
])('%s of eight bytes is a packet of its own, and eight take eight ways', (_name, op) => {
  const { ask, packets, storeBy8 } = core('uc');
  const total = storeBy8(op) + ask(Sfence);
  expect(packets()).toBe(8);
  expect(total).toBeGreaterThanOrEqual(8 * WAY);
  expect(total).toBeLessThan(8 * (WAY + 2 * PACKET));
});

test('write-combining makes one packet of them', () => {
  const { ask, packets, storeBy8 } = core('wc', 4);
  const total = storeBy8(NtStore) + ask(Sfence);
  expect(packets()).toBe(1);
  expect(total).toBeLessThan(3 * WAY);
});

test('a store of a line takes what its eight pieces take', () => {
  const [whole, pieces] = [core('uc'), core('uc')];
  const atOnce = whole.ask(Store) + whole.ask(Mfence);
  const oneByOne = pieces.storeBy8(Store) + pieces.ask(Mfence);
  expect(whole.packets()).toBe(8);
  expect(atOnce / oneByOne).toBeCloseTo(1, 1);
});

test('a store keeps its core no longer than its issue, and the load behind it waits for it', () => {
  const { ask, rest } = core('uc');
  ask(Load, 500);
  const alone = ask(Load, 500);
  rest();
  expect(ask(Store, 501, 0, 8)).toBeLessThan(1);
  const behind = ask(Load, 500);
  expect(behind - alone).toBeGreaterThan(WAY - 1);
  expect(behind - alone).toBeLessThan(WAY + 2 * PACKET);
});

test('a load behind a write-combining store goes at once', () => {
  const { ask, rest } = core('wc');
  ask(Load, 500);
  const alone = ask(Load, 500);
  rest();
  ask(NtStore, 501, 0, 8);
  expect(ask(Load, 500) - alone).toBeLessThan(WAY / 2);
});

test('a store is not under way before the one that it follows is durable', () => {
  const { ask, memory } = core('uc');
  ask(Store, 1, 0, 8);
  expect(memory.pendingLines()).toEqual([{ line: 1, units: 1 }]);
  ask(Store, 2, 0, 8);
  expect(memory.pendingLines()).toEqual([{ line: 2, units: 1 }]);
});

test('a movdir64b is one packet and waits for nothing', () => {
  const { ask, packets } = core('uc');
  ask(Store, 1, 0, 8);
  expect(ask(DirectStore, 2)).toBeLessThan(1);
  expect(packets()).toBe(2);
});

test('a flush sends nothing', () => {
  const { ask, packets } = core('uc');
  ask(Store, 1, 0, 8);
  expect(ask(Clwb, 1)).toBeLessThan(1);
  expect(packets()).toBe(1);
});

test('what would hold stores back is refused', () => {
  const parsed = parsedMachine('pci-bar-gen3x8') as { cpu: object };
  const withCpu = (cpu: object) => () =>
    parseMachineConfig({ ...parsed, cpu: { ...parsed.cpu, mapping: made('uc'), ...cpu } }, 'bar');
  expect(withCpu({})).toThrow(/uc, and caches/);
  expect(withCpu({ caches: null, wcBuffers: made(2) })).toThrow(/write-combining/);
  expect(withCpu({ caches: null })).not.toThrow();
});
