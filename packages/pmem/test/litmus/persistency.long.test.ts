/**
 * The long form of `persistency.test.ts`: every program of four instructions, and drawn programs of
 * up to four instructions on each of two cores. A block takes every BLOCKS-th program.
 */
import { Prng } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import { holdAll } from './agreement.js';
import { drawPrograms, everyNth } from './canonical.js';

const BLOCKS = 16;
const BLOCK_MS_MAX = 600_000;
const DRAWN = 100;
const blocks = Array.from({ length: BLOCKS }, (_unused, block) => block);

test.each(blocks)(
  'block %i of all 97826 programs of four instructions leaves what the axioms allow',
  (block) => {
    const held = Math.ceil((97_826 - block) / BLOCKS);
    expect(holdAll(everyNth(4, BLOCKS, block))).toEqual({ held, found: [] });
  },
  BLOCK_MS_MAX,
);

test.each(blocks)(
  'block %i of drawn programs of up to eight instructions leaves what the axioms allow',
  (block) => {
    const programs = drawPrograms(new Prng(1000 + block), DRAWN, 4);
    expect(holdAll(programs)).toEqual({ held: DRAWN, found: [] });
  },
  BLOCK_MS_MAX,
);
