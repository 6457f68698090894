/** What writes, removals and renames do in another order where a knob says so. */
import { variant } from '../variants.js';

/** Whether translations go before the allocation of a write, too. */
export const invalidatesFirst = variant('invalidatesFirst', ['No', 'Yes'], (knobs) =>
  knobs.writeInvalidates === 'twice' ? 1 : 0,
);

/** When a write that copies shared blocks removes what shows them. */
export const unmapsBeforeCopy = variant('unmapsBeforeCopy', ['Yes', 'No'], ({ copiedPages }) =>
  copiedPages === 'kept' ? 1 : 0,
);
export const unmapsAfterCopy = variant('unmapsAfterCopy', ['No', 'Yes'], ({ copiedPages }) =>
  copiedPages === 'unmappedTwice' ? 1 : 0,
);

/** Whether unwritten blocks are converted after the copy. */
export const convertsLate = variant('convertsLate', ['No', 'Yes'], ({ writeConversion }) =>
  writeConversion === 'afterCopy' ? 1 : 0,
);

/** Whether what lies behind the end in its block becomes zero. */
export const zeroesTail = variant('zeroesTail', ['No', 'Yes'], ({ truncatedTail }) =>
  truncatedTail === 'zeroed' ? 1 : 0,
);

/** Whether translations go before blocks, after them, or both. */
export const punchOrder = variant('punchOrder', ['UnmapFirst', 'FreeFirst', 'Both'], (knobs) => {
  if (knobs.punchOrder === 'unmapFreeUnmap') return 2;
  return knobs.punchOrder === 'unmapThenFree' ? 0 : 1;
});

/** Whether a rename is one transaction, or removes what it replaces durably first. */
export const renameCommits = variant('renameCommits', ['One', 'RemoveFirst'], (knobs) =>
  knobs.renameCommits === 'one' ? 0 : 1,
);

/** Whether a change of names goes to the log and home at once, with no fence between. */
export const nameCommits = variant('nameCommits', ['Later', 'AtOnce'], (knobs) =>
  knobs.nameCommits === 'later' ? 0 : 1,
);

/** Whether an append looks for the end of the file where nobody else can move it. */
export const whenToSeek = variant('whenToSeek', ['UnderLock', 'Before'], ({ appendPosition }) =>
  appendPosition === 'underLock' ? 0 : 1,
);

/** Whether zeroing behind the end with the size kept logs the larger size. */
export const whatToLog = variant('whatToLog', ['Size', 'LargerSize'], ({ keptSize }) =>
  keptSize === 'asItIs' ? 0 : 1,
);

/** Whether what shifts extents writes back before it takes its locks, and not under them. */
export const whenToFlush = variant('whenToFlush', ['UnderLocks', 'Before'], ({ shiftFlush }) =>
  shiftFlush === 'underLocks' ? 0 : 1,
);
