/** The store buffer of a core, as a machine's file says it. */
import { z } from 'zod';
import { cycles, figure } from '../figure.js';

export const storeBufferConfig = z.strictObject({
  entries: figure(
    z.int().min(0).max(1024),
    'Stores that a core may have retired before their lines are there; 0: a store waits for a ' +
      'fill buffer and for nothing else.',
  ),
  forwardCycles: cycles('Load-to-use of a load whose bytes a store in the buffer holds.'),
});
