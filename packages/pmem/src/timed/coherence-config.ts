/** What a machine file says of several cores that hold the same line. */
import { z } from 'zod';
import { figure, span } from '../figure.js';

export const coherenceConfig = z.strictObject({
  protocol: figure(
    z.enum(['none', 'mesif']),
    'none: a line is in one place and changes hands; mesif: a state for each line, shared copies.',
  ),
  forwardNs: span('Load or store of a line that another core holds unmodified.'),
  upgradeNs: span('Store to a line at hand of which other cores of the socket have copies, too.'),
  otherSocketNs: span('Load or store of a line that a cache of the other socket has to give up.'),
});
export type CoherenceConfig = z.output<typeof coherenceConfig>;
