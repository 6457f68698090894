/**
 * What faults did to a replay, in lines for a terminal: where each struck and in what, or what it
 * waited for; which operations it ended first, where they met it; how many in all; who hangs.
 */
import { countText, sizeText, timeText } from '../report/tables.js';
import type { FaultsJson, HangJson } from './fault-report.js';
import { operationText } from './running-operations.js';

const LINE_BYTES = 64;
const INDENT = ' '.repeat(11);

/** Lines of the summary. */
export function faultSummary(report: FaultsJson): string[] {
  const lines = report.faults.flatMap((fault) => faultLines(fault));
  for (const one of report.first_ended) {
    const moved = one.end === 'short' ? ` after ${sizeText(one.moved)}` : '';
    const at =
      one.address === null
        ? ''
        : `, at ${addressText(one.address)}, ${timeText((one.failed_at_ps ?? 0) / 1000)}`;
    lines.push(`${INDENT}${operationText(one)}: ${one.end}${moved}${at}`);
  }
  for (const [kind, ends] of Object.entries(report.ended)) {
    const texts = Object.entries(ends).map(([end, count]) => `${countText(count)} ${end}`);
    lines.push(`${INDENT}${kind}: ${texts.join(', ')}`);
  }
  const shown = Object.entries(report.accesses).filter(([, count]) => count > 0);
  if (shown.length > 0) {
    const texts = shown.map(([key, count]) => `${countText(count)} ${key.replaceAll('_', ' ')}`);
    lines.push(`${INDENT}${texts.join(', ')}`);
  }
  for (const { sector, count } of report.bad_blocks) {
    lines.push(`${INDENT}bad blocks: sector ${sector}, ${countText(count)}`);
  }
  const { hang } = report;
  if (hang !== null) lines.push(...hangLines(hang));
  return lines;
}

function faultLines(fault: FaultsJson['faults'][number]): string[] {
  const { given, struck_at_ps: at, lifted_at_ps: end, during, awaited } = fault;
  if (at === null) return [`injected   ${given}: did not strike, ${awaited ?? ''}`];
  const lifted = end === null ? '' : `, lifted at ${timeText(end / 1000)}`;
  const where = during === null ? '' : `, in ${operationText(during)}`;
  return [`injected   ${given}: ${struckText(fault)} at ${timeText(at / 1000)}${where}${lifted}`];
}

function struckText({ fault, first_line: first, lines }: FaultsJson['faults'][number]): string {
  const from = addressText((first ?? 0) * LINE_BYTES);
  switch (fault) {
    case 'dead-link':
      return 'the link';
    case 'thermal-throttling':
      return 'the whole device';
    case 'dead-dimm':
      return `the module of ${from}`;
    case 'truncated-backing':
      return lines === 1
        ? `the page of ${from}`
        : `pages of ${countText(lines)} lines from ${from}`;
    default:
      return lines === 1 ? `one line, ${from},` : `${countText(lines)} lines from ${from}`;
  }
}

function addressText(address: number): string {
  return `0x${address.toString(16)}`;
}

function hangLines(hang: HangJson): string[] {
  const file = hang.file === null ? '' : ` of ${hang.file}`;
  const behind =
    hang.tasks_behind === 0 ? '' : `; ${countText(hang.tasks_behind)} tasks behind it cannot go on`;
  return [
    `HANG       task ${hang.task} waits since ${timeText(hang.since_ps / 1000)} for page ` +
      `${hang.page} (${addressText(hang.address)}), which the host took away`,
    `${INDENT}in ${hang.operation}${file} (record ${hang.record})${behind}`,
  ];
}
