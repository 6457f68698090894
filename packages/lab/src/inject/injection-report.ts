/** What a campaign of injections says to a person. */
import { countText, percentText, table } from '../report/tables.js';
import { OUTCOMES } from './outcome.js';
import type { CellResult, InjectionResult, OutcomeShares } from './campaign.js';

/** Lines for a terminal. */
export function injectionLines(title: string, result: InjectionResult): string[] {
  const lines = [title];
  for (const cell of result.cells) lines.push('', ...cellLines(cell, result.cells.length > 1));
  return lines;
}

function cellLines(cell: CellResult, isSweep: boolean): string[] {
  const left = (title: string): { title: string } => ({ title });
  const right = (title: string): { title: string; isRight: true } => ({ title, isRight: true });
  const columns = [
    left('fault'),
    right('injections'),
    left('outcome'),
    right('count'),
    right('share'),
    right('95 %'),
  ];
  const rows = cell.faults.flatMap(({ fault, injections, outcomes }) =>
    outcomeRows(outcomes).map((row, i) => [
      i === 0 ? fault : '',
      i === 0 ? countText(injections) : '',
      ...row,
    ]),
  );
  const lines = isSweep ? [sweepText(cell.sweep)] : [];
  lines.push(...table(columns, rows));
  for (const rule of cell.must_hold) {
    if (rule.holds) continue;
    const whose = rule.fault === undefined ? '' : ` of ${rule.fault}`;
    const limit =
      rule.at_most !== undefined && rule.found > rule.at_most
        ? `at most ${percentText(rule.at_most)}`
        : `at least ${percentText(rule.at_least ?? 0)}`;
    const name = rule.outcome.replaceAll('_', ' ');
    lines.push(`✗ ${name}${whose}: ${percentText(rule.found)}, must be ${limit}`);
  }
  return lines;
}

function outcomeRows(outcomes: OutcomeShares): string[][] {
  return OUTCOMES.flatMap((name) => {
    const { count, share, interval } = outcomes[name];
    if (count === 0) return [];
    const [low, high] = interval;
    const range = `${percentText(low)} … ${percentText(high)}`;
    return [[name.replaceAll('_', ' '), countText(count), percentText(share), range]];
  });
}

function sweepText(sweep: Readonly<Record<string, unknown>>): string {
  return Object.entries(sweep)
    .map(
      ([path, value]) => `${path} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join(', ');
}
