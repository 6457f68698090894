/**
 * Runs of random changes of metadata that lose power, as properties: for the short test and the
 * long one.
 */
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

/** What the runs came across, so that a test can tell that it saw something. */
export interface Seen {
  crashes: number;
  wraps: number;
  lost: number;
}

const life = fc.record({
  run,
  cutAt: fc.integer({ min: 0, max: 400 }),
  recoveryCutAt: fc.integer({ min: 0, max: 60 }),
  keeps,
});

/** Up to three lives, each ending at a random request, as does the recovery after it. */
export function lifeAfterLife(seen: Seen): fc.IProperty<unknown> {
  const lives = fc.array(life, { minLength: 1, maxLength: 3 });
  return fc.property(lives, fc.integer({ min: 1, max: 120 }), (all, linesBeforeEnd) => {
    const fixture = new MediaFixture(400);
    let { memory } = fixture;
    let space: StateSpace = fixture.space;
    moveTail(memory, fixture.volume.geometry, linesBeforeEnd);
    for (const one of all) {
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
      if (durable < journal.committedSequence) seen.lost += 1;
      if (journal.hasWrapped()) seen.wraps += 1;
      seen.crashes += 1;
      const image = imageAfterCrash(memory, one.keeps);
      cutAfter(image, one.recoveryCutAt, () => recoverNow(image));
      memory = imageAfterCrash(image, [...one.keeps].reverse());
      space = memory.space;
      expectRecovered(memory, dumps.slice(durable));
    }
  });
}

/** One life that could have ended at each of its requests, with four ways to keep stores. */
export function everyRequest(seen: Seen): fc.IProperty<unknown> {
  return fc.property(run, fc.integer({ min: 1, max: 60 }), keeps, (of, linesBeforeEnd, some) => {
    const fixture = new MediaFixture(400);
    const { memory } = fixture;
    moveTail(memory, fixture.volume.geometry, linesBeforeEnd);
    const volume = mounted(memory, fixture.space);
    const dumps = dumpsBefore(volume);
    note(volume, dumps);
    const crash = (): void => {
      note(volume, dumps);
      for (const pattern of [[0], [9, 0, 9], [0, 9], some]) {
        seen.crashes += 1;
        const image = imageAfterCrash(memory, pattern);
        expectRecovered(image, dumps.slice(volume.journal.durableSequence));
      }
    };
    watchRequests(memory, crash, () => {
      live(memory, volume, of, dumps);
    });
  });
}
