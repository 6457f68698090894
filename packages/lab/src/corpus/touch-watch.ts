/**
 * Holds the declarations of steps against what a search really touches.
 *
 *      scenario ─▶ searched whole, nothing left out ─▶ cells that steps read and wrote
 *                                                         └ declared by none of their names: a bug
 *
 * Of a run over a corpus one scenario in so many is searched once more this way; which ones follows
 * from their names, so that a run says the same each time. Whoever adds a step meets it early.
 */
import { TouchCheck, assert, describeUndeclared, explore } from '@daxsim/sim';
import { touchNames } from '@daxsim/daxfs';
import { corpusSystem } from './corpus-system.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusPlan } from './corpus-plan.js';

/** One scenario of so many is watched. */
const ONE_OF = 8;
const STATES_MAX = 2000;

/** What steps touch without saying so, a sentence each; up to `maxStates` states are looked at. */
export function undeclaredTouches(
  plan: CorpusPlan,
  setting: ScenarioSetting,
  maxStates = STATES_MAX,
): readonly string[] {
  const { system } = corpusSystem(plan, setting);
  const { interpreter, world } = system.system;
  const check = new TouchCheck(system.space, touchNames(world), interpreter.privateArenas);
  system.space.watch = check;
  try {
    explore(system, { beyondFailure: true, maxStates });
  } finally {
    system.space.watch = null;
  }
  return check.undeclared.map(describeUndeclared);
}

/** Whether a scenario is among those that are watched. */
export function isWatched(id: string): boolean {
  let sum = 0;
  for (const letter of id) sum += letter.charCodeAt(0);
  return sum % ONE_OF === 0;
}

/** Fails as a bug of ours if a watched scenario touches what its steps do not declare. */
export function watchTouches(plan: CorpusPlan, setting: ScenarioSetting): void {
  if (!isWatched(plan.scenario.id)) return;
  const [first] = undeclaredTouches(plan, setting);
  assert(first === undefined, `${plan.scenario.id}: ${first ?? ''}`);
}
