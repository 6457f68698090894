/** Reference counts against one number per block, through clones, copies and removals. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fsck } from '../../src/media/fsck.js';
import { MediaImage } from '../../src/media/media-image.js';
import { ExtentState, MediaOutcome } from '../../src/media/outcome.js';
import { LogNeed } from '../../src/media/volume.js';
import { MediaFixture } from './media-fixture.js';

const FILES = 4;
const FILE_BLOCKS = 48;

interface Change {
  readonly kind: 'write' | 'clone' | 'copy' | 'remove';
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly into: number;
  readonly length: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('write', 'clone', 'clone', 'clone', 'copy', 'remove'),
  from: fc.integer({ min: 0, max: FILES - 1 }),
  to: fc.integer({ min: 0, max: FILES - 1 }),
  at: fc.integer({ min: 0, max: FILE_BLOCKS - 1 }),
  into: fc.integer({ min: 0, max: FILE_BLOCKS - 1 }),
  length: fc.integer({ min: 1, max: 12 }),
});

/** Files as arrays of device blocks, 0 for a hole. */
class Model {
  readonly files = Array.from({ length: FILES }, () => new Array<number>(FILE_BLOCKS).fill(0));

  owners(): Map<number, number> {
    const owners = new Map<number, number>();
    for (const block of this.files.flat()) {
      if (block !== 0) owners.set(block, (owners.get(block) ?? 0) + 1);
    }
    return owners;
  }
}

function apply(fixture: MediaFixture, inodes: readonly number[], model: Model, op: Change): void {
  const { allocator, extents } = fixture.volume;
  const file = model.files[op.to];
  const inode = inodes[op.to];
  const end = Math.min(op.into + op.length, FILE_BLOCKS);
  if (op.kind === 'remove') {
    let outcome: number = MediaOutcome.More;
    while (outcome === MediaOutcome.More) {
      outcome = fixture.commit(() => extents.remove(inode, op.into, end, 2));
    }
    file.fill(0, op.into, end);
    return;
  }
  for (let at = op.into; at < end;) {
    let block = 0;
    let length = end - at;
    const isShared = op.kind === 'clone';
    if (isShared) {
      const source = op.at + at - op.into;
      if (source >= FILE_BLOCKS) return;
      if (extents.lookup(inodes[op.from], source) !== ExtentState.Written) return;
      block = extents.block;
      length = Math.min(length, extents.length);
      if (file[at] === block) return;
    } else {
      length = allocator.reserve(0, length, 1);
      block = allocator.reservedBlock;
    }
    const outcome = fixture.commit(() => extents.replace(inode, at, block, length, isShared));
    expect(outcome).toBe(MediaOutcome.Done);
    const { replaced } = extents;
    expect(replaced).toBeGreaterThan(0);
    if (!isShared) allocator.giveBack(block + replaced, length - replaced);
    for (let i = 0; i < replaced; i += 1) file[at + i] = block + i;
    at += replaced;
  }
}

function expectAgrees(fixture: MediaFixture, inodes: readonly number[], model: Model): void {
  const { extents, shares, allocator } = fixture.volume;
  const owners = model.owners();
  for (const [index, file] of model.files.entries()) {
    for (const [at, block] of file.entries()) {
      const state = extents.lookup(inodes[index], at);
      expect(state === ExtentState.Hole ? 0 : extents.block).toBe(block);
    }
  }
  for (const [block, count] of owners) {
    expect([block, shares.owners(block)]).toEqual([block, count]);
    const next = owners.get(block + 1);
    if (next !== undefined && next !== count) expect(shares.length).toBe(1);
    expect(allocator.isAvailable(block)).toBe(false);
  }
  expect(shares.isEmpty).toBe([...owners.values()].every((count) => count === 1));
}

