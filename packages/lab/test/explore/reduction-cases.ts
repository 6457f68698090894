/** Scenarios and plans on which the reduced search is compared with the full one. */
import { lockPlan, personality } from '@daxsim/daxfs';
import { compareEnds } from '@daxsim/sim';
import type { EndsComparison } from '@daxsim/sim';
import { loadScenario } from '../../src/explore/load-scenario.js';
import { registerSystem } from '../../src/explore/register-judge.js';

export interface ReductionCase {
  /** Name in configs/experiments. */
  readonly scenario: string;
  readonly plan: string;
}

/** Both searches of one case, to the end and beyond failures. */
export function compareCase({ scenario, plan }: ReductionCase): EndsComparison {
  const { config } = loadScenario(scenario);
  const setting = { personality: personality('xfs-dax@6.12'), plan: lockPlan(plan), knobs: {} };
  return compareEnds(() => registerSystem(config, setting));
}

export const SHORT_CASES: readonly ReductionCase[] = [
  { scenario: 'write-vs-read-fault', plan: 'none' },
  { scenario: 'write-vs-read-fault', plan: 'xfs-upstream' },
  { scenario: 'write-vs-read-fault', plan: 'global' },
  { scenario: 'punch-vs-write-fault', plan: 'global' },
];

export const LONG_CASES: readonly ReductionCase[] = [
  { scenario: 'punch-vs-write-fault', plan: 'none' },
  { scenario: 'punch-vs-write-fault', plan: 'xfs-upstream' },
];
