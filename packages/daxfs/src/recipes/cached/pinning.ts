/** Recipes of pinned pages of the page cache; nobody has to wait for them. */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { cachePinned } from '../../moves/definitions.js';
import {
  nextPinnedPage,
  pinNextCached,
  unpinAllPages,
  unpinCopiedPage,
} from '../../steps/cached/pinning.js';
import { checkPin, settlePin } from '../../steps/mapped/pinning.js';
import { retryPin } from '../../steps/mapped/populate.js';
import type { World } from '../../world.js';
import {
  again,
  branch,
  call,
  check,
  done,
  leave,
  nothing,
  operation,
  repeat,
  seq,
  step,
} from '../files/shapes.js';

const FAULT = {
  give: ['mapping', 'mm', 'offset', 'access'],
  take: [],
  rename: { offset: 'cursor' },
} as const;

const GAVE_UP = {
  Signal: branch(retryPin, { Stop: leave('pages'), Again: again('pages') }),
  Denied: leave('pages'),
} as const;

export const CACHED_PIN_RECIPES: readonly Recipe<World>[] = [
  operation(
    'pinPages',
    'get_user_pages on bytes of a mapping, under the number `pin`: vmsplice(2).',
    check(checkPin),
    repeat(
      'pages',
      branch(pinNextCached, {
        Pinned: again('pages'),
        End: leave('pages'),
        Failed: done,
        Read: call('readFault', FAULT, GAVE_UP),
        Write: call('writeFault', FAULT, GAVE_UP),
      }),
    ),
    check(settlePin),
  ),
  operation(
    'readPinned',
    'Reads what pinned pages hold and lets them go: read(2) of a pipe after vmsplice(2).',
    repeat(
      'pages',
      seq(
        branch(nextPinnedPage, { Found: nothing(), End: leave('pages') }),
        move(cachePinned),
        step(unpinCopiedPage),
      ),
    ),
    step(unpinAllPages),
  ),
  operation('unpinPages', 'put_page for every page of a pin.', step(unpinAllPages)),
];
