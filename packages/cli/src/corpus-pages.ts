/** What `corpus` writes beside the answers of a search: pages, and counters of pinned pages. */
import { chosenScenarios, examplePage, loadCorpus, pinLines, pinReport } from '@daxsim/lab';
import { writeResult } from './output.js';
import type { ScenarioResult } from '@daxsim/lab';
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
