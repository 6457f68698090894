/** A replay with power cuts: one run to learn when what happens, and the one that is cut. */
import { assert, fanOut } from '@daxsim/sim';
import { replay, type ReplayOptions, type ReplayRun, type RunParts } from '../replay/replay.js';
import { PhaseWatch } from './phases.js';
import { PowerCuts, drawCuts, type CutSummary } from './power-cuts.js';

export interface CutReplay {
  readonly run: ReplayRun;
  readonly cuts: CutSummary;
  /** When power was cut, in ticks, ascending. */
  readonly momentTicks: readonly number[];
}

/**
 * Cuts the power at `moments` moments, spread over the run and its log forces and checkpoints. The
 * run that learns of these is exactly the one that is cut: a cut changes no time.
 */
export async function replayWithCuts(
  options: ReplayOptions,
  moments: number,
  join?: (parts: RunParts) => void,
): Promise<CutReplay> {
  let phases: PhaseWatch | undefined;
  const { ticks } = await replay(options, ({ timed }) => {
    const { sync, set } = timed.system.interpreter;
    phases = new PhaseWatch(set.programs);
    sync.observer = fanOut(sync.observer === null ? [phases] : [sync.observer, phases]);
  });
  let cuts: PowerCuts | undefined;
  let momentTicks: readonly number[] = [];
  const run = await replay(options, (parts) => {
    const spans = {
      forces: phases?.forces.spans ?? [],
      checkpoints: phases?.checkpoints.spans ?? [],
    };
    const drawn = drawCuts(parts.decider, moments, ticks, spans);
    momentTicks = drawn.map(({ at }) => at);
    cuts = new PowerCuts(parts, drawn);
    join?.(parts);
  });
  assert(cuts !== undefined, 'replayWithCuts: the run was not joined');
  assert(cuts.summary.moments === moments, 'replayWithCuts: a moment lies behind the run');
  return { run, cuts: cuts.summary, momentTicks };
}
