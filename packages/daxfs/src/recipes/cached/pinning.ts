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
import type { World } from '../../world.js';
import { branch, check, leave, nothing, operation, repeat, seq, step } from '../files/shapes.js';
import { pinPage } from '../mapped/pin-page.js';

export const CACHED_PIN_RECIPES: readonly Recipe<World>[] = [
  operation(
    'pinPages',
    'get_user_pages on bytes of a mapping, under the number `pin`: vmsplice(2).',
    check(checkPin),
    repeat('pages', pinPage(pinNextCached)),
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
