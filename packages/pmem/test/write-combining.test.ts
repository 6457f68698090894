/** Write-combining buffers: what leaves a core that stores parts of lines past its caches. */
import { NEVER } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import { parseMachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { made } from './draw.js';
import { parsedMachine, shippedMachine } from './machines.js';

const { Load, NtStore, Sfence } = LineOp;

/** A core before a BAR with `open` write-combining buffers; 0: none. */
function core(open: number) {
  const config = shippedMachine('pci-bar-gen3x8');
  const wcBuffers = open === 0 ? {} : { wcBuffers: made(open) };
  const cpu = { ...config.cpu, caches: null, ...wcBuffers };
  const memory = createTimedMemory({ ...config, cpu }, { capacityBytes: 1 << 26, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  return {
    memory,
    ask(op: number, line = 0, fromByte = 0, toByte = 64): void {
      request.sequence += 1;
      memory.access(Object.assign(request, { op, line, fromByte, toByte }));
    },
    /** Packets on the link, when all that is closed has left. */
    packets(): number {
      memory.decideUntil(NEVER);
      request.at += 1_000_000;
      const link = memory.statistics().find(({ stage }) => stage === 'link');
      return link?.values.packetsDown ?? -1;
    },
  };
}

/** Stores [from, to) of a line by eight bytes. */
function storeBy8(ask: ReturnType<typeof core>['ask'], line: number, from = 0, to = 64): void {
  for (let byte = from; byte < to; byte += 8) ask(NtStore, line, byte, byte + 8);
}

test('eight stores of eight bytes leave as one packet, and without the buffers as eight', () => {
  const [combining, plain] = [core(4), core(0)];
  storeBy8(combining.ask, 1);
  storeBy8(plain.ask, 1);
  expect([combining.packets(), plain.packets()]).toEqual([1, 8]);
});

test('a buffer that is not full waits, and a fence sends off its pieces', () => {
  const { ask, packets, memory } = core(4);
  storeBy8(ask, 1, 8, 32);
  expect(packets()).toBe(0);
  expect(memory.pendingLines()).toEqual([{ line: 1, units: 3 }]);
  ask(Sfence);
  expect(packets()).toBe(3);
  expect(memory.pendingLines()).toEqual([]);
});

test('one buffer more than there are sends off the oldest', () => {
  const { ask, packets } = core(2);
  for (const line of [1, 2]) ask(NtStore, line, 0, 8);
  expect(packets()).toBe(0);
  ask(NtStore, 3, 0, 8);
  expect(packets()).toBe(1);
  // Line 2 is still open and line 1 is not.
  ask(NtStore, 2, 8, 16);
  expect(packets()).toBe(1);
  ask(NtStore, 1, 8, 16);
  expect(packets()).toBe(3);
});

test('a load of the line sends off its buffer and no other', () => {
  const { ask, packets } = core(4);
  for (const line of [1, 2]) ask(NtStore, line, 0, 8);
  ask(Load, 1);
  // The store, and the request of the load.
  expect(packets()).toBe(2);
});

test('as many as all fill buffers are refused', () => {
  const parsed = parsedMachine('pci-bar-gen3x8') as { cpu: { fillBuffers: { value: number } } };
  const wcBuffers = made(parsed.cpu.fillBuffers.value);
  const cpu = { ...parsed.cpu, wcBuffers };
  expect(() => parseMachineConfig({ ...parsed, cpu }, 'bar')).toThrow(/less than fillBuffers/);
});
