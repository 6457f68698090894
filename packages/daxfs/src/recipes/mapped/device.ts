/** Devices that write to pinned pages of DAX files. */
import { move } from '@daxsim/sim';
import { deviceStore } from '../../moves/definitions.js';
import {
  nextForDevice,
  nextWrittenPage,
  peekForPin,
  releaseDirty,
  tagWritten,
  takePeeked,
} from '../../steps/mapped/device.js';
import { pinNext } from '../../steps/mapped/pinning.js';
import { again, branch, leave, nothing, repeat, seq } from '../files/shapes.js';
import { deviceRecipes } from './device-recipes.js';

export const DEVICE_RECIPES = deviceRecipes({
  pin: pinNext,
  peek: peekForPin,
  take: takePeeked,
  store: repeat(
    'pages',
    seq(
      branch(nextForDevice, { Media: move(deviceStore), Skip: nothing(), End: leave('pages') }),
      again('pages'),
    ),
  ),
  release: releaseDirty,
  nextWritten: nextWrittenPage,
  markedUnder: 'entry',
  mark: tagWritten,
  aboutMarking:
    'Tags the pages of a pin dirty, each under the lock of its entry: set_page_dirty_lock.',
});
