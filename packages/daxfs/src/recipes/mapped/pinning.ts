/**
 * Pinned pages, and those who must wait for them.
 *
 *      pinPages      for each page: fault it in if need be, take a reference    vmsplice, O_DIRECT
 *      readPinned    copies what the pages hold now, letting each go            a pipe is read
 *      unpinPages    lets them go
 *
 *      truncate, fallocate:  repeat ─ zap ─▶ is a page pinned? ─ no ──▶ go on
 *                              └──── wait, without the mmap lock ◀─ yes      interrupted: EINTR
 *
 * write(2) does not wait: it changes bytes and takes no blocks away.
 */
import { exit, move, wait } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { copyHole, copyOut } from '../../moves/definitions.js';
import { zapForLayout } from '../../steps/mapped/invalidation.js';
import {
  checkPin,
  endInterrupted,
  findPinned,
  nextPinned,
  pageIdle,
  pinNext,
  settlePin,
  unpinAll,
  unpinCopied,
} from '../../steps/mapped/pinning.js';
import type { World } from '../../world.js';
import {
  again,
  branch,
  call,
  check,
  done,
  leave,
  operation,
  nothing,
  repeat,
  seq,
  step,
} from '../files/shapes.js';
import { pinPage } from './pin-page.js';
import type { Part } from '../files/shapes.js';

/** Hands over what `breakLayouts` needs: the file and its pages. */
export const BREAK = {
  give: ['inode', 'cursor', 'end'],
  take: ['block'],
  rename: { cursor: 'firstPage', end: 'endPage' },
} as const;

/** Waits for who holds a page, without the locks of `layout`; within a loop named `layouts`. */
export const WAIT_IDLE = {
  Busy: wait<World>(
    pageIdle,
    { drop: ['layout'], interruptible: true },
    { Woken: again('layouts'), Interrupted: seq(step(endInterrupted), done) },
  ),
} as const;

/** Takes every translation away and waits until no page is pinned; within region `layout`. */
export const breakLayouts: Part = repeat(
  'layouts',
  seq(call('breakLayouts', BREAK, WAIT_IDLE), leave('layouts')),
);

export const PIN_RECIPES: readonly Recipe<World>[] = [
  {
    name: 'breakLayouts',
    about: 'Before extents go: unmaps the file or the range, and looks for pinned pages.',
    outcomes: ['Ok', 'Busy'],
    body: seq<World>(
      step(zapForLayout),
      branch(findPinned, { Idle: nothing(), Busy: exit('Busy') }),
    ),
  },
  operation(
    'pinPages',
    'get_user_pages on bytes of a mapping, under the number `pin`: vmsplice(2).',
    check(checkPin),
    repeat('pages', seq(pinPage(pinNext), again('pages'))),
    check(settlePin),
  ),
  operation(
    'readPinned',
    'Reads what pinned pages hold and lets them go: read(2) of a pipe after vmsplice(2).',
    repeat(
      'pages',
      seq(
        branch(nextPinned, { Media: move(copyOut), Zeros: move(copyHole), End: leave('pages') }),
        step(unpinCopied),
        again('pages'),
      ),
    ),
    step(unpinAll),
  ),
  operation('unpinPages', 'put_page for every page of a pin.', step(unpinAll)),
];
