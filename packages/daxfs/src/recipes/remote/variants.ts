/** What a client does otherwise where a knob says so. */
import { variant } from '../variants.js';

/** Whether a punch waits for the pages of its range that are on their way to the server. */
export const waitsForWrites = variant('waitsForWrites', ['Yes', 'No'], ({ remoteWrites }) =>
  remoteWrites === 'waitFor' ? 0 : 1,
);
