/** Pages about cases: as they are shipped, and as their searches make them now. */
import { readFileSync } from 'node:fs';
import { casePages, isConfirmed, loadCorpus, runCorpusScenario } from '@daxsim/lab';
import type { Cases, ScenarioResult } from '@daxsim/lab';

const root = new URL('../../../../../', import.meta.url);

/** The folder of the shipped pages of a file of pages. */
export function folderOf({ config }: Cases): URL {
  return new URL(`${config.folder}/`, root);
}

/** Names of all pages but the index. */
export function caseNames({ config }: Cases): readonly string[] {
  return [
    ...config.cases.map(({ page }) => page),
    ...config.beside.map(({ scenario }) => scenario),
  ];
}

export function shippedPage(cases: Cases, name: string): string {
  return readFileSync(new URL(`${name}.md`, folderOf(cases)), 'utf8');
}

/** Searches what a page tells of. */
export function pageOf(cases: Cases, name: string): string | null {
  const { config, scenarios } = cases;
  const ids = config.cases.find(({ page }) => page === name)?.scenarios ?? [name];
  const results = new Map<string, ScenarioResult>();
  for (const id of ids) {
    const scenario = scenarios.get(id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    const options = { version: 'test', seconds: () => 0, keep: () => null };
    results.set(id, runCorpusScenario(config.corpus, scenario, options));
  }
  return casePages(cases, results).find((page) => page.name === name)?.text ?? null;
}

/** Whether a scenario of a corpus does all that it must. */
export function verdictOf(
  corpus: string,
  id: string,
): { readonly id: string; readonly isConfirmed: boolean } {
  const scenario = loadCorpus(corpus).find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const options = { version: 'test', seconds: () => 0, keep: () => null, shrinks: false };
  return { id, isConfirmed: isConfirmed(runCorpusScenario(corpus, scenario, options)) };
}
