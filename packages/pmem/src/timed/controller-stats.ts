/** The figures of a memory controller. */
import { defineStats } from '@daxsim/sim';

export const controllerDeclarations = {
  reads: ['count', 'Lines read from the channel.'],
  writes: ['count', 'Lines written to the channel.'],
  readWaitTicks: ['ticks', 'Time from the arrival of reads to their issue.'],
  wpqStalls: ['count', 'Writes that found the WPQ full.'],
  wpqStallTicks: ['ticks', 'Time that writes waited for a place in the WPQ.'],
  wpqMax: ['count', 'Most writes in the WPQ.', 'max'],
  readQueueMax: ['count', 'Most reads waiting to be issued.', 'max'],
  drains: ['count', 'Times that a full WPQ turned to writes first.'],
  turnarounds: ['count', 'Changes of the bus between reads and writes.'],
} as const;
export const controllerStats = defineStats(controllerDeclarations);

export type ControllerDeclarations = typeof controllerDeclarations;
