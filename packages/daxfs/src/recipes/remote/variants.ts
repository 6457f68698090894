/** What a client does otherwise where a knob says so. */
import { variant } from '../variants.js';

/** Whether pages on their way have checksums. */
export const makesSums = variant('makesSums', ['No', 'Yes'], ({ pageSums }) =>
  pageSums === 'none' ? 0 : 1,
);

/** Whether a page that a device holds waits for the device before it is sent. */
export const revokesPins = variant('revokesPins', ['No', 'Yes'], ({ pinnedWrites }) =>
  pinnedWrites === 'revoked' ? 1 : 0,
);

/** Whether a punch waits for the pages of its range that are on their way to the server. */
export const waitsForWrites = variant('waitsForWrites', ['Yes', 'No'], ({ remoteWrites }) =>
  remoteWrites === 'waitFor' ? 0 : 1,
);
