/** A memory replay as a user asks for it, in words; what comes back is the report. */
import { ConfigError } from '@daxsim/sim';
import { loadMachine } from '../config/systems.js';
import { parseFaults } from '../laid/parse-faults.js';
import { deviceBytesOf, type ReplayRequest } from '../replay/replay-request.js';
import { replayMemory, type MemoryReplayOptions } from './memory-replay.js';
import { memoryReplayReport, type MemoryReplayReport } from './memory-report.js';

/** Value of `--fs` that means that there is none. */
export const NO_FILE_SYSTEM = 'none';

/** Everything optional has the default that the command line names. */
export interface MemoryReplayRequest extends Pick<
  ReplayRequest,
  'traces' | 'traceOptions' | 'machine' | 'pages' | 'deviceBytes' | 'faults' | 'seed' | 'version'
> {
  /** Default `auto`. */
  readonly caches?: MemoryReplayOptions['caches'];
  /** Default `clwb`. */
  readonly flush?: MemoryReplayOptions['flush'];
  readonly gapCycles?: number;
  readonly onProgress?: MemoryReplayOptions['onProgress'];
  readonly mayGoOn?: MemoryReplayOptions['mayGoOn'];
}

/** Runs it. Throws UserError when the request or the trace cannot be used. */
export async function runMemoryReplay(request: MemoryReplayRequest): Promise<MemoryReplayReport> {
  const [trace, ...others] = request.traces;
  if (trace === undefined || others.length > 0) {
    const found = `${request.traces.length} traces`;
    throw new ConfigError({ where: '--fs none', found, allowed: 'one memory trace at a time' });
  }
  const deviceBytes = deviceBytesOf(request.deviceBytes);
  const { faults = [] } = request;
  const options: MemoryReplayOptions = {
    trace,
    traceOptions: request.traceOptions ?? {},
    machine: loadMachine(request.machine ?? 'optane-100-1dimm', request.pages),
    deviceBytes,
    faults: faults.length === 0 ? undefined : parseFaults(faults, deviceBytes),
    seed: request.seed ?? 1,
    caches: request.caches ?? 'auto',
    flush: request.flush ?? 'clwb',
    gapCycles: request.gapCycles,
    mayGoOn: request.mayGoOn,
    onProgress: request.onProgress,
  };
  const run = await replayMemory(options);
  return memoryReplayReport(options, run, request.version);
}
