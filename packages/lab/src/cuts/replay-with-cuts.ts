/** A replay with power cuts: one run to learn how long it takes, and the one that is cut. */
import { assert } from '@daxsim/sim';
import { replay, type ReplayOptions, type ReplayRun, type RunParts } from '../replay/replay.js';
import { PowerCuts, drawCuts, type CutSummary } from './power-cuts.js';

export interface CutReplay {
  readonly run: ReplayRun;
  readonly cuts: CutSummary;
  /** Length of the run over which the moments were drawn. */
  readonly runTicks: number;
}

/**
 * Cuts the power at `moments` moments, spread over the run's length. The run that learns the length
 * is exactly the one that is cut: a cut changes no time.
 */
export async function replayWithCuts(
  options: ReplayOptions,
  moments: number,
  join?: (parts: RunParts) => void,
): Promise<CutReplay> {
  const { ticks } = await replay(options);
  let cuts: PowerCuts | undefined;
  const run = await replay(options, (parts) => {
    cuts = new PowerCuts(parts, drawCuts(parts.decider, moments, ticks));
    join?.(parts);
  });
  assert(cuts !== undefined, 'replayWithCuts: the run was not joined');
  assert(cuts.summary.moments === moments, 'replayWithCuts: a moment lies behind the run');
  return { run, cuts: cuts.summary, runTicks: ticks };
}
