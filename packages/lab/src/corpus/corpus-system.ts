/** Puts a corpus scenario together: the explored system, its judge, and power loss. */
import { ScenarioSystem } from '../explore/scenario-system.js';
import { CorpusJudge } from './corpus-judge.js';
import { FenceWatch } from './fence-watch.js';
import { PowerLossTrials } from './power-loss.js';
import { assert } from '@daxsim/sim';
import { UntimedMemory } from '@daxsim/pmem';
import type { Memory } from '@daxsim/pmem';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusPlan } from './corpus-plan.js';
import type { CorpusCall } from './calls.js';

export interface CorpusSystem {
  readonly system: ScenarioSystem<CorpusCall>;
  /** Crash states recovered and checked so far. */
  crashStates(): number;
}

/** Knobs that every scenario of a corpus is run with. */
function knobsOf(plan: CorpusPlan, setting: ScenarioSetting): ScenarioSetting {
  const sizes = plan.isHuge ? 'hugeFirst' : 'pagesOnly';
  const knobs = { faultSizes: sizes, reuse: 'freedFirst', ...setting.knobs };
  return { ...setting, allowsOrderCycles: true, knobs };
}

/** A fresh system at the moment when the threads start. */
export function corpusSystem(plan: CorpusPlan, given: ScenarioSetting): CorpusSystem {
  const setting = knobsOf(plan, given);
  const { setup, threads } = plan.calls;
  const { mediaBytes, stripeBlocks } = plan;
  const watches: FenceWatch[] = [];
  const trials: PowerLossTrials[] = [];
  const watched = (memory: Memory): Memory => {
    const watch = new FenceWatch(memory);
    watches.push(watch);
    return watch;
  };
  const system = new ScenarioSystem<CorpusCall>(
    { mediaBytes, stripeBlocks, setup, threads },
    setting,
    (made) => {
      const [watch] = watches;
      assert(watch !== undefined, 'corpus: a system without memory');
      const own = new PowerLossTrials(plan, watch, made.system, continueWith(plan, setting));
      trials.push(own);
      const judge = new CorpusJudge(plan, made, own.try, null);
      made.onAssertion = (message) => {
        judge.breaks(`assertion: ${message}`);
      };
      if (plan.scenario.crash) watch.beforeFence = judge.beforeFence;
      return judge;
    },
    null,
    watched,
  );
  return { system, crashStates: () => trials[0]?.executed ?? 0 };
}

/** After an explicit power loss the thread that lost it goes on alone, on the recovered image. */
function continueWith(
  plan: CorpusPlan,
  setting: ScenarioSetting,
): (image: Memory, judge: CorpusJudge, rest: readonly CorpusCall[]) => string | null {
  return (image, before, rest) => {
    assert(image instanceof UntimedMemory, 'corpus: an image that cannot be mounted');
    const { space } = image;
    const { mediaBytes, stripeBlocks } = plan;
    const system = new ScenarioSystem<CorpusCall>(
      { mediaBytes, stripeBlocks, setup: [], threads: [rest] },
      setting,
      (made) => new CorpusJudge(plan, made, null, before),
      { memory: image, space },
    );
    system.runAlone();
    return system.failure();
  };
}
