/** A reproducer of a scenario's failure under its defect: everything by value, and the choices. */
import { ConfigError } from '@daxsim/sim';
import { showChoices } from '../explore/exploration.js';
import { CORPUS_REPRODUCER_SCHEMA, corpusReproducerConfig } from './config.js';
import { planCorpusScenario } from './corpus-plan.js';
import { settingUnder, settingWithDefect } from './corpus-setting.js';
import { corpusSystem } from './corpus-system.js';
import type { ExplorationFailure } from '../explore/exploration.js';
import type { Reproduction } from '../explore/reproducer.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { CorpusReproducer, CorpusScenario } from './config.js';

export type { CorpusReproducer } from './config.js';

export function corpusReproducerOf(
  version: string,
  scenario: CorpusScenario,
  setting: ScenarioSetting,
  failure: ExplorationFailure,
): CorpusReproducer {
  return {
    schema: CORPUS_REPRODUCER_SCHEMA,
    version,
    lock_plan: setting.plan.name,
    defect: scenario.defect?.name ?? null,
    scenario,
    choices: [...failure.choices],
    digest: failure.digest,
    failure: failure.what,
  };
}

/** Whether a parsed file is one. */
export function isCorpusReproducer(value: unknown): boolean {
  const isRecord = typeof value === 'object' && value !== null;
  return isRecord && 'schema' in value && value.schema === CORPUS_REPRODUCER_SCHEMA;
}

/** Runs it again; `where` is the file. */
export function reproduceCorpus(where: string, value: unknown): Reproduction {
  const parsed = corpusReproducerConfig.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? '' : issue.path.map(String).join('.');
    throw new ConfigError({ where, found: `${place}: ${issue?.message ?? 'not a reproducer'}` });
  }
  const { scenario, lock_plan: lockPlan, defect, choices, digest } = parsed.data;
  const base = settingUnder(scenario, lockPlan);
  const setting = defect === null ? base : settingWithDefect(base, defect);
  if (setting === null) throw new ConfigError({ where, found: `unknown defect ${String(defect)}` });
  const shown = showChoices(
    corpusSystem(planCorpusScenario(where, scenario), setting).system,
    choices,
  );
  return {
    failsAgain: shown.what !== '',
    sameDigest: shown.digest === digest,
    what: shown.what,
    diagram: shown.diagram,
  };
}
