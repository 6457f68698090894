/**
 * A reproducer: one self-contained JSON that makes a failure happen again — the resolved scenario,
 * personality, plan and knobs by value or by catalogue name, and the list of choices.
 */
import { ConfigError } from '@daxsim/sim';
import { REPRODUCER_SCHEMA, reproducerConfig } from './config.js';
import { showSchedule } from './exploration.js';
import type { Reproducer, ScenarioConfig } from './config.js';
import type { ExplorationFailure } from './exploration.js';
import type { ScenarioSetting } from './scenario-system.js';

/** Makes the reproducer of a failure. */
export function reproducerOf(
  version: string,
  names: { readonly fileSystem: string; readonly lockPlan: string },
  setting: ScenarioSetting,
  scenario: ScenarioConfig,
  failure: ExplorationFailure,
): Reproducer {
  return {
    schema: REPRODUCER_SCHEMA,
    version,
    file_system: names.fileSystem,
    lock_plan: names.lockPlan,
    knobs: { ...setting.knobs },
    scenario,
    choices: [...failure.choices],
    digest: failure.digest,
    failure: failure.what,
  };
}

/** Reads a parsed reproducer; `where` is the file. */
export function parseReproducer(where: string, value: unknown): Reproducer {
  const schema =
    typeof value === 'object' && value !== null && 'schema' in value ? value.schema : '';
  if (schema !== REPRODUCER_SCHEMA) {
    throw new ConfigError({
      where,
      found: `a reproducer of form ${JSON.stringify(schema)}`,
      allowed: `form ${REPRODUCER_SCHEMA}; one of another version has to be made again`,
    });
  }
  const parsed = reproducerConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? '' : issue.path.map(String).join('.');
  throw new ConfigError({ where, found: `${place}: ${issue?.message ?? 'not a reproducer'}` });
}

/** What running a reproducer led to. */
export interface Reproduction {
  readonly failsAgain: boolean;
  readonly sameDigest: boolean;
  readonly what: string;
  readonly diagram: readonly string[];
}

export function reproduce(reproducer: Reproducer, setting: ScenarioSetting): Reproduction {
  const shown = showSchedule(reproducer.scenario, setting, reproducer.choices);
  return {
    failsAgain: shown.what !== '',
    sameDigest: shown.digest === reproducer.digest,
    what: shown.what,
    diagram: shown.diagram,
  };
}
