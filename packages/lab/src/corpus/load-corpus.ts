/** Corpora by name (configs/corpus) or by path, with what the schema alone cannot see checked. */
import { ConfigError, nearestName } from '@daxsim/sim';
import { loadConfig } from '../config/catalog-files.js';
import { corpusFileConfig } from './crossing-config.js';
import { planCorpusScenario } from './corpus-plan.js';
import { checkPlans } from './corpus-setting.js';
import { scenariosOf } from './crossings.js';
import type { CorpusScenario } from './config.js';

/**
 * Scenarios of a corpus. Throws `ConfigError` for a file that is none, and for checks that do not
 * parse.
 */
export function loadCorpus(name: string): readonly CorpusScenario[] {
  const { config } = loadConfig('corpus', name, corpusFileConfig);
  const { scenarios: written, count, crossings } = config;
  if (count !== written.length) {
    const found = `count ${String(count)} with ${String(written.length)} scenarios`;
    throw new ConfigError({ where: name, found, allowed: 'the number of scenarios' });
  }
  const crossed = (crossings ?? []).flatMap((crossing) => scenariosOf(name, crossing));
  const scenarios = [...written, ...crossed];
  const ids = new Set<string>();
  for (const scenario of scenarios) {
    if (ids.has(scenario.id)) {
      throw new ConfigError({ where: name, found: `id "${scenario.id}" twice`, allowed: 'once' });
    }
    ids.add(scenario.id);
    planCorpusScenario(name, scenario);
    checkPlans(name, scenario);
  }
  return scenarios;
}

/** One scenario, or all. Throws `ConfigError` for an id that there is not. */
export function chosenScenarios(
  name: string,
  scenarios: readonly CorpusScenario[],
  id: string | undefined,
): readonly CorpusScenario[] {
  if (id === undefined) return scenarios;
  const chosen = scenarios.filter((scenario) => scenario.id === id);
  if (chosen.length > 0) return chosen;
  const ids = scenarios.map((scenario) => scenario.id);
  throw new ConfigError({
    where: name,
    found: `unknown scenario "${id}"`,
    allowed: ids.join(', '),
    nearest: nearestName(id, ids),
  });
}
