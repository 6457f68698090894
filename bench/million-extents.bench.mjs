/**
 * A file of a million extents: every other block preallocated, each found and read once, then the
 * file emptied. In ascending order, and with blocks in random order, where leaves are shifted and
 * split all the time (a tenth as many, because the log then writes half a leaf for each). CPU time;
 * the file system runs without time of its own.
 */
import { Prng } from '@daxsim/sim';
import { OpenFlag, R, Runner } from './many.mjs';
import { cpuSeconds, peakRssBytes } from './inputs.mjs';

const EXTENTS = 1_000_000;
const BLOCK_BYTES = 4096;
const DEVICE_BYTES = 16 * 2 ** 30;
const SEEK_HOLE = 4;

function fill(runner, places) {
  for (const place of places) {
    runner.run('fallocate', (frame) => {
      frame.set(R.handle, runner.handle);
      frame.set(R.offset, place * 2 * BLOCK_BYTES);
      frame.set(R.length, BLOCK_BYTES);
    });
  }
}

function find(runner, places) {
  for (const place of places) {
    runner.run('lseek', (frame) => {
      frame.set(R.handle, runner.handle);
      frame.set(R.offset, place * 2 * BLOCK_BYTES);
      frame.set(R.whence, SEEK_HOLE);
    });
    runner.run('read', (frame) => {
      frame.set(R.handle, runner.handle);
      frame.set(R.offset, place * 2 * BLOCK_BYTES);
      frame.set(R.length, 64);
    });
  }
}

/** CPU seconds of a file's life with extents at these places. */
async function life(places) {
  const runner = new Runner({ capacityBytes: DEVICE_BYTES, inodes: 4096 });
  const seconds = await cpuSeconds(() => {
    runner.open('/extents', OpenFlag.ReadWrite | OpenFlag.Create);
    fill(runner, places);
    find(runner, places);
    runner.run('ftruncate', (frame) => frame.set(R.handle, runner.handle));
    runner.close();
  });
  if (runner.failures > 0) throw new Error(`${runner.failures} operations failed`);
  return seconds;
}

function shuffled(count, seed) {
  const places = Int32Array.from({ length: count }, (_, place) => place);
  const prng = new Prng(seed);
  for (let i = count - 1; i > 0; i -= 1) {
    const other = prng.below(i + 1);
    [places[i], places[other]] = [places[other], places[i]];
  }
  return places;
}

export async function measure({ scale, seed }) {
  const count = Math.round(EXTENTS * scale);
  const ascending = (length) => Int32Array.from({ length }, (_, place) => place);
  const tenth = await life(ascending(Math.round(count / 10)));
  const whole = await life(ascending(count));
  const random = await life(shuffled(Math.round(count / 10), seed));
  return [
    { name: '1 M extents in one file', value: whole, unit: 'CPU s', better: 'lower' },
    { name: '1 M extents to 0.1 M', value: whole / tenth, unit: 'ratio', better: 'lower' },
    { name: '0.1 M extents in random order', value: random, unit: 'CPU s', better: 'lower' },
    { name: '1 M extents, peak RSS', value: peakRssBytes() / 1e6, unit: 'MB', better: 'lower' },
  ];
}
