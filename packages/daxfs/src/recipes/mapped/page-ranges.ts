/**
 * Recipes over pages [cursor, end) of `inode` that file operations call: writing back, and taking
 * translations and entries away. Each entry is locked by itself, so a range waits for the faults on
 * its pages one by one.
 */
import { branch, leave, move, nothing, region, repeat, seq, step } from '@daxsim/sim';
import type { Recipe, RecipeNode } from '@daxsim/sim';
import { flushEntry } from '../../moves/definitions.js';
import {
  dropCleanEntry,
  dropEntry,
  nextEntry,
  rememberRange,
  restartRange,
  zapRange,
} from '../../steps/mapped/invalidation.js';
import { clearDirtyTag, nextDirtyPage, protectEntry } from '../../steps/mapped/writeback.js';
import { whatToSearch, whenToClear } from './fault-variants.js';
import type { Step } from '../../steps/files/answers.js';
import type { World } from '../../world.js';

const writebackRange: Recipe<World> = {
  name: 'writebackRange',
  about: 'Makes the dirty pages of a range durable: dax_writeback_mapping_range.',
  outcomes: ['Ok'],
  body: repeat(
    'pages',
    seq<World>(
      branch(whatToSearch, {
        Tags: branch(nextDirtyPage, { Found: nothing(), End: leave('pages') }),
        Entries: branch(nextEntry, { Found: nothing(), End: leave('pages') }),
      }),
      region(
        'entry',
        branch(protectEntry, {
          Ok: branch(whenToClear, {
            After: seq<World>(move(flushEntry), step(clearDirtyTag)),
            Before: seq<World>(step(clearDirtyTag), move(flushEntry)),
          }),
          Clean: nothing(),
          Zero: step(clearDirtyTag),
        }),
      ),
    ),
  ),
};

function eachEntry(drop: Step): RecipeNode<World> {
  return repeat(
    'entries',
    seq<World>(
      branch(nextEntry, { Found: nothing(), End: leave('entries') }),
      region('entry', step(drop)),
    ),
  );
}

/** Order of the kernel: entries first, then the page tables of the whole range. */
const invalidateRange: Recipe<World> = {
  name: 'invalidateRange',
  about:
    'After write(2) allocated: drops clean entries, then unmaps: invalidate_inode_pages2_range.',
  outcomes: ['Ok'],
  body: seq<World>(
    step(rememberRange),
    eachEntry(dropCleanEntry),
    step(restartRange),
    step(zapRange),
  ),
};

const unmapRange: Recipe<World> = {
  name: 'unmapRange',
  about: 'Removes the translations to a range from all mappings: unmap_mapping_range.',
  outcomes: ['Ok'],
  body: step(zapRange),
};

const truncateEntries: Recipe<World> = {
  name: 'truncateEntries',
  about: 'Removes the entries of a range, dirty or not: truncate_inode_pages_range.',
  outcomes: ['Ok'],
  body: eachEntry(dropEntry),
};

export const PAGE_RECIPES: readonly Recipe<World>[] = [
  writebackRange,
  invalidateRange,
  unmapRange,
  truncateEntries,
];
