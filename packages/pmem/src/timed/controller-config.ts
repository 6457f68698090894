/** What a machine file says of the controller of each channel. */
import { z } from 'zod';
import { count, figure, span } from '../figure.js';

export const controllerConfig = z.strictObject({
  readSlots: count(1024, 'RPQ: reads of a channel between issue and the return of their data.'),
  writeSlots: count(1024, 'WPQ: writes of a channel between acceptance and issue, in lines.'),
  drainAbove: count(1024, 'Writes in the WPQ at which writes go before reads.'),
  drainDownTo: figure(z.int().min(0).max(1024), 'Writes in the WPQ at which reads go first again.'),
  drainBurst: count(4096, 'Writes issued first before waiting reads get a turn all the same.'),
  readTurn: count(4096, 'Reads of such a turn.'),
  deviceCredits: count(1024, 'Requests issued to the device that it has not taken in yet.'),
  readChoice: count(
    4096,
    'Waiting reads among which cores take turns; 1: first come, first served.',
  ),
  readSlices: figure(
    z.int().min(0).max(1024),
    'Slices of the shared cache that take these turns instead, lines being scattered over them; ' +
      '0: cores.',
  ),
  writeChoice: count(4096, 'Waiting writes among which cores take turns to be accepted.'),
  pauseNs: span('For how long no write is accepted, now and then.'),
  pauseEveryNs: figure(
    z.number().min(0).max(1e12),
    'From the start of such a pause to the next; 0: never. Nanoseconds.',
  ),
  lineBusNs: span('How long a line keeps the bus.'),
  turnaroundNs: span('What changing between reads and writes costs on the bus.'),
});
export type ControllerConfig = z.output<typeof controllerConfig>;