describe('Reference counts', () => {
  test('are the number of pages that have a block, whatever is cloned, copied and removed', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60, size: 'max' }), (changes) => {
        const fixture = new MediaFixture(2000);
        const inodes = Array.from({ length: FILES }, (_, i) => fixture.file(`f${String(i)}`));
        const model = new Model();
        for (const op of changes) {
          apply(fixture, inodes, model, op);
          fixture.force();
        }
        expectAgrees(fixture, inodes, model);
        fixture.quiesce();
        expect(fsck(fixture.memory)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('grow a tree of records and give its blocks back', () => {
    const fixture = new MediaFixture(8000, { logBytes: 1024 * 1024 });
    const { allocator, extents, shares, journal } = fixture.volume;
    const source = fixture.file('a');
    const target = fixture.file('b');
    const available = allocator.available;
    allocator.reserve(0, 3000, 1);
    const { reservedBlock } = allocator;
    fixture.commit(() => extents.insert(source, 0, reservedBlock, 3000, false));
    for (let at = 0; at < 3000; at += 2) {
      if (!journal.hasRoomFor(LogNeed.Shares)) fixture.quiesce();
      extents.lookup(source, at);
      const { block } = extents;
      fixture.commit(() => extents.replace(target, at, block, 1, true));
      expect(journal.lastLines).toBeLessThanOrEqual(journal.needLines(LogNeed.Shares));
    }
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    const pages: number[] = [];
    expect(MediaImage.open(fixture.memory)?.shares(pages)).toHaveLength(1500);
    expect(pages.length).toBeGreaterThan(5);
    for (const inode of [source, target]) {
      let outcome: number = MediaOutcome.More;
      while (outcome === MediaOutcome.More) {
        if (!journal.hasRoomFor(LogNeed.Shares)) fixture.quiesce();
        outcome = fixture.commit(() => extents.remove(inode, 0, 3000, 2));
        expect(journal.lastLines).toBeLessThanOrEqual(journal.needLines(LogNeed.Shares));
      }
    }
    fixture.quiesce();
    expect(shares.isEmpty).toBe(true);
    expect(allocator.available).toBe(available);
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test('keep a block that another file has, and free it with the last', () => {
    const fixture = new MediaFixture(400);
    const { allocator, extents, shares } = fixture.volume;
    const [a, b] = [fixture.file('a'), fixture.file('b')];
    allocator.reserve(0, 4, 1);
    const block = allocator.reservedBlock;
    fixture.commit(() => extents.insert(a, 0, block, 4, false));
    fixture.commit(() => extents.replace(b, 10, block, 4, true));
    expect(shares.owners(block)).toBe(2);
    expect(fixture.volume.inodes.blocks(b)).toBe(4);
    fixture.commit(() => extents.remove(a, 0, 4, 2));
    expect(shares.owners(block)).toBe(1);
    expect(allocator.isBusy(block)).toBe(false);
    fixture.commit(() => extents.remove(b, 10, 14, 2));
    expect(allocator.isBusy(block)).toBe(true);
  });
});

describe('fsck', () => {
  const shared = (): { fixture: MediaFixture; record: number; block: number } => {
    const fixture = new MediaFixture(400);
    const { allocator, extents, geometry } = fixture.volume;
    const [a, b] = [fixture.file('a'), fixture.file('b')];
    allocator.reserve(0, 4, 1);
    const block = allocator.reservedBlock;
    fixture.commit(() => extents.insert(a, 0, block, 4, false));
    fixture.commit(() => extents.replace(b, 0, block, 4, true));
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    return { fixture, record: geometry.inodeFirstBlock * 4096 + 80, block };
  };

  test.each([
    ['a count that is too high', 4, 3, /counted for 3 owners and has 2/],
    ['a count of one', 4, 1, /1 owners of block/],
    ['a record of blocks that nobody has', 0, 300, /counted for 2 owners and has 0/],
    ['a record of blocks before the first file block', 0, 0, /which no file can have/],
  ])('names %s', (_what, word, value, expected) => {
    const { fixture, record } = shared();
    fixture.memory.poke32(record + word, value);
    const told = fsck(fixture.memory).map(({ where, what }) => `${where}: ${what}`);
    expect(told.join('\n')).toMatch(expected);
  });

  test('names a block with two owners and no record', () => {
    const { fixture, record, block } = shared();
    fixture.memory.poke32(record - 16, 0);
    const told = fsck(fixture.memory).map(({ what }) => what);
    expect(told).toContain(`owns block ${String(block)}, which has an owner`);
  });
});
