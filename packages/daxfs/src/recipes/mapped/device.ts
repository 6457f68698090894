/** Devices that write to pinned pages, and pinning for them without locks. */
import { move } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { deviceStore } from '../../moves/definitions.js';
import {
  nextForDevice,
  nextWrittenPage,
  peekForPin,
  releaseDirty,
  tagWritten,
  takePeeked,
} from '../../steps/mapped/device.js';
import { checkPin, pinNext, settlePin } from '../../steps/mapped/pinning.js';
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
import { pinPage } from './pin-page.js';
import type { Part } from '../files/shapes.js';

/** One page with a fault if need be. */
const slowly: Part = pinPage(pinNext);

export const DEVICE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'pinFast',
    'pin_user_pages_fast on bytes of a mapping, under the number `pin`.',
    check(checkPin),
    repeat(
      'pages',
      seq(
        branch(peekForPin, {
          Found: branch(takePeeked, { Pinned: nothing(), Changed: slowly }),
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
      'pages',
      seq(
        branch(nextForDevice, { Media: move(deviceStore), Skip: nothing(), End: leave('pages') }),
        again('pages'),
      ),
    ),
  ),
  operation(
    'releaseWritten',
    'unpin_user_pages_dirty_lock: the pages were written, and are let go.',
    call('tagWrittenPages', { give: ['pin'], take: [] }),
    step(releaseDirty),
  ),
  service(
    'tagWrittenPages',
    'Tags the pages of a pin dirty, each under the lock of its entry: set_page_dirty_lock.',
    repeat(
      'pages',
      seq(
        branch(nextWrittenPage, { Found: nothing(), End: leave('pages') }),
        region('entry', step(tagWritten)),
        again('pages'),
      ),
    ),
  ),
];
