/** What a scenario runs on: a personality, its lock plan, and a defect if there is one. */
import { lockPlan, personality, planWith } from '@daxsim/daxfs';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { ScenarioDefect } from './scenario.js';

/** Programs are compiled once for each plan object, so a setting is made once. */
const SETTINGS = new Map<string, ScenarioSetting>();

/** The setting of a file system's name. Throws ConfigError for an unknown name or knob. */
export function settingOf(fileSystem: string, defect: ScenarioDefect | undefined): ScenarioSetting {
  const change = defect === undefined ? {} : { [defect.knob]: defect.value };
  const key = `${fileSystem} ${JSON.stringify(change)}`;
  let setting = SETTINGS.get(key);
  if (setting === undefined) {
    const values = personality(fileSystem);
    const plan = lockPlan(values.plan);
    const changed = planWith(plan, plan.name, change);
    const allowsOrderCycles = defect !== undefined;
    setting = { personality: values, plan: changed, allowsOrderCycles, knobs: {} };
    SETTINGS.set(key, setting);
  }
  return setting;
}
