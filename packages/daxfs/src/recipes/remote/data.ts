/**
 * read(2) and write(2) of a client. What goes past the cache goes in requests of a page at most,
 * from memory that nobody else sees; a client may also wait for its server after every write(2).
 */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { cachePinned, pageIn } from '../../moves/definitions.js';
import { advance, growSize, settleWrite } from '../../steps/files/data.js';
import { pagesOfWrite } from '../../steps/files/pages.js';
import { aimAnswer, aimPast, endPast, writesThrough } from '../../steps/remote/client.js';
import { ask } from '../../wire/shapes.js';
import type { World } from '../../world.js';
import { readWith, writeWith } from '../cached/data.js';
import {
  PAGES,
  again,
  branch,
  call,
  check,
  leave,
  nothing,
  region,
  repeat,
  seq,
  step,
  transact,
} from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

const nextChunk: Part = branch(advance, { More: again('chunks'), End: leave('chunks') });

/** From the server, after it has what is dirty here. */
const readPast: Part = seq(
  call('writebackRange', PAGES),
  repeat(
    'chunks',
    seq(
      step(aimPast),
      ask('serveRead', { give: ['inode', 'page', 'slot'] }, nothing()),
      step(aimAnswer),
      move(cachePinned),
      step(endPast),
      nextChunk,
    ),
  ),
);

const takeOut: Part = call('invalidateRange', PAGES);

/** To the server, and out of the cache before and after. */
const writePast: Part = seq(
  call('writebackRange', PAGES),
  takeOut,
  repeat(
    'chunks',
    seq(
      step(aimPast),
      move(pageIn),
      ask(
        'serveWrite',
        {
          give: ['inode', 'offset', 'length', 'slot'],
          rename: { offset: 'cursor', length: 'chunk' },
        },
        seq(step(endPast), leave('chunks')),
      ),
      step(endPast),
      nextChunk,
    ),
  ),
  takeOut,
  check(settleWrite, { Grown: region('sizeUpdate', transact(growSize)) }),
);

/** What the cache took goes to the server before the call returns: fuse_perform_write. */
const throughIfAsked: Part = branch(writesThrough, {
  No: nothing(),
  Yes: seq(step(pagesOfWrite), call('writebackRange', PAGES)),
});

export const CLIENT_DATA_RECIPES: readonly Recipe<World>[] = [
  readWith(readPast),
  writeWith(writePast, throughIfAsked),
];
