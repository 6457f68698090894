/**
 * Cases from the history of DAX as pages, one each, and an index of them.
 *
 *   file of pages ─▶ case ─▶ its scenarios ─▶ searches ─▶ what happens, schedule, cure, command
 *
 * A case may need several scenarios: what a device does to pinned pages goes wrong in three ways.
 * What a page says beside the story is what the search said, see `example-page.ts`.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { loadConfig } from '../config/catalog-files.js';
import { chosenScenarios, loadCorpus } from '../corpus/load-corpus.js';
import { pinLines, pinReport } from '../pins/pin-ledger.js';
import { casesConfig } from './config.js';
import { examplePage, operations, scenarioSections } from './example-page.js';
import type { CorpusScenario } from '../corpus/config.js';
import type { ScenarioResult } from '../corpus/run-corpus.js';
import type { CaseConfig, CasesConfig } from './config.js';

/** A file of pages, with the scenarios that it names. */
export interface Cases {
  readonly config: CasesConfig;
  readonly scenarios: ReadonlyMap<string, CorpusScenario>;
}

/** A page, by name; null where a search did not find what it is about. */
export interface Page {
  readonly name: string;
  readonly text: string | null;
}

/**
 * Loads by name (configs/pages) or path. Throws `ConfigError` for a scenario that there is not.
 */
export function loadCases(name: string): Cases {
  const { config } = loadConfig('pages', name, casesConfig);
  const known = new Map(loadCorpus(config.corpus).map((one) => [one.id, one] as const));
  const ids = [
    ...config.cases.flatMap(({ scenarios }) => scenarios),
    ...config.beside.map(({ scenario }) => scenario),
  ];
  const scenarios = new Map<string, CorpusScenario>();
  for (const id of ids) {
    const scenario = known.get(id);
    if (scenario === undefined) {
      const names = [...known.keys()];
      throw new ConfigError({
        where: name,
        found: `unknown scenario "${id}"`,
        allowed: `one of ${config.corpus}`,
        nearest: nearestName(id, names),
      });
    }
    scenarios.set(id, scenario);
  }
  return { config, scenarios };
}

/** The pages whose scenarios all have a result. */
export function casePages(
  { config, scenarios }: Cases,
  results: ReadonlyMap<string, ScenarioResult>,
): readonly Page[] {
  const has = (id: string): boolean => results.has(id);
  const sections = (id: string, heading: string): readonly string[] | null => {
    const [scenario, result] = [scenarios.get(id), results.get(id)];
    if (scenario === undefined || result === undefined) return null;
    return scenarioSections(config.corpus, scenario, result, heading);
  };
  const cases = config.cases
    .filter((one) => one.scenarios.every(has))
    .map((one) => ({ name: one.page, text: pageOf(one, scenarios, sections) }));
  const beside = config.beside
    .filter(({ scenario }) => has(scenario))
    .map(({ scenario: id }) => {
      const [scenario, result] = [scenarios.get(id), results.get(id)];
      const isThere = scenario !== undefined && result !== undefined;
      return { name: id, text: isThere ? examplePage(config.corpus, scenario, result) : null };
    });
  return [...cases, ...beside];
}

function pageOf(
  { title, about, known, scenarios: ids, counted }: CaseConfig,
  scenarios: Cases['scenarios'],
  sections: (id: string, heading: string) => readonly string[] | null,
): string | null {
  const head = [`# ${title}`, '', `${known}.`, '', about.trim(), ''];
  const isOne = ids.length === 1;
  const parts = ids.map((id) => sections(id, isOne ? '##' : '###'));
  const told = parts.flatMap((lines, at) => {
    if (lines === null) return [];
    const name = scenarios.get(ids[at] ?? '')?.title ?? '';
    return isOne ? [...lines, ''] : [`## ${name}`, '', ...lines, ''];
  });
  const counters = counted === undefined ? [] : counterSection(counted);
  return parts.includes(null) ? null : [...head, ...told, ...counters].join('\n');
}

/** What get_user_pages counted in a run, and who holds the pages that are missing. */
function counterSection({
  corpus,
  scenario: id,
  about,
}: NonNullable<CaseConfig['counted']>): readonly string[] {
  const [scenario] = chosenScenarios(corpus, loadCorpus(corpus), id);
  if (scenario === undefined) return [];
  return [
    `## ${scenario.title}`,
    '',
    about.trim(),
    '',
    ...operations(scenario),
    '',
    '```text',
    ...pinLines(pinReport(corpus, scenario)),
    '```',
    '',
    '```sh',
    `npx daxsim corpus ${corpus} --pins --scenario ${id}`,
    '```',
    '',
  ];
}

/** The index: each case with its page, and how the pages are written. */
export function casesIndex(name: string, { config, scenarios }: Cases): string {
  const lines = [
    `# ${config.title}`,
    '',
    config.about.trim(),
    '',
    ...config.cases.flatMap(({ page, title, known, scenarios: ids }, at) => [
      `${String(at + 1)}. [${title}](${page}.md)`,
      `   ${known}. Scenarios: ${ids.map((id) => `\`${id}\``).join(', ')}.`,
    ]),
    '',
    ...besides(config, scenarios),
    'All are written by',
    '',
    '```sh',
    `npx daxsim corpus --cases ${name} --pages ${config.folder}`,
    '```',
    '',
  ];
  return lines.join('\n');
}

function besides(config: CasesConfig, scenarios: Cases['scenarios']): readonly string[] {
  if (config.beside.length === 0) return [];
  const lines = config.beside.map(({ scenario, about }) => {
    return `- [${scenarios.get(scenario)?.title ?? scenario}](${scenario}.md): ${about}.`;
  });
  return ['Beside them:', '', ...lines, ''];
}
