/**
 * Power loss between operations on one mapped file. A model keeps for each byte what it is and what
 * it may be afterwards; bytes of other files and of free blocks would show as `STALE`.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Prng } from '@daxsim/sim';
import { FallocMode, MapFlag, fsck } from '../../src/index.js';
import { MappedFixture, PAGE, SHARED_WRITABLE } from './mapped-fixture.js';

const PAGES = 4;
const BYTES = PAGES * PAGE;

type Action =
  | { readonly kind: 'store' | 'write' | 'syncedStore'; readonly from: number; readonly to: number }
  | { readonly kind: 'punch' | 'msync'; readonly from: number; readonly to: number }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'fsync' };

const range = fc
  .tuple(fc.nat(BYTES - 1), fc.integer({ min: 1, max: 2 * PAGE }))
  .map(([from, length]) => ({ from, to: Math.min(from + length, BYTES) }));
const pages = fc
  .tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: PAGES }))
  .map(([from, count]) => ({ from: from * PAGE, to: Math.min(from + count, PAGES) * PAGE }));
const action: fc.Arbitrary<Action> = fc.oneof(
  range.map((r) => ({ kind: 'store' as const, ...r })),
  range.map((r) => ({ kind: 'write' as const, ...r })),
  range.map((r) => ({ kind: 'syncedStore' as const, ...r })),
  range.map((r) => ({ kind: 'punch' as const, ...r })),
  pages.map((r) => ({ kind: 'msync' as const, ...r })),
  fc.nat(BYTES).map((size) => ({ kind: 'truncate' as const, size })),
  fc.constant({ kind: 'fsync' as const }),
);

/**
 * Per byte: what it is, and everything that it may be after a power loss. Beyond the end is zero.
 */
class Model {
  size = BYTES;
  readonly now = new Uint8Array(BYTES);
  /** Bit v: the byte may be v. Writes are numbered below 31. */
  private readonly maybe = new Int32Array(BYTES).fill(1);

  put(from: number, to: number, value: number): void {
    for (let at = from; at < to; at += 1) {
      this.now[at] = value;
      this.maybe[at] |= 1 << value;
    }
  }

  /** After a sync only the present byte is left. */
  settle(from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.maybe[at] = 1 << this.now[at];
  }

  allows(at: number, value: number): boolean {
    return value < 31 && (this.maybe[at] & (1 << value)) !== 0;
  }
}

type Knobs = { readonly [knob: string]: string };

class Run {
  readonly fs: MappedFixture;
  readonly model = new Model();
  private readonly handle: number;
  private readonly mapping: number;
  private readonly syncMapping: number;
  private source = 0;

  constructor(knobs: Knobs) {
    this.fs = new MappedFixture({ knobs });
    this.handle = this.fs.open('/f');
    this.fs.run('ftruncate', { handle: this.handle, length: BYTES });
    this.mapping = this.fs.mmap(this.handle, PAGES, 0, SHARED_WRITABLE);
    const flags = MapFlag.Read | MapFlag.Write | MapFlag.Sync;
    this.syncMapping = this.fs.mmap(this.handle, PAGES, 0, flags);
    this.fs.run('fsync', { handle: this.handle });
  }

  act(action: Action): void {
    const { fs, model, handle, mapping } = this;
    switch (action.kind) {
      case 'store':
        this.store(mapping, action.from, action.to, 0);
        return;
      case 'syncedStore':
        this.store(this.syncMapping, action.from, action.to, 1);
        return;
      case 'write':
        this.source += 1;
        fs.write(handle, action.from, action.to - action.from, this.source);
        model.put(action.from, action.to, this.source);
        model.size = Math.max(model.size, action.to);
        return;
      case 'punch': {
        const flags = FallocMode.PunchHole + FallocMode.KeepSize;
        const length = action.to - action.from;
        fs.run('fallocate', { handle, offset: action.from, length, flags });
        model.put(action.from, action.to, 0);
        return;
      }
      case 'truncate':
        fs.run('ftruncate', { handle, length: action.size });
        model.put(Math.min(action.size, model.size), BYTES, 0);
        model.size = action.size;
        return;
      case 'msync':
        fs.msync(mapping, action.from, action.to - action.from);
        model.settle(action.from, action.to);
        return;
      default:
        fs.run('fsync', { handle });
        model.settle(0, BYTES);
    }
  }

  /** Stores inside the file only: what a store beyond its end does is another test's. */
  private store(mapping: number, from: number, to: number, flags: number): void {
    const end = Math.min(to, this.model.size);
    if (from >= end) return;
    this.source += 1;
    this.fs.store(mapping, from, end - from, this.source, flags);
    this.model.put(from, end, this.source);
    if (flags !== 0) this.model.settle(from, end);
  }
}

/** Runs the actions, cuts the power, and says what is wrong afterwards, or null. */
function wrongAfter(actions: readonly Action[], seed: number, knobs: Knobs): string | null {
  const run = new Run(knobs);
  for (const each of actions) run.act(each);
  const prng = new Prng(seed);
  const after = run.fs.afterPowerLoss((_line, units) => prng.below(units + 1));
  const problems = fsck(after.memory);
  if (problems.length > 0) return JSON.stringify(problems);
  const bytes = after.read(after.open('/f'), 0, BYTES);
  for (let at = 0; at < BYTES; at += 1) {
    const value = bytes[at] ?? 0;
    if (run.model.allows(at, value)) continue;
    return `byte ${at} is ${value}`;
  }
  return null;
}

function cuts(knobs: Knobs) {
  return fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), fc.nat(), (actions, seed) =>
    expect(wrongAfter(actions, seed, knobs)).toBe(null),
  );
}

describe('after a power loss at any moment between operations', () => {
  test('every byte is what was synced, or something written later, and the media is whole', () => {
    fc.assert(cuts({}), { numRuns: 40 });
  });

  test.each([{ logForceFlush: 'skip' }, { blockZeroing: 'never' }])(
    'the same check finds the planted defect %j',
    (knobs) => {
      expect(fc.check(cuts(knobs), { numRuns: 100, endOnFailure: true }).failed).toBe(true);
    },
  );
});
