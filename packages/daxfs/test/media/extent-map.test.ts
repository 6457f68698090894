/** The extent map against one entry per block, and trees of thousands of extents. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fsck } from '../../src/media/fsck.js';
import { FILE_BLOCKS_LIMIT } from '../../src/media/extent-map.js';
import { InodeWord } from '../../src/media/inode-table.js';
import { ExtentState, MediaOutcome } from '../../src/media/outcome.js';
import { LogNeed } from '../../src/media/volume.js';
import { MediaFixture } from './media-fixture.js';

const FILE_BLOCKS = 64;

interface Mapped {
  readonly block: number;
  readonly unwritten: boolean;
}

/** The map as a naive model has it: one entry per block. */
class Model {
  readonly blocks = new Map<number, Mapped>();

  /** What differs from the fixture's map, or nothing. */
  difference(fixture: MediaFixture, inode: number): string {
    const { extents } = fixture.volume;
    for (let at = 0; at < FILE_BLOCKS; at += 1) {
      const mapped = this.blocks.get(at);
      const state = extents.lookup(inode, at);
      if (state !== stateOf(mapped)) return `state ${String(state)} of ${String(at)}`;
      if (mapped !== undefined && extents.block !== mapped.block) return `block of ${String(at)}`;
      for (let i = 0; i < Math.min(extents.length, FILE_BLOCKS - at); i += 1) {
        if (stateOf(this.blocks.get(at + i)) !== state) return `length at ${String(at)}`;
      }
    }
    return '';
  }
}

function stateOf(mapped: Mapped | undefined): number {
  if (mapped === undefined) return ExtentState.Hole;
  return mapped.unwritten ? ExtentState.Unwritten : ExtentState.Written;
}

const operation = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'convert', 'unconvert', 'remove', 'split', 'collapse'),
  from: fc.integer({ min: 0, max: FILE_BLOCKS - 1 }),
  length: fc.integer({ min: 1, max: 12 }),
  unwritten: fc.boolean(),
  extents: fc.integer({ min: 1, max: 3 }),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function apply(fixture: MediaFixture, inode: number, model: Model, op: Operation): void {
  const { extents } = fixture.volume;
  const end = Math.min(op.from + op.length, FILE_BLOCKS);
  if (op.kind === 'insert') insert(fixture, inode, model, op, end);
  else if (op.kind === 'remove') {
    let outcome: number = MediaOutcome.More;
    while (outcome === MediaOutcome.More) {
      outcome = fixture.commit(() => extents.remove(inode, op.from, end, op.extents));
    }
    expect(outcome).toBe(MediaOutcome.Done);
    for (let at = op.from; at < end; at += 1) model.blocks.delete(at);
  } else if (op.kind === 'split') {
    expect(fixture.commit(() => extents.splitAt(inode, op.from))).toBe(MediaOutcome.Done);
    if (extents.lookup(inode, op.from) !== ExtentState.Hole) expect(extents.start).toBe(op.from);
  } else if (op.kind === 'collapse') collapse(fixture, inode, model, op.from, end);
  else {
    const unwritten = op.kind === 'unconvert';
    let outcome: number = MediaOutcome.More;
    while (outcome === MediaOutcome.More) {
      outcome = fixture.commit(() =>
        unwritten
          ? extents.unconvert(inode, op.from, end - op.from)
          : extents.convert(inode, op.from, end - op.from),
      );
    }
    for (let at = op.from; at < end; at += 1) {
      const mapped = model.blocks.get(at);
      if (mapped !== undefined) model.blocks.set(at, { block: mapped.block, unwritten });
    }
  }
}

function insert(f: MediaFixture, inode: number, model: Model, op: Operation, end: number): void {
  let length = 0;
  while (op.from + length < end && !model.blocks.has(op.from + length)) length += 1;
  if (length === 0) return;
  const { allocator, extents } = f.volume;
  const got = allocator.reserve(0, length, 1);
  const block = allocator.reservedBlock;
  const outcome = f.commit(() => extents.insert(inode, op.from, block, got, op.unwritten));
  expect(outcome).toBe(MediaOutcome.Done);
  for (let i = 0; i < got; i += 1) {
    model.blocks.set(op.from + i, { block: block + i, unwritten: op.unwritten });
  }
}

function collapse(f: MediaFixture, inode: number, model: Model, from: number, end: number): void {
  const { extents } = f.volume;
  apply(f, inode, model, {
    kind: 'remove',
    from,
    length: end - from,
    unwritten: false,
    extents: 2,
  });
  f.commit(() => extents.splitAt(inode, end));
  let cursor = end;
  while (f.commit(() => extents.shift(inode, end, from - end, cursor)) === MediaOutcome.Done) {
    cursor = extents.shifted;
  }
  const shifted = new Map<number, Mapped>();
  for (const [at, mapped] of model.blocks) shifted.set(at < from ? at : at - (end - from), mapped);
  model.blocks.clear();
  for (const [at, mapped] of shifted) model.blocks.set(at, mapped);
}

