/**
 * Tags, and the bits that say what they hold, against lists of lines, newest first: the same place
 * and the same line that falls out after each request, whatever the shapes of the caches.
 */
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { CacheLevel } from '../src/timed/cache-level.js';
import { Caches, Found } from '../src/timed/caches.js';
import { HeldLines } from '../src/timed/held-lines.js';
import { CacheModel, type Target } from './reference/cache-model.js';

const DEVICE_LINES_MAX = 0x80000000;
const KIB_LINES = 16;
const TARGETS: readonly Target[] = ['l1', 'l2', 'llc'];
const PLACES: Readonly<Record<string, number>> = {
  l1: Found.L1,
  l2: Found.L2,
  llc: Found.Llc,
  other: Found.OtherCore,
  memory: Found.Memory,
};

/** Ways that need not be a power of two, nor the sets. */
const shape = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 2, 3, 4, 6, 8, 11, 12, 16))
  .filter(([kib, ways]) => (kib * KIB_LINES) % ways === 0)
  .map(([kib, ways]) => ({ capacityKib: { value: kib }, ways: { value: ways } }));

const step = fc.record({
  kind: fc.constantFrom('use', 'use', 'use', 'flush', 'ahead'),
  core: fc.integer({ min: 0, max: 2 }),
  line: fc.integer({ min: 0, max: 700 }),
  isSet: fc.boolean(),
  target: fc.integer({ min: 0, max: 2 }),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function cachesOf(cores: number, [l1, l2, llc]: readonly Shape[], lines: number): Caches {
  const of = ({ capacityKib, ways }: Shape) => ({
    capacityBytes: capacityKib.value * 1024,
    ways: ways.value,
  });
  return new Caches(cores, of(l1), of(l2), of(llc), lines);
}

test('a line is found where lists of lines have it, and the same one falls out', () => {
  const runs = fc.record({
    shapes: fc.tuple(shape, shape, shape),
    cores: fc.integer({ min: 1, max: 3 }),
    device: fc.constantFrom(1000, 300_000, DEVICE_LINES_MAX),
    steps: fc.array(step, { minLength: 200, maxLength: 500 }),
  });
  const check = fc.property(runs, ({ shapes, cores, device, steps }) => {
    const caches = cachesOf(cores, shapes, device);
    const [l1, l2, llc] = shapes;
    const model = new CacheModel(cores, { l1, l2, llc } as never);
    for (const { kind, core: drawn, line: offset, isSet, target } of steps) {
      const core = drawn % cores;
      const line = device - 1 - offset;
      if (kind === 'flush') {
        expect(caches.flush(line, isSet)).toBe(model.flush(line, isSet));
      } else if (kind === 'ahead') {
        const { place, evicted } = model.fetchAhead(core, line, TARGETS[target]);
        const found = caches.fetchAhead(core, line, target);
        if (place === 'near') expect(found <= target || found === Found.OtherCore).toBe(true);
        else expect(found).toBe(PLACES[place]);
        expect(caches.writtenBack).toBe(evicted);
      } else {
        const { place, evicted } = model.use(core, line, isSet);
        expect(caches.use(core, line, isSet)).toBe(PLACES[place]);
        expect(caches.writtenBack).toBe(evicted[0] ?? -1);
      }
    }
  });
  fc.assert(check, { numRuns: 40, seed: 7 });
});

test('the last line of a device of 128 GiB is clean until it is written', () => {
  const last = DEVICE_LINES_MAX - 1;
  const level = new CacheLevel(1024, 4, DEVICE_LINES_MAX);
  expect(level.insert(last, false)).toBe(0);
  expect(level.use(last, false)).toBe(true);
  for (let i = 1; i < 4; i += 1) expect(level.insert(last - i * 4, false)).toBe(0);
  expect(level.insert(last - 16, false)).toBe(last + 1);
  level.insert(last, true);
  for (let i = 1; i < 4; i += 1) level.insert(last - i * 4, false);
  expect(level.insert(last - 16, false)).toBe(-last - 1);
});

test('what is held of many parts of a device is held apart', () => {
  const held = new HeldLines(DEVICE_LINES_MAX);
  const lines = Array.from({ length: 40 }, (_, i) => i * 53_687_091 + i);
  for (const line of lines) expect(held.add(line)).toBe(true);
  for (const line of lines) {
    expect(held.add(line)).toBe(false);
    expect(held.has(line + 1)).toBe(false);
    held.remove(line);
    expect(held.has(line)).toBe(false);
  }
});
