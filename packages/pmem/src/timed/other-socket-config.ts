/** What a machine file says of cores on another socket than the memory's. */
import { z } from 'zod';
import { figure, span } from '../figure.js';

export const otherSocketConfig = z.strictObject({
  isUsed: figure(
    z.boolean(),
    'True: the cores are on the other socket; false: only in runs that ask for it.',
  ),
  coresHere: figure(
    z.int().min(0).max(4096),
    'If it is used: how many cores, the first ones, are on the socket of the memory after all.',
  ).optional(),
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

/** Of each core, whether it is on another socket than the memory: 0 or 1. */
export function socketsOf(config: OtherSocketConfig | undefined, cores: number): number[] {
  const isUsed = config?.isUsed.value === true;
  const here = isUsed ? (config.coresHere?.value ?? 0) : cores;
  return Array.from({ length: cores }, (_, core) => (core < here ? 0 : 1));
}
