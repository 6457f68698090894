/** What knobs change in recipes of a guest. */
import { variant } from '../variants.js';

/** Whether translations go before a range is taken back. */
export const whetherToUnmap = variant('whetherToUnmap', ['Yes', 'No'], ({ windowUnmap }) =>
  windowUnmap === 'first' ? 0 : 1,
);

/** Whether a fault lets go of its locks before it waits for a range. */
export const howToWait = variant('howToWait', ['Unlocked', 'Locked'], ({ rangeWait }) =>
  rangeWait === 'unlocked' ? 0 : 1,
);

/** Whether a fault lets go of everything before it makes a range writable. */
export const whereToUpgrade = variant('whereToUpgrade', ['Held', 'Alone'], ({ windowUpgrade }) =>
  windowUpgrade === 'keepsRange' ? 0 : 1,
);

const HOST_FAULTS = ['eio', 'sigbus', 'hang', 'retries'] as const;

/** What a page that the host took away leads to. */
export const whatGoneMeans = variant(
  'whatGoneMeans',
  ['Told', 'Killed', 'Waits', 'Retries'],
  ({ hostFault }) => HOST_FAULTS.indexOf(hostFault),
);

/** How a write that makes the file longer goes. */
export const howToExtend = variant(
  'howToExtend',
  ['Request', 'Split', 'SizeFirst'],
  ({ extendingWrite }) => {
    if (extendingWrite === 'request') return 0;
    return extendingWrite === 'split' ? 1 : 2;
  },
);

/** Whether a range is found before the tree is locked for setting it up. */
export const whereToTake = variant('whereToTake', ['Before', 'UnderTree'], ({ inlineReclaim }) =>
  inlineReclaim === 'underTree' ? 1 : 0,
);

/** Whether a fault that finds nothing free takes a range of its own file back itself. */
export const whoReclaims = variant('whoReclaims', ['Calls', 'Faults'], ({ inlineReclaim }) =>
  inlineReclaim === 'byFaults' ? 1 : 0,
);
