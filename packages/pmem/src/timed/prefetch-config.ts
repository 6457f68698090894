/** What a machine file says of prefetching by its cores. */
import { z } from 'zod';
import { count, figure } from '../figure.js';

export const prefetchConfig = z.strictObject({
  isUsed: figure(
    z.boolean(),
    'True: cores prefetch; false: only in runs that ask for it. Needs caches.',
  ),
  nextLine: figure(
    z.boolean(),
    'Loads of a line and of the one behind it bring the next one into the L1.',
  ),
  pairs: figure(
    z.boolean(),
    'A line that misses the L2 brings the other one of its 128 bytes into it.',
  ),
  streams: figure(
    z.int().min(0).max(256),
    'Pages of 4 KiB that the streamer of a core follows at once; 0: it has none.',
  ),
  startSteps: count(16, 'Steps one way within a page that make a stream.'),
  distanceLines: count(63, 'How far ahead of what is asked for the streamer goes, lines.'),
  perAccess: count(
    8,
    'Lines that the streamer asks for at most for each access that misses the L1.',
  ),
  slots: figure(
    z.int().min(2).max(64),
    'Lines that prefetches of a core have under way, those that they push out among them; what ' +
      'finds fewer than two free is dropped.',
  ),
  nearSlots: figure(
    z.int().min(0).max(64),
    'With as many taken, the streamer brings lines no nearer than the LLC.',
  ),
});
export type PrefetchConfig = z.output<typeof prefetchConfig>;
