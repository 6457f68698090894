/**
 * Power loss: random changes of metadata, cut at a random request or at every one, with every line
 * keeping a prefix of its stores. What is recovered must be sound, be the tree after some commit
 * that is not before the last durable one, and hold in every written block what was written there.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StateSpace } from '@daxsim/sim';
import type { UntimedMemory } from '@daxsim/pmem';
import { LineWriter } from '../../src/media/line-writer.js';
import type { MountedVolume } from '../../src/media/mounted-volume.js';
import { checkpointNow, forceNow } from '../../src/media/quiesce.js';
import { recoverNow } from '../../src/media/recovery.js';
import {
  blockWriter,
  cutAfter,
  expectRecovered,
  imageAfterCrash,
  moveTail,
  watchRequests,
} from './crash-fixture.js';
import { MediaFixture, mounted } from './media-fixture.js';
import { change, makeChange, needOf } from './random-metadata.js';
import type { Change } from './random-metadata.js';
import { dumpVolume } from './tree-dump.js';

/** After which changes to force, and to write home what is durable. */
interface Run {
  readonly changes: readonly Change[];
  readonly forces: readonly number[];
  readonly checkpoints: readonly number[];
}

const places = fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 5 });
const run: fc.Arbitrary<Run> = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 40, size: 'max' }),
  forces: places,
  checkpoints: places,
});
const keeps = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 16 });

/** The changes with their forces; leaves the tree after every commit in `dumps`. */
function live(memory: UntimedMemory, volume: MountedVolume, of: Run, dumps: string[]): void {
  const writer = new LineWriter(memory, 0);
  const write = blockWriter(memory);
  of.changes.forEach((one, i) => {
    if (!volume.journal.hasRoomFor(needOf(one.kind))) {
      forceNow(volume, memory, writer);
      checkpointNow(volume, memory, writer);
    }
    makeChange(volume, one, i, write);
    note(volume, dumps);
    if (of.forces.includes(i)) forceNow(volume, memory, writer);
    if (of.checkpoints.includes(i)) checkpointNow(volume, memory, writer);
  });
}

function note(volume: MountedVolume, dumps: string[]): void {
  const after = dumpVolume(volume);
  while (dumps.length <= volume.journal.committedSequence) dumps.push(after);
}

function dumpsBefore(volume: MountedVolume): string[] {
  return new Array<string>(volume.journal.committedSequence).fill('-');
}

describe('power loss, keeping any prefix of any line', () => {
  test('leaves the tree after some commit, at least the last durable one, life after life', () => {
    let wraps = 0;
    let lost = 0;
    const life = fc.record({
      run,
      cutAt: fc.integer({ min: 0, max: 400 }),
      recoveryCutAt: fc.integer({ min: 0, max: 60 }),
      keeps,
    });
    fc.assert(
      fc.property(
        fc.array(life, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 120 }),
        (lives, linesBeforeEnd) => {
          const fixture = new MediaFixture(400);
          let { memory } = fixture;
          let space: StateSpace = fixture.space;
          moveTail(memory, fixture.volume.geometry, linesBeforeEnd);
          for (const one of lives) {
            const volume = mounted(memory, space);
            const { journal } = volume;
            const dumps = dumpsBefore(volume);
            note(volume, dumps);
            const running = memory;
            cutAfter(memory, one.cutAt, () => {
              live(running, volume, one.run, dumps);
            });
            note(volume, dumps);
            const durable = journal.durableSequence;
            if (durable < journal.committedSequence) lost += 1;
            if (journal.hasWrapped()) wraps += 1;
            const image = imageAfterCrash(memory, one.keeps);
            cutAfter(image, one.recoveryCutAt, () => recoverNow(image));
            memory = imageAfterCrash(image, [...one.keeps].reverse());
            space = memory.space;
            expectRecovered(memory, dumps.slice(durable));
          }
        },
      ),
      { numRuns: 150, seed: 5 },
    );
    expect(wraps).toBeGreaterThan(10);
    expect(lost).toBeGreaterThan(20);
  });

  test('does so at every single request of a run', () => {
    let crashes = 0;
    fc.assert(
      fc.property(run, fc.integer({ min: 1, max: 60 }), keeps, (of, linesBeforeEnd, some) => {
        const fixture = new MediaFixture(400);
        const { memory } = fixture;
        moveTail(memory, fixture.volume.geometry, linesBeforeEnd);
        const volume = mounted(memory, fixture.space);
        const dumps = dumpsBefore(volume);
        note(volume, dumps);
        const crash = (): void => {
          note(volume, dumps);
          for (const pattern of [[0], [9, 0, 9], [0, 9], some]) {
            crashes += 1;
            const image = imageAfterCrash(memory, pattern);
            expectRecovered(image, dumps.slice(volume.journal.durableSequence));
          }
        };
        watchRequests(memory, crash, () => {
          live(memory, volume, of, dumps);
        });
      }),
      { numRuns: 6, seed: 9 },
    );
    expect(crashes).toBeGreaterThan(1000);
  });
});
