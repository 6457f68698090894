/** What a campaign of mutants says to a person. */
import { countText, table } from '../report/tables.js';
import { HANG } from './mutant-search.js';
import type { MutantAnswer, MutantResult } from './mutant-campaign.js';

/** Lines for a terminal: counts, what killed, and everything that was not killed. */
export function mutantLines(result: MutantResult): string[] {
  const right = { title: '', isRight: true };
  const byStage = new Map<string, number>();
  for (const { stage } of result.mutants) {
    if (stage !== null) byStage.set(stage, (byStage.get(stage) ?? 0) + 1);
  }
  const endless = result.mutants.filter(({ death }) => death?.what === HANG);
  const rows = [
    ['places in recipes', countText(result.places)],
    ['run by some search', countText(result.places_run)],
    ['mutants', countText(result.mutants.length)],
    ['killed', countText(result.killed)],
    ...[...byStage].map(([stage, count]) => [`  by ${stage}`, countText(count)]),
    ['  that did not end', countText(endless.length)],
    ['no other system', countText(result.equivalent)],
    ['shows nothing that the original does not', countText(result.correct)],
    ['survived', countText(result.survived)],
    ['killed of the others', `${result.killed_percent} %`],
  ];
  const [, ...body] = table([{ title: '' }, right], rows);
  const listed = (verdict: MutantAnswer['verdict']): MutantAnswer[] =>
    result.mutants.filter((mutant) => mutant.verdict === verdict);
  return [
    ...body,
    ...listed('equivalent').map(({ name }) => `= ${name}`),
    ...listed('correct').map(({ name }) => `≈ ${name}`),
    ...listed('survived').map(
      ({ name, differs_in }) => `✗ ${name}; shows more in ${differs_in.slice(0, 3).join(', ')}`,
    ),
  ];
}
