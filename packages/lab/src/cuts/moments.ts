/**
 * When power fails: so many moments of a run, spread over all of it and drawn from the decider.
 *
 *     run length   ├──────┬──────┬──────┬──────┤      one moment per equal slice,
 *     moments         ×      ×  ×          ×          anywhere within it
 *
 * One moment per slice covers the run evenly, whatever the draw. Log forces and checkpoints are
 * short, so some slices are asked for less than their turn: of eight moments two are drawn within
 * a force and one within a checkpoint, where the run has any, again spread over all of them.
 */
import { Point, type Decider } from '@daxsim/sim';
import type { Span } from './phases.js';

/** Spans that deserve moments of their own, in order of time. */
export interface Phases {
  readonly forces: readonly Span[];
  readonly checkpoints: readonly Span[];
}

const NO_PHASES: Phases = { forces: [], checkpoints: [] };
/** Places of one draw; a slice is cut finer by drawing twice. */
const PLACES = 1 << 20;
const ROUND = 8;
const IN_FORCE = [2, 6] as const;
const IN_CHECKPOINT = 5;

/** Ascending, different ticks; the same decider state gives the same. */
export function drawMoments(
  decider: Decider,
  count: number,
  runTicks: number,
  phases: Phases = NO_PHASES,
): number[] {
  const moments: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const place = draw(decider);
    const spans = spansFor(i % ROUND, phases);
    const progress = (i + place) / count;
    moments.push(spans.length === 0 ? progress * runTicks : within(spans, progress, decider));
  }
  moments.sort((a, b) => a - b);
  let last = 0;
  return moments.map((at) => {
    last = Math.max(last + 1, Math.round(at));
    return last;
  });
}

function spansFor(turn: number, { forces, checkpoints }: Phases): readonly Span[] {
  if (turn === IN_CHECKPOINT) return checkpoints;
  return turn === IN_FORCE[0] || turn === IN_FORCE[1] ? forces : [];
}

/** A place within the span that lies as far in the list as `progress` says. */
function within(spans: readonly Span[], progress: number, decider: Decider): number {
  const { from, to } = spans[Math.min(spans.length - 1, Math.floor(progress * spans.length))]!;
  return from + draw(decider) * (to - from);
}

/** 0 … less than 1. */
function draw(decider: Decider): number {
  const coarse = decider.decide(Point.Crash, PLACES);
  const fine = decider.decide(Point.Crash, PLACES);
  return (coarse + fine / PLACES) / PLACES;
}
