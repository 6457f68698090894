/**
 * Where the parts of a fault stand to each other, by knobs.
 *
 *      [size?] ─ fault lock ─ [size?] ─ [begin?] ─ entry lock ─ [size?] ─ [begin?] ─ [zero?] ─ map
 */
import { variant } from '../variants.js';

/** Whether the extent is asked for under the entry's lock or before it. */
export const whereToBegin = variant('whereToBegin', ['Inside', 'Before'], (knobs, recipe) => {
  if (knobs.iomapBegin === 'underEntry') return 0;
  return knobs.iomapBegin === 'beforeEntry' || recipe === 'readFault' ? 1 : 0;
});

/** Whether the size is checked where truncation is kept away. */
export const whereToCheckSize = variant(
  'whereToCheckSize',
  ['UnderLock', 'Before'],
  ({ faultSizeCheck }) => (faultSizeCheck === 'underLock' ? 0 : 1),
);

/** Whether it is checked once more under the entry's lock. */
export const whetherToRecheck = variant('whetherToRecheck', ['No', 'Yes'], ({ faultRecheck }) =>
  faultRecheck === 'no' ? 0 : 1,
);

/** Whether a store to a page that shows a hole has a journal handle. */
export const whoLogsHoles = variant('whoLogsHoles', ['Logged', 'InPlace'], ({ holeStores }) =>
  holeStores === 'logged' ? 0 : 1,
);

/** When the blocks that a fault or a write allocates become zero. */
export const whenToZero = variant(
  'whenToZero',
  ['Before', 'After', 'InFault', 'Outside'],
  ({ blockZeroing }) => {
    if (blockZeroing === 'afterCommit') return 1;
    if (blockZeroing === 'afterEntry') return 3;
    return blockZeroing === 'inFault' ? 2 : 0;
  },
);

/** Whether the dirty tag goes after the flush, or before it as a defect has it. */
export const whenToClear = variant('whenToClear', ['After', 'Before'], ({ dirtyClearing }) =>
  dirtyClearing === 'afterFlush' ? 0 : 1,
);

/** Whether writeback looks for tags, or for entries whose tag it then sees under their lock. */
export const whatToSearch = variant('whatToSearch', ['Tags', 'Entries'], ({ dirtySearch }) =>
  dirtySearch === 'byTag' ? 0 : 1,
);

/** Whether TLBs are flushed only at the end of a removal. */
export const shootsDownLate = variant('shootsDownLate', ['No', 'Yes'], ({ shootDown }) =>
  shootDown === 'afterFree' ? 1 : 0,
);
