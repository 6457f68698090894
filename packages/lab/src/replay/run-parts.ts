import type { Digest, SeededDecider, TimedMachine } from '@daxsim/sim';
import type { LockFigures } from '../results/lock-figures.js';
import type { DueTimes } from './due-times.js';
import type { ReplaySource } from './replay-source.js';
import type { TimedSystem } from './timed-system.js';

/** What joins a run before it starts: power cuts, timelines. */
export interface RunParts {
  readonly machine: TimedMachine<TimedSystem['system']['world']>;
  readonly source: ReplaySource;
  readonly due: DueTimes;
  readonly timed: TimedSystem;
  readonly locks: LockFigures;
  readonly decider: SeededDecider;
  readonly digest: Digest;
}
