import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import type { UntimedMemory } from '@daxsim/pmem';
import { fsck } from '../../src/media/fsck.js';
import { LineWriter } from '../../src/media/line-writer.js';
import { MediaImage } from '../../src/media/media-image.js';
import type { MountedVolume } from '../../src/media/mounted-volume.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import { checkpointNow, forceNow } from '../../src/media/quiesce.js';
import { recoverNow } from '../../src/media/recovery.js';
import { MediaFixture, mounted } from './media-fixture.js';
import { change, makeChange, needOf } from './random-metadata.js';
import type { Change } from './random-metadata.js';
import { dumpImage, dumpVolume } from './tree-dump.js';

const RUNS = 80;

class PowerLoss extends Error {}

/** Runs the body and cuts the power after so many requests; true if it was cut. */
function cutAfter(memory: UntimedMemory, requests: number, body: () => void): boolean {
  const real = memory.access.bind(memory);
  let left = requests;
  memory.access = (request): number => {
    if (left === 0) throw new PowerLoss();
    left -= 1;
    return real(request);
  };
  try {
    body();
    return false;
  } catch (error) {
    if (error instanceof PowerLoss) return true;
    throw error;
  } finally {
    memory.access = real;
  }
}

interface Life {
  readonly changes: readonly Change[];
  /** After which changes to force (odd) or to force and checkpoint (even). */
  readonly syncs: readonly number[];
  readonly cutAt: number;
  readonly recoveryCutAt: number;
  readonly keeps: readonly number[];
}

const life: fc.Arbitrary<Life> = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 40 }),
  syncs: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
  cutAt: fc.integer({ min: 0, max: 800 }),
  recoveryCutAt: fc.integer({ min: 0, max: 120 }),
  keeps: fc.array(fc.nat(), { minLength: 1, maxLength: 16 }),
});

/** Lives until the power is cut; leaves the dump after every commit in `dumps`. */
function live(memory: UntimedMemory, volume: MountedVolume, of: Life, dumps: string[]): void {
  const writer = new LineWriter(memory, 0);
  of.changes.forEach((one, i) => {
    if (!volume.journal.hasRoomFor(needOf(one.kind))) {
      forceNow(volume, memory, writer);
      checkpointNow(volume, memory, writer);
    }
    makeChange(volume, one, i);
    const after = dumpVolume(volume);
    while (dumps.length <= volume.journal.committedSequence) dumps.push(after);
    if (!of.syncs.includes(i)) return;
    forceNow(volume, memory, writer);
    if (i % 2 === 0) checkpointNow(volume, memory, writer);
  });
}

function imageAfterCrash(memory: UntimedMemory, keeps: readonly number[]): UntimedMemory {
  let asked = 0;
  const keep = (_line: number, units: number): number => {
    asked += 1;
    return keeps[asked % keeps.length] % (units + 1);
  };
  return memory.crashImage({ keep }) as UntimedMemory;
}

