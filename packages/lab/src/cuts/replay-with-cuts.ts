/** A replay with power cuts: one run to learn how long it takes, and the one that is cut. */
import { replay, type ReplayOptions, type ReplayRun } from '../replay/replay.js';
import type { RunParts } from '../replay/replay.js';
import { PowerCuts, type CutSummary } from './power-cuts.js';

export interface CutReplay {
  readonly run: ReplayRun;
  readonly cuts: CutSummary;
}

/** Cuts the power at `moments` moments, drawn over the run's length. */
export async function replayWithCuts(
  options: ReplayOptions,
  moments: number,
  join?: (parts: RunParts) => void,
): Promise<CutReplay> {
  const { ticks } = await replay(options);
  let cuts: PowerCuts | undefined;
  const run = await replay(options, (parts) => {
    cuts = new PowerCuts(parts, moments, ticks);
    join?.(parts);
  });
  return { run, cuts: cuts!.summary };
}
