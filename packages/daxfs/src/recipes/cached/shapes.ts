/** What recipes of the page cache have in common. */
import { again, move, wait } from '@daxsim/sim';
import type { Passing } from '@daxsim/sim';
import { cacheFill } from '../../moves/definitions.js';
import { endFill, makeOnePage, nextFill } from '../../steps/cached/filling.js';
import { folioReady, folioWritten } from '../../steps/cached/folios.js';
import type { World } from '../../world.js';
import { branch, call, leave, nothing, region, repeat, seq, step } from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

/** Hands pages [firstPage, endPage) over, whose folios this task made and must fill. */
export const TO_FILL: Passing = {
  give: ['inode', 'cursor', 'end'],
  take: [],
  rename: { cursor: 'firstPage', end: 'endPage' },
};

/** Hands over what reading ahead needs. */
export const AHEAD: Passing = { give: ['inode', 'handle', 'page', 'count', 'flags'], take: [] };

/** Makes a single page that is missing and fills it, without the mmap lock. */
export const fillOnePage: Part = seq(step(makeOnePage), call('fillFolios', TO_FILL));

/** Sleeps until the folio of `entryPage` is filled, then goes on with the repeat `label`. */
export function awaitFilling(label: string, drop: readonly string[] = []): Part {
  const back = again<World>(label);
  return wait(folioReady, { drop }, { Woken: back, Interrupted: back });
}

/** Sleeps until the folio was written back, without its lock, then goes on with `label`. */
export function awaitWriteback(label: string, drop: readonly string[] = ['folio']): Part {
  const back = again<World>(label);
  return wait(folioWritten, { drop }, { Woken: back, Interrupted: back });
}

/** Fills the folios of pages [cursor, end) that this task made; where there is no block, zeros. */
export const fillAll: Part = repeat(
  'pieces',
  seq(
    repeat(
      'media',
      seq(
        region(
          'lookup',
          branch(nextFill, { Media: leave('media'), Zeros: nothing(), End: leave('pieces') }),
        ),
        step(endFill),
      ),
    ),
    move(cacheFill),
    step(endFill),
  ),
);