describe('power loss at any request, keeping any prefix of any line', () => {
  test('leaves the tree after some commit, at least the last durable one', () => {
    let wraps = 0;
    let lost = 0;
    fc.assert(
      fc.property(
        fc.array(life, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 0, 60),
        (lives, churn) => {
          const fixture = new MediaFixture(400);
          churnLog(fixture, churn);
          let { memory } = fixture;
          let space: StateSpace = fixture.space;
          for (const one of lives) {
            const volume = mounted(memory, space);
            const first = volume.journal.committedSequence;
            const dumps: string[] = [];
            for (let i = 0; i <= first; i += 1) dumps.push(i === first ? dumpVolume(volume) : '-');
            const running = memory;
            cutAfter(memory, one.cutAt, () => live(running, volume, one, dumps));
            const durable = volume.journal.durableSequence;
            if (durable < volume.journal.committedSequence) lost += 1;
            if (volume.journal.lineAddress(0) > 0 && churn > 50) wraps += 1;
            const image = imageAfterCrash(memory, one.keeps);
            cutAfter(image, one.recoveryCutAt, () => recoverNow(image));
            memory = imageAfterCrash(image, [...one.keeps].reverse());
            space = memory.space;
            expect(recoverNow(memory).outcome).toBe(MediaOutcome.Done);
            expect(fsck(memory)).toEqual([]);
            const opened = MediaImage.open(memory);
            const recovered = opened === null ? '' : dumpImage(opened);
            expect(dumps.slice(durable)).toContain(recovered);
          }
        },
      ),
      { numRuns: RUNS, seed: 5 },
    );
    expect(wraps).toBeGreaterThan(10);
    expect(lost).toBeGreaterThan(20);
  });

  test('recovery twice gives the same tree and writes no home line the second time', () => {
    const fixture = new MediaFixture(400);
    fixture.file('a');
    fixture.directory('d');
    fixture.force();
    const image = fixture.memory.crashImage({ keep: () => 0 });
    expect(recoverNow(image)).toMatchObject({ records: 2, orphans: 0 });
    const opened = MediaImage.open(image);
    expect(opened === null ? '' : dumpImage(opened)).toBe(dumpVolume(fixture.volume));
    expect(recoverNow(image)).toMatchObject({ records: 0, homeLines: 0 });
  });

  test('a file removed while held is freed by recovery', () => {
    const fixture = new MediaFixture(400);
    const inode = fixture.file('a');
    const { allocator, extents } = fixture.volume;
    for (let at = 0; at < 24; at += 2) {
      allocator.reserve(0, 1, 1);
      fixture.commit(() => extents.insert(inode, at, allocator.reservedBlock, 1, false));
    }
    fixture.volume.hold(inode);
    fixture.commit((v) => v.unlink(1, fixture.name('a')));
    fixture.force();
    const image = fixture.memory.crashImage({ keep: () => 0 });
    expect(recoverNow(image)).toMatchObject({ orphans: 1 });
    expect(fsck(image)).toEqual([]);
    expect(MediaImage.open(image)?.isUsed(inode)).toBe(false);
  });

  test('a record torn off by a missing one before it is never taken later', () => {
    const fixture = new MediaFixture(400);
    const { journal } = fixture.volume;
    fixture.file('a');
    const start = journal.planForce(0) === 0 ? journal.planFirstLine : 0;
    const first = fixture.volume.journal.lastLines;
    fixture.file('b');
    // Only the second record reaches the media.
    const lines = journal.planForce(journal.committedSequence);
    for (let line = start + first; line < start + lines; line += 1) {
      journal.lineInto(line, fixture.memory.lineWords);
      fixture.writer.store(journal.lineAddress(line), 0xff);
    }
    fixture.writer.fence();
    const image = fixture.memory.crashImage({ keep: () => 0 }) as UntimedMemory;
    expect(recoverNow(image).records).toBe(0);
    // A record of the same size now ends where the torn one begins.
    const volume = mounted(image, image.space);
    volume.begin(1000);
    volume.createInode(1, volume.names.idOf('a'), 0o100644, 0, 0);
    volume.commit();
    expect(volume.journal.lastLines).toBe(first);
    forceNow(volume, image, new LineWriter(image, 0));
    const later = image.crashImage({ keep: () => 0 });
    expect(recoverNow(later).records).toBe(1);
    expect(
      MediaImage.open(later)
        ?.files()
        .map((f) => f.path),
    ).toEqual(['/a']);
  });
});

/** Moves the log on by writing and removing long symlinks, so that the ring wraps soon. */
function churnLog(fixture: MediaFixture, times: number): void {
  const target = new Uint8Array(4000).fill(66);
  for (let i = 0; i < times; i += 1) {
    fixture.commit((v) => v.symlink(1, fixture.name('churn'), target, 0, 0));
    fixture.commit((v) => v.unlink(1, fixture.name('churn')));
    fixture.commit((v) => v.reclaimOrphan(v.removed, 1));
    fixture.quiesce();
  }
}
