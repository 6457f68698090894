/** Searches drawn scenarios; their tests, short and long, are claims about the same runs. */
import { undeclaredTouches } from '../../src/corpus/touch-watch.js';
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder } from '../../src/corpus/corpus-setting.js';
import { searchScenario } from '../../src/corpus/run-scenario.js';
import { drawnScenario } from './drawn-scenarios.js';

export const DRAWN_KINDS = [
  ['xfs-dax', false],
  ['ext4-dax', false],
  ['fuse-page-cache', false],
  ['xfs-dax', true],
  ['ext4-dax', true],
] as const;

/** What is wrong with scenarios of some seeds, each with the seed to draw it again. */
export function wrongOfDrawn(
  [system, crash]: (typeof DRAWN_KINDS)[number],
  seeds: readonly number[],
  maxStates: number,
): string[] {
  return seeds.flatMap((seed) => {
    const scenario = drawnScenario(seed, system, crash);
    const setting = settingUnder(scenario, CORRECT_PLAN);
    const plan = planCorpusScenario('drawn', scenario);
    const { failure } = searchScenario(plan, setting, { maxStates });
    const wrong = failure === null ? [] : [failure.message];
    return [...wrong, ...undeclaredTouches(plan, setting)].map((what) => `seed ${seed}: ${what}`);
  });
}
