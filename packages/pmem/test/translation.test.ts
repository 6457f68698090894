/** Where a core's time goes before it can ask for a line, and what a host has to do with it. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, NEVER } from '@daxsim/sim';
import { parseMachineConfig, type MachineConfig } from '../src/config.js';
import { FaultOverlay } from '../src/faults/fault-overlay.js';
import { LineOp, LineStatus, createLineRequest, type Memory } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { StateSpace } from '@daxsim/sim';
import { parsedMachine, shippedMachine } from './machines.js';

const MIB = 2 ** 20;
const LINES_PER_PAGE = 64;

/** The shipped machine without caches, so that a load costs what its page and the device cost. */
function machine(name: string, pageKib: number): MachineConfig {
  const config = shippedMachine(name);
  const translation = structuredClone(config.cpu.translation)!;
  Object.assign(translation.pageKib, { value: pageKib });
  return { ...config, cpu: { ...config.cpu, caches: null, translation } };
}

function memoryOf(config: MachineConfig, capacityBytes = 256 * MIB) {
  const memory = createTimedMemory(config, { capacityBytes, sources: 1 });
  memory.horizon = NEVER;
  return memory;
}

/** Figures of translation after loads of these lines, one after another. */
function translated(config: MachineConfig, lines: readonly number[]): Record<string, number> {
  const memory = memoryOf(config);
  const request = createLineRequest(0);
  for (const line of lines) load(memory, request, line);
  const found = memory.statistics().find(({ stage }) => stage === 'translation');
  return { at: request.at, ...found?.values };
}

function load(memory: Memory, request: ReturnType<typeof createLineRequest>, line: number): void {
  request.op = LineOp.Load;
  request.line = line;
  request.sequence += 1;
  memory.access(request);
}

const pages = (count: number, passes = 1): number[] =>
  Array.from({ length: count * passes }, (_, i) => (i % count) * LINES_PER_PAGE);

describe('pages of 4 KiB', () => {
  const config = machine('optane-100-1dimm', 4);

  test('that both TLBs hold are walked to once, beyond that on every pass', () => {
    expect(translated(config, pages(64, 4))).toMatchObject({ pageWalks: 64, tlbSecondHits: 0 });
    expect(translated(config, pages(1536, 3)).pageWalks).toBe(1536);
    expect(translated(config, pages(1536, 3)).tlbSecondHits).toBe(2 * 1536);
    expect(translated(config, pages(3072, 3)).pageWalks).toBe(3 * 3072);
  });

  test('next to each other cost one line of the table in eight', () => {
    const { translationTicks } = translated(config, pages(4096));
    const cycle = 455;
    const walks = 4096 * (9 + 14) * cycle;
    const upper = 8 * 3 * 14 * cycle;
    const far = (4096 / 8) * (85_000 - 14 * cycle);
    expect(translationTicks).toBe(walks + upper + far);
  });
});

test('the larger the pages, the less time goes into finding them; 0 takes none', () => {
  const lines = Array.from({ length: 1500 }, (_, i) => ((i * 7919) % 65_536) * LINES_PER_PAGE);
  const [none, huge, large, small] = [0, 1_048_576, 2048, 4].map(
    (kib) => translated(machine('optane-100-1dimm', kib), lines).at,
  );
  expect(none).toBeLessThan(huge);
  expect(huge).toBeLessThan(large);
  expect(large * 1.1).toBeLessThan(small);
});

describe('a window', () => {
  const config = machine('virtio-window', 4);
  const ns = (lines: readonly number[]): number => translated(config, lines).at / 1000;

  test('has its pages put there by the host when they are first used, and only then', () => {
    const first = ns([0]);
    const again = ns([0, 1]) - first;
    expect(first - again).toBeGreaterThan(2500);
    expect(translated(config, pages(100, 3)).hostMaps).toBe(100);
  });

  test('walks tables of guest and host for a page that nobody knows any more', () => {
    const bare = machine('optane-100-6dimm', 4);
    const lines = pages(4096, 2);
    const inGuest = translated(config, lines).translationTicks - 4096 * 2_500_000;
    expect(inGuest).toBeGreaterThan(1.8 * translated(bare, lines).translationTicks);
  });

  test('whose host takes a page away fails there; given back, the page is mapped anew', () => {
    const memory = memoryOf(config);
    const overlay = new FaultOverlay(memory, {
      space: new StateSpace(),
      queueLines: 1,
      durable: (line, into) => {
        memory.durableLine(line, into);
      },
    });
    const maps = (): number | undefined =>
      memory.statistics().find(({ stage }) => stage === 'translation')?.values.hostMaps;
    const request = createLineRequest(0);
    for (const line of [0, 64, 65]) load(overlay, request, line);
    expect(maps()).toBe(2);
    overlay.takeBacking(65);
    load(overlay, request, 65);
    expect(request.status).toBe(LineStatus.Absent);
    load(overlay, request, 0);
    expect(request.status).toBe(LineStatus.Ok);
    expect(maps()).toBe(2);
    overlay.laid.growBacking(65);
    load(overlay, request, 65);
    expect(request.status).toBe(LineStatus.Ok);
    expect(maps()).toBe(3);
  });

  test('with pages that take no time, or of a size without a TLB, is refused', () => {
    for (const kib of [0, 12]) {
      const parsed = parsedMachine('virtio-window') as { cpu: { translation: object } };
      Object.assign(parsed.cpu.translation, {
        pageKib: { value: kib, source: 'a test', basis: 'recalled' },
      });
      expect(() => parseMachineConfig(parsed, 'a file')).toThrow(ConfigError);
    }
  });
});
