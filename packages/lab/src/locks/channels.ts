/**
 * What a machine's memory can move when many want it at once, measured on the simulated machine
 * itself: random loads of 4 KiB by sixteen threads, non-temporal stores by four.
 */
import type { MemoryChannel } from '@daxsim/sim';
import type { MachineChoice } from '../config/systems.js';
import { runConfig } from '../validate/config.js';
import { measureRun } from '../validate/measure.js';
import { parseMetric } from '../validate/metric.js';

const SCALE = 0.1;

/** Reads and writes, as `Channel` in `path-scripts.ts` numbers them. */
export function measureChannels(machine: MachineChoice): MemoryChannel[] {
  return [
    { bytesPerTick: bandwidth(machine, 'load', 16) },
    { bytesPerTick: bandwidth(machine, 'ntstore', 4) },
  ];
}

function bandwidth(machine: MachineChoice, operation: 'load' | 'ntstore', threads: number): number {
  const run = runConfig.parse({
    ...{ pattern: 'random', operation, access_bytes: 4096, region_bytes: 1073741824, threads },
    cached: false,
  });
  const metric = parseMetric('bandwidth');
  if (metric === null) return 1;
  return measureRun(machine.config, run, metric, 1, SCALE);
}
