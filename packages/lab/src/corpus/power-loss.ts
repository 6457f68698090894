/**
 * Power loss in the middle of a scenario: every case of what survives is recovered and checked, and
 * when the scenario goes on afterwards, that is run on each.
 *
 *     running system ─▶ crash image ─▶ recovery ─▶ fsck ─▶ mount ─▶ checks of scope `crash`
 *                                                    └▶ rest of the thread ─▶ checks of scope `end`
 *
 * Two moments with the same bytes, durable and pending, and the same results are judged once.
 */
import { StateSpace } from '@daxsim/sim';
import { fsck, mount, recoverNow } from '@daxsim/daxfs';
import { MediaView } from './media-view.js';
import { ScenarioView } from './scenario-view.js';
import { survivorCases } from './survivors.js';
import type { Memory } from '@daxsim/pmem';
import type { System } from '@daxsim/daxfs';
import type { CorpusJudge } from './corpus-judge.js';
import type { CorpusPlan } from './corpus-plan.js';
import type { FenceWatch } from './fence-watch.js';
import type { CorpusCall } from './calls.js';
import type { Survivors } from './survivors.js';

/** Runs the rest of a thread on a recovered image; answers null, or what is wrong. */
export type Continuation = (
  image: Memory,
  judge: CorpusJudge,
  rest: readonly CorpusCall[],
) => string | null;

const LINES_PER_BLOCK = 64;

export class PowerLossTrials {
  /** States recovered and checked. */
  executed = 0;
  private readonly known = new Set<string>();

  constructor(
    private readonly plan: CorpusPlan,
    private readonly watch: FenceWatch,
    private readonly system: System,
    private readonly goOn: Continuation,
  ) {}

  /** Null, or what is wrong after losing power now. */
  readonly try = (judge: CorpusJudge, rest: readonly CorpusCall[] | null): string | null => {
    const goesOn = rest === null ? '' : rest.map(({ text }) => text).join(';');
    const key = `${this.watch.fingerprint()}|${judge.results.fingerprint()}|${goesOn}`;
    if (this.known.has(key)) return null;
    const { geometry } = this.system.world.volume;
    const firstDataLine = geometry.firstFileBlock * LINES_PER_BLOCK;
    for (const survivors of survivorCases(this.watch.pendingLines(), firstDataLine)) {
      const wrong = this.tryOne(judge, rest, survivors);
      if (wrong !== null) return `${wrong}; ${describe(survivors, this.watch)}`;
    }
    this.known.add(key);
    return null;
  };

  private tryOne(
    judge: CorpusJudge,
    rest: readonly CorpusCall[] | null,
    survivors: Survivors,
  ): string | null {
    this.executed += 1;
    const image = this.watch.crashImage({ keep: (line) => survivors.get(line) ?? 0 });
    recoverNow(image, 0, this.system.world.knobs.replay);
    const [problem] = fsck(image);
    if (problem !== undefined) {
      return `after power loss: fsck: ${problem.where}: ${problem.what}`;
    }
    const { personality } = this.system.world;
    const volume = mount(image, new StateSpace(), personality.inlineExtents);
    if (volume === null) return 'after power loss: nothing to mount';
    const media = new MediaView(volume, image);
    const { results, freeAtStart } = judge;
    const view = new ScenarioView(results, media, freeAtStart, null, this.plan.calls.maps);
    const wrong = this.plan.checks.broken('crash', view) ?? judge.checkContents(media);
    if (wrong !== null) return `after power loss: ${wrong}`;
    return rest === null ? null : this.goOn(image, judge, rest);
  }
}

function describe(survivors: Survivors, watch: FenceWatch): string {
  const lines = watch.pendingLines();
  if (lines.length === 0) return 'nothing was pending';
  const kept = lines.filter(({ line, units }) => survivors.get(line) === units).length;
  const cut = lines.filter(({ line, units }) => {
    const count = survivors.get(line) ?? 0;
    return count > 0 && count < units;
  }).length;
  const lost = lines.length - kept - cut;
  const counts = `${String(kept)} survive, ${String(cut)} are cut, ${String(lost)} lost`;
  return `of ${String(lines.length)} pending lines ${counts}`;
}
