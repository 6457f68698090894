/** Devices that write to pinned pages of the page cache. */
import { move } from '@daxsim/sim';
import { pageIn } from '../../moves/definitions.js';
import {
  nextBurst,
  nextWrittenFolio,
  peekAtCached,
  tagWrittenFolio,
  takePeekedPage,
} from '../../steps/cached/device.js';
import { pinNextCached, releaseCachedPin } from '../../steps/cached/pinning.js';
import { again, branch, leave, repeat, seq } from '../files/shapes.js';
import { deviceRecipes } from '../mapped/device-recipes.js';

export const CACHED_DEVICE_RECIPES = deviceRecipes({
  pin: pinNextCached,
  peek: peekAtCached,
  take: takePeekedPage,
  store: repeat(
    'bursts',
    seq(branch(nextBurst, { Found: move(pageIn), End: leave('bursts') }), again('bursts')),
  ),
  release: releaseCachedPin,
  nextWritten: nextWrittenFolio,
  markedUnder: 'folio',
  mark: tagWrittenFolio,
  aboutMarking:
    'Marks the pages of a pin dirty, each under the lock of its folio: set_page_dirty_lock.',
});
