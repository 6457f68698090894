/** What a run over a space of workloads says to a person. */
import { countText, largeText, table } from '../report/tables.js';
import type { AceResult } from './ace-campaign.js';

/** Lines for a terminal. */
export function aceLines(result: AceResult): string[] {
  const { crash_states: states } = result;
  const right = { title: '', isRight: true };
  const rows = [
    ['workloads generated', countText(result.generated)],
    ['distinct', countText(result.distinct)],
    ['run', countText(result.run)],
    ...(result.unsupported > 0
      ? [['left out, for calls that are not there', countText(result.unsupported)]]
      : []),
    ['moments of power loss', countText(states.moments)],
    ['states represented', largeText(states.represented.toJSON())],
    ['states executed', countText(states.executed)],
    ...(states.used_up > 0
      ? [
          ['recoveries after power loss in recovery', countText(states.recoveries_crashed)],
          ['images used until nothing was left', countText(states.used_up)],
        ]
      : []),
    ['violations', countText(result.violations)],
  ];
  const [, ...body] = table([{ title: '' }, right], rows);
  const head = `${result.mode} mode, ${result.seq} operation${result.seq === 1 ? '' : 's'}`;
  const lines = [`${head}; after recovery: ${result.oracle}`, ...body];
  for (const failure of result.failures) {
    lines.push('', `✗ ${failure.workload}`, `  ${failure.problem}`);
    const when = failure.isRunning ? 'while call' : 'after call';
    const number = failure.isRunning ? failure.calls + 1 : failure.calls;
    lines.push(`  power lost ${when} ${number} of ${failure.program.length}`);
  }
  return lines;
}
