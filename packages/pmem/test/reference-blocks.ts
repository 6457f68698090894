/**
 * The long form of `reference.test.ts`: 54 blocks of a hundred random machines, 11.1 million
 * requests in all. Six blocks to a test file, so that a run that was stopped goes on where it was,
 * and files can be shared out (`npm run test:long -- --shard 1/2 reference`).
 */
import { expect, test } from '@jest/globals';
import { holdAgainstReference } from './against-reference.js';

const BLOCKS_PER_FILE = 6;
const MACHINES_PER_BLOCK = 100;
const REQUESTS_PER_SOURCE = 250;

/** Declares the tests of one of the nine files, 0 … 8. */
export function holdBlocks(file: number): void {
  const blocks = Array.from({ length: BLOCKS_PER_FILE }, (_, at) => file * BLOCKS_PER_FILE + at);
  test.each(blocks)('block %i of random machines: the event-per-stage times', (block) => {
    let held = 0;
    for (let machine = 0; machine < MACHINES_PER_BLOCK; machine += 1) {
      const seed = 1_000_000 + block * MACHINES_PER_BLOCK + machine;
      held += holdAgainstReference(seed, 1 + (machine % 16), REQUESTS_PER_SOURCE);
    }
    expect(held).toBe(BLOCK_REQUESTS);
  });
}

/** Of a hundred machines six times 1 … 16 sources and once more 1 … 4. */
const BLOCK_REQUESTS = (6 * 136 + 10) * REQUESTS_PER_SOURCE;
