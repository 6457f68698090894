/** What unbuffered transfers do otherwise where a knob says so. */
import { variant } from '../variants.js';

/** Whether what is cached of the range goes again behind a direct write. */
export const dropsBehind = variant('dropsBehind', ['Yes', 'No'], ({ directDrops }) =>
  directDrops === 'twice' ? 0 : 1,
);

/** Whether a transfer is over when its blocks are written ones, or when its bytes are moved. */
export const whenOver = variant('whenOver', ['Behind', 'Before'], ({ transferEnd }) =>
  transferEnd === 'whenConverted' ? 0 : 1,
);
