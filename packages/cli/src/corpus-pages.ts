/** What `corpus` writes beside the answers of a search: pages, and counters of pinned pages. */
import {
  casePages,
  casesIndex,
  chosenScenarios,
  examplePage,
  loadCorpus,
  pinLines,
  pinReport,
} from '@daxsim/lab';
import { writeResult } from './output.js';
import type { Cases, ScenarioResult } from '@daxsim/lab';
import type { Output } from './output.js';

/** Writes the page about a scenario of one of the files into a folder. */
export function keepPage(folder: string, files: readonly string[], result: ScenarioResult): void {
  for (const file of files) {
    const scenario = loadCorpus(file).find(({ id }) => id === result.id);
    if (scenario === undefined) continue;
    const page = examplePage(file, scenario, result);
    if (page !== null) writeResult(`${folder}/${scenario.id}.md`, page);
    return;
  }
}

/** Writes the pages about cases that were searched, and the index of all. */
export function keepCases(
  folder: string,
  name: string,
  cases: Cases,
  results: readonly ScenarioResult[],
): void {
  const pages = casePages(cases, new Map(results.map((one) => [one.id, one] as const)));
  for (const { name: page, text } of pages) {
    if (text !== null) writeResult(`${folder}/${page}.md`, text);
  }
  writeResult(`${folder}/README.md`, casesIndex(name, cases));
}

/** What get_user_pages counted in each scenario, and what is outstanding. */
export function showPins(
  files: readonly string[],
  { scenario }: { readonly scenario?: string },
  output: Output,
): void {
  const reports = files.flatMap((file) =>
    chosenScenarios(file, loadCorpus(file), scenario).map((one) => {
      const report = pinReport(file, one);
      output.lines([`${one.id}: ${one.title}`, '', ...pinLines(report), '']);
      return { id: one.id, ...report };
    }),
  );
  const config = { files, scenario: scenario ?? null };
  output.json({ ...output.head('corpus'), partial: false, config, pins: reports });
}
