/** What a machine file says of cores on another socket than the memory's. */
import { z } from 'zod';
import { figure, span } from '../figure.js';

export const otherSocketConfig = z.strictObject({
  isUsed: figure(
    z.boolean(),
    'True: the cores are on the other socket; false: only in runs that ask for it.',
  ),
  hopNs: span('From a message being on the wire between the sockets to the other side having it.'),
  headerNs: span('How long a request or an acknowledgement keeps the wire of its direction.'),
  lineNs: span('The same of a line with its header.'),
  credits: figure(
    z
      .int()
      .min(0)
      .max(1 << 16),
    'Messages of cores that the home has entries for; 0: for all that come.',
  ),
  directory: figure(
    z.enum(['none', 'fresh', 'steady']),
    'What is kept with each line of which socket may hold it. none: nothing; fresh: an untouched ' +
      'line is the home’s own; steady: it is as the traffic so far leaves lines.',
  ),
});
export type OtherSocketConfig = z.output<typeof otherSocketConfig>;
