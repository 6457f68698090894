/** The table of planted defects: what found each, after how many states. */
import { countText, table } from '../report/tables.js';
import type { DefectAnswer } from './defect-searches.js';

/** The sum over all defects. */
export interface DefectSum {
  readonly defects: readonly DefectAnswer[];
  /** Those that can be planted. */
  readonly expressible: number;
  readonly found: number;
  readonly waiting: number;
  /** Found, of those that can be planted; 0 … 100. */
  readonly found_percent: number;
}

export function sumDefects(defects: readonly DefectAnswer[]): DefectSum {
  const expressible = defects.filter(({ waits_for }) => waits_for === null).length;
  const found = defects.filter(({ found_by }) => found_by !== null).length;
  const percent = expressible === 0 ? 0 : Math.round((found / expressible) * 1000) / 10;
  const waiting = defects.length - expressible;
  return { defects, expressible, found, waiting, found_percent: percent };
}

/** Lines for a terminal. */
export function defectLines(sum: DefectSum): string[] {
  const planted = sum.defects.filter(({ waits_for }) => waits_for === null);
  const rows = planted.map(({ name, found_by, what, states }) => [
    name,
    found_by ?? 'nothing',
    countText(states),
    what.length > 50 ? `${what.slice(0, 49)}…` : what,
  ]);
  const columns = [
    { title: 'defect' },
    { title: 'found by' },
    { title: 'states', isRight: true },
    { title: 'in' },
  ];
  const waiting = sum.defects.filter(({ waits_for }) => waits_for !== null);
  return [
    ...table(columns, rows),
    '',
    `${sum.found} of ${sum.expressible} found (${sum.found_percent} %)`,
    ...waiting.map(({ name, waits_for }) => `${name} waits for ${waits_for ?? ''}`),
  ];
}
