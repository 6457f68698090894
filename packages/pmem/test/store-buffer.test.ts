/** The store buffer of a core: what it lets the core do, and what it makes it wait for. */
import { NEVER } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import type { MachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { made } from './draw.js';
import { shippedMachine } from './machines.js';

const { Load, Store, NtStore, Clwb, Sfence, StreamLoad } = LineOp;
const FORWARD_CYCLES = 5;

function machine(entries: number, fillBuffers: number): MachineConfig {
  const config = shippedMachine('ddr4-contrast');
  const storeBuffer = { entries: made(entries), forwardCycles: made(FORWARD_CYCLES) };
  return { ...config, cpu: { ...config.cpu, fillBuffers: made(fillBuffers), storeBuffer } };
}

/** One core alone; each request is made when the one before is over. */
class Core {
  private readonly memory;
  private readonly request = createLineRequest(0);
  readonly cycle: number;
  private readonly durable = new Map<number, number>();

  constructor(config: MachineConfig) {
    this.cycle = Math.round(1e6 / config.cpu.coreMhz.value);
    this.memory = createTimedMemory(config, {
      capacityBytes: 1 << 24,
      sources: 1,
      observer: {
        lineDone: (_source, sequence, _op, _line, _departedAt, durableAt) => {
          this.durable.set(sequence, durableAt);
        },
      },
    });
    this.memory.horizon = NEVER;
  }

  get at(): number {
    return this.request.at;
  }

  /** How long it keeps the core, ticks. */
  ask(op: number, line = 0, from = 0, to = 64): number {
    const { request } = this;
    const start = request.at;
    request.sequence += 1;
    this.memory.access(Object.assign(request, { op, line, fromByte: from, toByte: to }));
    return request.at - start;
  }

  /** When the write of the last request was accepted; all is decided then. */
  acceptedAt(): number {
    this.memory.decideUntil(NEVER);
    return this.durable.get(this.request.sequence) ?? -1;
  }

  count(name: string): number {
    const found = this.memory.statistics().find(({ stage }) => stage === 'store-buffer');
    return found?.values[name] ?? 0;
  }
}

/** How long a load that misses keeps the core, and when a line that is stored to is there. */
const missTicks = new Core(machine(0, 1)).ask(Load, 100);

describe('a store buffer', () => {
  test('lets the core go on when no fill buffer is free', () => {
    const without = new Core(machine(0, 1));
    without.ask(Store, 1, 0, 8);
    expect(without.ask(Store, 2, 0, 8)).toBeGreaterThan(missTicks / 2);
    const core = new Core(machine(4, 1));
    for (let line = 1; line <= 4; line += 1) expect(core.ask(Store, line, 0, 8)).toBe(core.cycle);
    expect(core.count('stalls')).toBe(0);
  });

  test('that is full holds the core until the oldest store has left, and no longer', () => {
    const core = new Core(machine(2, 8));
    core.ask(Store, 1, 0, 8);
    core.ask(Store, 2, 0, 8);
    expect(core.ask(Store, 3, 0, 8)).toBe(missTicks - 2 * core.cycle + core.cycle);
    expect(core.count('stalls')).toBe(1);
    expect(core.count('stallTicks')).toBe(missTicks - 2 * core.cycle);
  });

  test('asks for the lines of its stores side by side, as far as fill buffers go', () => {
    const drained = (fillBuffers: number): number => {
      const core = new Core(machine(8, fillBuffers));
      for (let line = 1; line <= 4; line += 1) core.ask(Store, line, 0, 8);
      core.ask(Sfence);
      return core.at;
    };
    expect(drained(4)).toBeLessThan(missTicks * 1.5);
    expect(drained(1)).toBeGreaterThan(drained(4) * 2.5);
  });

  test('is left in order: a store to a line that is near waits for an older one', () => {
    const core = new Core(machine(4, 4));
    core.ask(Load, 7);
    core.ask(Store, 1, 0, 8);
    core.ask(Store, 7, 0, 8);
    const from = core.at;
    core.ask(Load, 7, 0, 16);
    expect(core.at - from).toBeGreaterThan(missTicks / 2);
    expect(core.count('blockedLoads')).toBe(1);
  });
});

describe('a load', () => {
  test('of bytes that a store holds is forwarded', () => {
    const core = new Core(machine(4, 4));
    core.ask(Store, 1, 8, 24);
    expect(core.ask(Load, 1, 8, 16)).toBe(FORWARD_CYCLES * core.cycle);
    expect(core.ask(Load, 1, 8, 24)).toBe(FORWARD_CYCLES * core.cycle);
    expect(core.count('forwards')).toBe(2);
  });

  test('takes them from the youngest store, and of two it cannot put them together', () => {
    const core = new Core(machine(4, 4));
    core.ask(Store, 1, 0, 16);
    core.ask(Store, 1, 4, 8);
    expect(core.ask(Load, 1, 4, 8)).toBe(FORWARD_CYCLES * core.cycle);
    expect(core.ask(Load, 1, 0, 8)).toBeGreaterThan(missTicks / 2);
    expect(core.count('blockedLoads')).toBe(1);
  });

  test('of other bytes of the line waits for the line only', () => {
    const core = new Core(machine(4, 4));
    core.ask(Store, 1, 0, 8);
    const waited = core.ask(Load, 1, 8, 16);
    expect(waited).toBe(missTicks - core.cycle);
    expect(core.count('blockedLoads') + core.count('forwards')).toBe(0);
  });
});

describe('behind stores in the buffer', () => {
  test('an sfence waits for all of them, though only one fill is under way', () => {
    const core = new Core(machine(4, 1));
    for (let line = 1; line <= 3; line += 1) core.ask(Store, line, 0, 8);
    expect(core.ask(Sfence)).toBeGreaterThan(missTicks * 2);
  });

  test('a clwb lets the core go on, and writes the line when the store has left', () => {
    const core = new Core(machine(4, 4));
    core.ask(Store, 1, 0, 8);
    expect(core.ask(Clwb, 1)).toBeLessThan(missTicks / 2);
    expect(core.acceptedAt()).toBeGreaterThan(missTicks);
  });

  test('an ntstore to another line overtakes them, one to the same line does not', () => {
    const acceptedAt = (line: number): number => {
      const core = new Core(machine(4, 4));
      core.ask(Store, 1, 0, 8);
      core.ask(NtStore, line);
      return core.acceptedAt();
    };
    expect(acceptedAt(2)).toBeLessThan(missTicks);
    expect(acceptedAt(1)).toBeGreaterThan(missTicks);
  });

  test('a streaming load has its turn for a fill buffer', () => {
    const core = new Core(machine(4, 1));
    core.ask(Store, 1, 0, 8);
    core.ask(Store, 2, 0, 8);
    expect(core.ask(StreamLoad, 3)).toBeGreaterThan(missTicks * 1.5);
  });
});
