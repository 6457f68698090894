/**
 * When power fails: so many moments of a run, spread over all of it and drawn from the decider.
 *
 *     run length   ├──────┬──────┬──────┬──────┤      one moment per equal slice,
 *     moments         ×      ×  ×          ×          anywhere within it
 *
 * One moment per slice covers the run evenly, whatever the draw; the place within the slice falls
 * into the middle of operations, log forces and checkpoints as often as these take time.
 */
import { Point, type Decider } from '@daxsim/sim';

/** Places of one draw; a slice is cut finer by drawing twice. */
const PLACES = 1 << 20;

/** Ascending ticks, all in (0, runTicks]; the same decider state gives the same. */
export function drawMoments(decider: Decider, count: number, runTicks: number): number[] {
  const moments: number[] = [];
  const slice = runTicks / count;
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const coarse = decider.decide(Point.Crash, PLACES);
    const fine = decider.decide(Point.Crash, PLACES);
    const place = (coarse + fine / PLACES) / PLACES;
    const at = Math.max(last + 1, Math.round((i + place) * slice));
    moments.push(at);
    last = at;
  }
  return moments;
}
