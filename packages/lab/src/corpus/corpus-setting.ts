/**
 * What a scenario runs on: its system's personality, the correct lock plan or another, and knobs.
 *
 *      S3b is the correct plan; on ext4 what ext4 ships stands for it, with its journal handle
 */
import { ConfigError } from '@daxsim/sim';
import {
  lockPlan,
  lockPlanCached,
  lockPlanOfClient,
  lockPlanOver,
  lockPlanSharing,
  lockPlanWindowed,
  personality,
  planWith,
} from '@daxsim/daxfs';
import type { LockPlan } from '@daxsim/sim';
import type { Personality } from '@daxsim/daxfs';
import { DEFECTS } from './defects.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusScenario } from './config.js';

/** The plan under which every scenario must pass. */
export const CORRECT_PLAN = 'S3b';

/** Personalities by system of the form, and of ours beside it. */
const PERSONALITIES: { readonly [system in CorpusScenario['system']]: string } = {
  'xfs-dax': 'xfs-dax@6.12',
  any: 'xfs-dax@6.12',
  // The path of 2014 and 2015 is the same recipes under other knobs and plans.
  'early-dax': 'xfs-dax@6.12',
  'ext4-dax': 'ext4-dax@6.12',
  'xfs-dax-reflink': 'xfs-dax-reflink@6.12',
  'xfs-pagecache': 'xfs-pagecache@6.12',
  'xfs-pagecache-sums': 'xfs-pagecache@6.12',
  'fuse-page-cache': 'fuse-pagecache@6.12',
  'nfs-page-cache': 'nfs-pagecache@6.12',
  'virtiofs-dax': 'virtiofs@6.12',
};

/** The setting of a scenario under a plan named as in `S2+U=yes`. */
export function settingUnder(scenario: CorpusScenario, planName: string): ScenarioSetting {
  const shares = sharesBlocks(scenario);
  const named = shares ? lockPlanSharing(planName) : planOn(scenario.system, planName);
  // The correct rule is stricter than what kernels do.
  const careful = shares ? CAREFUL_COPY : CAREFUL[scenario.system];
  const knobs = { ...careful, ...policyOf(scenario) };
  const isPlain = Object.keys(knobs).length === 0;
  const plan = isPlain ? named : planWith(named, planName, { ...knobs, ...named.knobs });
  const system = shares ? 'xfs-dax-reflink' : scenario.system;
  return {
    personality: withWindow(personality(PERSONALITIES[system]), scenario),
    plan: { ...plan, name: planName },
    knobs: KNOBS_OF[scenario.system] ?? {},
    guests: scenario.params?.guests ?? [],
  };
}

/** A defect may change it. */
function policyOf({ params }: CorpusScenario): Readonly<Record<string, string>> {
  return params?.host_fault === undefined ? {} : { hostFault: params.host_fault };
}

/** Knobs that scenarios of a system are run with. */
const KNOBS_OF: { readonly [system: string]: Readonly<Record<string, string>> } = {
  // The worst of ordered data: a commit that writes dirty pages back itself.
  'ext4-dax': { commitWritesData: 'yes' },
  // Ranges that the set-up made stay until somebody needs one.
  'virtiofs-dax': { windowWorker: 'onDemand' },
  'nfs-page-cache': { pageSums: 'made' },
  'xfs-pagecache-sums': { pageSums: 'made' },
};

/** Ranges of a window when a scenario does not say. */
const WINDOW_RANGES = 8;

/** A window as large as the scenario wants it. */
function withWindow(base: Personality, { params }: CorpusScenario): Personality {
  if (base.window === null) return base;
  const ranges = params?.window_ranges ?? WINDOW_RANGES;
  const guests = Math.max(0, ...(params?.guests ?? [])) + 1;
  return { ...base, window: { ...base.window, ranges, guests } };
}

/** Presets are about two locks; the others are those of the file system. */
function planOn(system: string, name: string): LockPlan {
  if (system === 'ext4-dax') return lockPlanOver(name, 'ext4-upstream');
  if (isOfClient(system)) return lockPlanOfClient(name);
  if (system === 'virtiofs-dax') return lockPlanWindowed(name);
  return system.startsWith('xfs-pagecache') ? lockPlanCached(name) : lockPlan(name);
}

function isOfClient(system: string): boolean {
  return system === 'fuse-page-cache' || system === 'nfs-page-cache';
}

/** See knob copiedPages. */
const CAREFUL_COPY: Readonly<Record<string, string>> = { copiedPages: 'unmappedTwice' };
/** NFS sends the page itself, which a device may then store to. */
const CAREFUL: { readonly [system: string]: Readonly<Record<string, string>> } = {
  'nfs-page-cache': { pinnedWrites: 'bounced' },
  'xfs-pagecache-sums': { stableWrites: 'bounced' },
};

/** Whether a scenario needs a file system whose files can share blocks. */
function sharesBlocks({ system, setup, threads }: CorpusScenario): boolean {
  const isXfs = system === 'xfs-dax' || system === 'any';
  return isXfs && [...setup, ...threads.flat()].some(({ op }) => op === 'reflink');
}

/** The same with a defect switched on; null for one that is not modelled. */
export function settingWithDefect(
  setting: ScenarioSetting,
  defect: string,
): ScenarioSetting | null {
  const knobs = DEFECTS[defect];
  if (knobs === undefined) return null;
  return { ...setting, plan: planWith(setting.plan, setting.plan.name, knobs) };
}

/** Throws `ConfigError` if a plan of a scenario is none. */
export function checkPlans(where: string, scenario: CorpusScenario): void {
  for (const name of [...(scenario.plans_that_fail ?? []), ...(scenario.plans_that_pass ?? [])]) {
    try {
      settingUnder({ ...scenario, system: 'any' }, name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError({ where: `${where}: ${scenario.id}`, found: error.message });
    }
  }
}
