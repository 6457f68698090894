/** What a search of all crash states of a file says to a person. */
import { countText, table } from '../report/tables.js';
import type { CrashFileResult } from './crash-file.js';
import type { LargeCount } from './large-count.js';

const CALLS_SHOWN = 60;

/** Lines for a terminal. */
export function crashFileLines(result: CrashFileResult): string[] {
  const { crash_states: states, calls, workloads } = result;
  const right = (title: string): { title: string; isRight: true } => ({ title, isRight: true });
  const columns = [{ title: '' }, right('moments'), right('represented'), right('executed')];
  const shown = workloads === 1 ? calls.slice(0, CALLS_SHOWN) : [];
  const rows = shown.map(({ call, moments, represented, executed }) => [
    call,
    countText(moments),
    largeText(represented),
    countText(executed),
  ]);
  if (workloads === 1 && calls.length > shown.length) {
    rows.push([`… ${calls.length - shown.length} more calls`, '', '', '']);
  }
  const what = workloads === 1 ? 'all' : `all of ${countText(workloads)} workloads`;
  rows.push([
    what,
    countText(states.moments),
    largeText(states.represented),
    countText(states.executed),
  ]);
  const lines = [`${result.title}; after recovery: ${result.oracle}`, ...table(columns, rows)];
  lines.push(`violations: ${countText(result.violations)}`);
  for (const { workload, problem, isRunning, calls: ended, program } of result.failures) {
    const when = isRunning ? `while call ${ended + 1}` : `after call ${ended}`;
    lines.push('', `✗ ${workload}`, `  ${problem}`, `  power lost ${when} of ${program.length}`);
  }
  return lines;
}

function largeText(count: LargeCount): string {
  const plain = count.toJSON();
  return typeof plain === 'number' ? countText(plain) : plain.replace('e+', ' · 10^');
}
