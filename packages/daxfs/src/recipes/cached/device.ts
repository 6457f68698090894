/** Devices that write to pinned pages of the page cache, and pinning for them without locks. */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { pageIn } from '../../moves/definitions.js';
import {
  nextBurst,
  nextWrittenFolio,
  peekAtCached,
  tagWrittenFolio,
  takePeekedPage,
} from '../../steps/cached/device.js';
import { pinNextCached, releaseCachedPin } from '../../steps/cached/pinning.js';
import { checkPin, settlePin } from '../../steps/mapped/pinning.js';
import type { World } from '../../world.js';
import {
  again,
  branch,
  call,
  check,
  leave,
  nothing,
  operation,
  region,
  repeat,
  seq,
  service,
  step,
} from '../files/shapes.js';
import { pinPage } from '../mapped/pin-page.js';
import type { Part } from '../files/shapes.js';

/** One page with a fault if need be. */
const slowly: Part = pinPage(pinNextCached);

export const CACHED_DEVICE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'pinFast',
    'pin_user_pages_fast on bytes of a mapping, under the number `pin`.',
    check(checkPin),
    repeat(
      'pages',
      seq(
        branch(peekAtCached, {
          Found: branch(takePeekedPage, { Pinned: nothing(), Changed: slowly }),
          Slow: slowly,
          End: leave('pages'),
        }),
        again('pages'),
      ),
    ),
    check(settlePin),
  ),
  operation(
    'deviceWrite',
    'A device stores over all bytes of a pin.',
    repeat(
      'bursts',
      seq(branch(nextBurst, { Found: move(pageIn), End: leave('bursts') }), again('bursts')),
    ),
  ),
  operation(
    'releaseWritten',
    'unpin_user_pages_dirty_lock: the pages were written, and are let go.',
    call('tagWrittenPages', { give: ['pin'], take: [] }),
    step(releaseCachedPin),
  ),
  service(
    'tagWrittenPages',
    'Marks the pages of a pin dirty, each under the lock of its folio: set_page_dirty_lock.',
    repeat(
      'pages',
      seq(
        branch(nextWrittenFolio, { Found: nothing(), End: leave('pages') }),
        region('folio', step(tagWrittenFolio)),
        again('pages'),
      ),
    ),
  ),
];
