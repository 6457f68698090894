/** What a run over pairs of operations says to a person. */
import { countText, largeText, table } from '../report/tables.js';
import type { PairResult } from './pair-campaign.js';

/** Lines for a terminal. */
export function pairLines(result: PairResult): string[] {
  const { crash_states: states } = result;
  const rows = [
    ['pairs of operations', countText(result.generated)],
    ['run', countText(result.run)],
    ['schedules', largeText(result.schedules.toJSON())],
    ['states of the search', countText(result.states)],
    ...(result.incomplete > 0 ? [['searches cut short', countText(result.incomplete)]] : []),
    ['moments of power loss', countText(states.moments)],
    ['states represented', largeText(states.represented.toJSON())],
    ['states executed', countText(states.executed)],
    ['pairs with violations', countText(result.violations)],
  ];
  const [, ...body] = table([{ title: '' }, { title: '', isRight: true }], rows);
  const lines = [`${result.mode} mode, two tasks; after recovery: ${result.oracle}`, ...body];
  for (const { workload, problem } of result.failures) {
    lines.push('', `✗ ${workload}`, `  ${problem}`);
  }
  return lines;
}
