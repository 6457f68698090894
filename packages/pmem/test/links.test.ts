/** Machines behind links and DRAM by its commands: what their rules cost an idle core. */
import { describe, expect, test } from '@jest/globals';
import { NEVER } from '@daxsim/sim';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { shippedMachine } from './machines.js';

/** One source past all caches: when it goes on after a request, `gap` after the one before. */
function core(name: string) {
  const config = shippedMachine(name);
  const cpu = { ...config.cpu, caches: null };
  const memory = createTimedMemory({ ...config, cpu }, { capacityBytes: 1 << 26, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  return (op: number, line = 0, gap = 0, bytes = 64): number => {
    const from = request.at + gap * 1000;
    Object.assign(request, { op, line, at: from, toByte: bytes });
    request.sequence += 1;
    memory.access(request);
    return (request.at - from) / 1000;
  };
}

describe('a BAR behind a link', () => {
  test('a load pushes the writes before it ahead of it', () => {
    const alone = core('pci-bar-gen3x8')(LineOp.Load, 500);
    const ask = core('pci-bar-gen3x8');
    for (let line = 0; line < 32; line += 1) ask(LineOp.NtStore, line);
    // A core is no more packets ahead of the wire than it has fill buffers: 11, of 90 bytes each.
    const behind = ask(LineOp.Load, 500) - alone;
    expect(behind).toBeGreaterThan((8 * 90) / 7.88);
    expect(behind).toBeLessThan((13 * 90) / 7.88);
  });

  test('a write-combining buffer that is not full leaves in pieces', () => {
    const rate = (bytes: number): number => {
      const ask = core('pci-bar-gen3x8');
      let total = 0;
      for (let line = 0; line < 2000; line += 1) total += ask(LineOp.NtStore, line, 0, bytes);
      return total / 2000;
    };
    // A header for each 8 bytes instead of one: 7 and 4 packets of 34 bytes instead of one of 90.
    expect(rate(56) / rate(64)).toBeCloseTo((7 * 34) / 90, 1);
    expect(rate(32) / rate(64)).toBeCloseTo((4 * 34) / 90, 1);
    expect(rate(8)).toBeLessThan(rate(64));
  });

  test.each([
    ['pci-bar-gen3x8', 7.88],
    ['pci-bar-gen4x8', 15.75],
    ['pci-bar-gen5x8', 31.5],
  ])('%s writes at the rate of its wires, or as fast as a core can', (name, bytesPerNs) => {
    const ask = core(name);
    let total = 0;
    for (let line = 0; line < 4000; line += 1) total += ask(LineOp.NtStore, line);
    const wire = 90 / bytesPerNs;
    expect(total / 4000).toBeGreaterThan(wire * 0.96);
    expect(total / 4000).toBeLessThan(Math.max(wire * 1.05, 9));
  });
});

describe('an NVDIMM-N', () => {
  const LOADS = 600;

  test('a load takes what its row asks for: open, closed, or another one open', () => {
    const ask = core('nvdimm-n');
    const costs = new Set<number>();
    for (let i = 0; i < LOADS; i += 1) costs.add(ask(LineOp.Load, (i * 7919) % 100_000, 90));
    const least = Math.min(...costs);
    const steps = [...costs].map((cost) => Math.round((cost - least) * 100) / 100);
    expect(steps).toEqual(expect.arrayContaining([0, 14.25]));
    const sequential = core('nvdimm-n');
    sequential(LineOp.Load, 0);
    expect(sequential(LineOp.Load, 1)).toBeCloseTo(least - 14.25, 6);
  });

  test('a refresh now and then holds a load up, never longer than it takes', () => {
    const ask = core('nvdimm-n');
    const costs = Array.from({ length: LOADS }, () => ask(LineOp.Load, 3, 60));
    const least = Math.min(...costs);
    const late = costs.filter((cost) => cost > least + 20);
    expect(late.length).toBeGreaterThan(2);
    expect(late.length).toBeLessThan(LOADS / 20);
    expect(Math.max(...costs)).toBeLessThan(least + 350.25 + 14.3);
  });
});