describe('the extent map', () => {
  test('agrees with a map of blocks after any operations, and frees every block at the end', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' }),
        (operations) => {
          const fixture = new MediaFixture(600);
          const inode = fixture.file('a');
          const model = new Model();
          for (const op of operations) {
            apply(fixture, inode, model, op);
            expect(model.difference(fixture, inode)).toBe('');
            fixture.quiesce();
          }
          expect(fsck(fixture.memory)).toEqual([]);
          const { extents } = fixture.volume;
          let outcome: number = MediaOutcome.More;
          while (outcome === MediaOutcome.More) {
            outcome = fixture.commit(() => extents.remove(inode, 0, FILE_BLOCKS_LIMIT, 2));
          }
          expect(fixture.volume.inodes.blocks(inode)).toBe(0);
          fixture.quiesce();
          expect(fixture.volume.allocator.busy).toBe(0);
          expect(fsck(fixture.memory)).toEqual([]);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  test('holds thousands of extents in a tree of two levels and shrinks again', () => {
    const fixture = new MediaFixture(8192, { logBytes: 1024 * 1024, rootEntries: 8 });
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    const count = 2000;
    let most = 0;
    // A stride that is prime to the count visits all places in a scattered order.
    for (let i = 0; i < count; i += 1) {
      const at = ((i * 1009) % count) * 2;
      allocator.reserve(0, 1, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, 1, i % 3 === 0));
      most = Math.max(most, fixture.volume.journal.lastLines);
      if (i % 16 === 0) fixture.quiesce();
    }
    expect(extents.count(inode)).toBe(count);
    expect(fixture.volume.inodes.get(inode, InodeWord.extentHead) >>> 16).toBe(2);
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(extents.lookup(inode, 2 * 1009)).not.toBe(ExtentState.Hole);
    expect(extents.length).toBe(1);
    expect(extents.lookup(inode, 1)).toBe(ExtentState.Hole);
    expect(extents.length).toBe(1);
    for (let i = 0; i < count - 5; i += 1) {
      const at = ((i * 701) % count) * 2;
      fixture.commit(() => extents.remove(inode, at, at + 1, 1));
      most = Math.max(most, fixture.volume.journal.lastLines);
      if (i % 16 === 0) fixture.quiesce();
    }
    expect(most).toBeLessThanOrEqual(fixture.volume.journal.needLines(LogNeed.Extents));
    expect(extents.count(inode)).toBe(5);
    expect(fixture.volume.inodes.blocks(inode)).toBe(5);
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test('a file written from its end keeps the keys above its first extent right', () => {
    const fixture = new MediaFixture(2000);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    for (let at = 1200; at >= 0; at -= 2) {
      allocator.reserve(0, 1, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, 1, false));
      if (at % 64 === 0) fixture.quiesce();
    }
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(extents.count(inode)).toBe(601);
  });

  test('a file that grows at its end leaves full tree pages behind', () => {
    const fixture = new MediaFixture(2000);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    for (let i = 0; i < 4 * 251; i += 1) {
      allocator.reserve(0, 1, 1);
      fixture.commit(() => extents.insert(inode, i * 2, allocator.reservedBlock, 1, false));
      if (i % 64 === 0) fixture.quiesce();
    }
    expect(fixture.volume.inodes.blocks(inode)).toBe(4 * 251 + 4);
  });

  test('frees a file of many blocks in parts that fit the log', () => {
    const fixture = new MediaFixture(100000);
    const inode = fixture.file('a');
    const { allocator, extents, journal } = fixture.volume;
    const total = 90000;
    for (let at = 0; at < total;) {
      const got = allocator.reserve(extents.block + extents.length, total - at, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, got, true));
      expect(journal.lastLines).toBeLessThanOrEqual(journal.needLines(LogNeed.Extents));
      at += got;
      fixture.quiesce();
    }
    expect(extents.count(inode)).toBe(1);
    let parts = 0;
    let outcome: number = MediaOutcome.More;
    while (outcome === MediaOutcome.More) {
      outcome = fixture.commit(() => extents.remove(inode, 0, FILE_BLOCKS_LIMIT, 2));
      expect(journal.lastLines).toBeLessThanOrEqual(journal.needLines(LogNeed.Extents));
      fixture.quiesce();
      parts += 1;
    }
    expect(parts).toBe(3);
    expect(fixture.volume.inodes.blocks(inode)).toBe(0);
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test('inserting a range moves extents away from the end first', () => {
    const fixture = new MediaFixture(600);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    for (const at of [0, 4, 8]) {
      allocator.reserve(0, 2, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, 2, false));
    }
    let cursor = FILE_BLOCKS_LIMIT;
    const starts: number[] = [];
    while (fixture.commit(() => extents.shift(inode, 4, 100, cursor)) === MediaOutcome.Done) {
      cursor = extents.shifted;
      starts.push(cursor);
    }
    expect(starts).toEqual([8, 4]);
    expect(extents.next(inode, 2)).toBe(true);
    expect([extents.start, extents.length]).toEqual([104, 2]);
  });

  test('neighbours that continue each other in the same state are one extent', () => {
    const fixture = new MediaFixture(600);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    allocator.reserve(0, 9, 1);
    const block = allocator.reservedBlock;
    fixture.commit(() => extents.insert(inode, 0, block, 3, true));
    fixture.commit(() => extents.insert(inode, 6, block + 6, 3, true));
    fixture.commit(() => extents.insert(inode, 3, block + 3, 3, false));
    expect(extents.count(inode)).toBe(3);
    fixture.commit(() => extents.unconvert(inode, 3, 3));
    expect(extents.count(inode)).toBe(1);
  });
});
