/** The shipped machines: what they answer when idle, and which files are refused. */
import { ConfigError, NEVER } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import { coreClock, parseMachineConfig } from '../src/config.js';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { MACHINE_NAMES, parsedMachine, shippedMachine } from './machines.js';

/** One source on a machine: what each request costs it, in nanoseconds. */
function alone(name: string, withCaches = true) {
  const config = shippedMachine(name);
  const cpu = withCaches ? config.cpu : { ...config.cpu, caches: null };
  const memory = createTimedMemory({ ...config, cpu }, { capacityBytes: 1 << 28, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  return (op: number, line = 0): number => {
    const from = request.at;
    request.op = op;
    request.line = line;
    request.sequence += 1;
    memory.access(request);
    return (request.at - from) / 1000;
  };
}

/** Mean cost of the second pass over `lines` lines, far apart from each other in order. */
function chase(name: string, lines: number, step: number): number {
  const cost = alone(name, false);
  let total = 0;
  for (let i = 0; i < lines * 2; i += 1) {
    const each = cost(LineOp.Load, (i * step) % lines);
    if (i >= lines) total += each;
  }
  return total / lines;
}

const NAME = 'optane-100-1dimm';

describe('an idle 100-series module', () => {
  test.each([
    ['within the RMW buffer', 256, 5, 160, 12],
    ['within the AIT buffer', 131_072, 4099, 305, 10],
    ['beyond it', 393_216, 4099, 365, 10],
  ])('a load %s takes what was measured', (_where, lines, step, measured, percent) => {
    const found = chase(NAME, lines, step);
    expect(Math.abs(found - measured) / measured).toBeLessThan(percent / 100);
  });

  test('sequential loads from buffered blocks take about 169 ns', () => {
    expect(Math.abs(chase(NAME, 131_072, 1) - 169) / 169).toBeLessThan(0.12);
  });

  test.each([
    ['past all caches', false, 90],
    ['where a cache may hold the line', true, 125],
  ])('ntstore and sfence %s take what was measured', (_where, withCaches, measured) => {
    const cost = alone(NAME, withCaches);
    const total = cost(LineOp.NtStore, 5) + cost(LineOp.Sfence);
    expect(Math.abs(total - measured) / measured).toBeLessThan(0.05);
  });

  test('store, clwb and sfence of a cached line take about 62 ns', () => {
    const cost = alone(NAME);
    cost(LineOp.Load, 5);
    const total = cost(LineOp.Store, 5) + cost(LineOp.Clwb, 5) + cost(LineOp.Sfence);
    expect(Math.abs(total - 62) / 62).toBeLessThan(0.05);
  });
});

describe('machine files', () => {
  test.each(MACHINE_NAMES)('%s is accepted, and its core clock is within 0.5 %%', (name) => {
    expect(shippedMachine(name).name).toBe(name);
    expect(Math.abs(coreClock(shippedMachine(name)).relativeError)).toBeLessThan(0.005);
  });

  /** The shipped file with the value at `path` replaced, or removed if `value` is undefined. */
  const broken = (path: string, value: unknown) => () => {
    const parsed = parsedMachine(NAME);
    const names = path.split('.');
    const last = names.pop() ?? '';
    let place = parsed;
    for (const name of names) place = place[name] as Record<string, unknown>;
    if (value === undefined) Reflect.deleteProperty(place, last);
    else place[last] = value;
    return parseMachineConfig(parsed, 'file');
  };
  const { stages } = parsedMachine(NAME) as { stages: readonly unknown[] };

  test.each<[string, string, unknown, RegExp]>([
    ['a figure without a source', 'cpu.toControllerNs.source', undefined, /toControllerNs/],
    ['a fitted figure without its target', 'cpu.toControllerNs.fittedTo', undefined, /fitted/],
    ['an unknown field', 'cpu.turbo', true, /cpu/],
    ['a stage where it does not fit', 'stages', [...stages].reverse(), /stages\[0\]/],
    ['a list of stages that ends too early', 'stages', stages.slice(0, 2), /ends too early/],
    ['a drain mark above the queue', 'controller.drainAbove.value', 9, /drainAbove/],
    ['crossed drain marks', 'controller.drainDownTo.value', 6, /drainDownTo/],
    ['ways that do not fit', 'cpu.caches.l1.ways.value', 7, /l1\.ways/],
  ])('%s is refused by name', (_what, path, value, where) => {
    expect(broken(path, value)).toThrow(ConfigError);
    expect(broken(path, value)).toThrow(where);
  });

  test('a clock that cannot be kept to whole picoseconds is refused', () => {
    const config = shippedMachine(NAME);
    const coreMhz = { ...config.cpu.coreMhz, value: 66_000 };
    expect(() => coreClock({ ...config, cpu: { ...config.cpu, coreMhz } })).toThrow(ConfigError);
  });
});
