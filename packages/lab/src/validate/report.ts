/** The result of a validation as JSON and as text. */
import { percentText, table, type Column } from '../report/tables.js';
import { isMeasured, type PointAnswer, type PointResult, type Unsupported } from './validate.js';

/** What a validation came to; keys are those of its JSON. */
export interface Validation {
  readonly points: readonly PointResult[];
  readonly mean_absolute_error_percent: number;
  readonly within_tolerance_share: number;
  readonly off_by_more_than_2x: readonly string[];
  readonly fitted: ErrorShare;
  readonly unfitted: ErrorShare;
  readonly machines: readonly (ErrorShare & { readonly machine: string })[];
  readonly unsupported: readonly Unsupported[];
}

/** Errors of a part of the points. */
export interface ErrorShare {
  readonly points: number;
  readonly mean_absolute_error_percent: number;
  readonly within_tolerance_share: number;
}

/** What is demanded of the machines as a whole. */
const GOAL = { errorPercent: 10, withinShare: 0.9 } as const;

export function validationOf(answers: readonly PointAnswer[]): Validation {
  const points = answers.filter(isMeasured);
  const names = [...new Set(points.map(({ machine }) => machine))].sort();
  const all = shareOf(points);
  return {
    points,
    mean_absolute_error_percent: all.mean_absolute_error_percent,
    within_tolerance_share: all.within_tolerance_share,
    off_by_more_than_2x: points.filter(isFarOff).map(({ id }) => id),
    fitted: shareOf(points.filter(({ fitted }) => fitted)),
    unfitted: shareOf(points.filter(({ fitted }) => !fitted)),
    machines: names.map((machine) => ({
      machine,
      ...shareOf(points.filter((point) => point.machine === machine)),
    })),
    unsupported: answers.filter((answer): answer is Unsupported => !isMeasured(answer)),
  };
}

/**
 * Whether the machines are as good as is demanded: 10 % on average, 90 % inside, none off by 2×.
 */
export function meetsGoal(validation: Validation): boolean {
  const { mean_absolute_error_percent: error, within_tolerance_share: within } = validation;
  const isEnough = error <= GOAL.errorPercent && within >= GOAL.withinShare;
  return isEnough && validation.off_by_more_than_2x.length === 0;
}

const POINT_COLUMNS: readonly Column[] = [
  { title: 'point' },
  { title: 'published', isRight: true },
  { title: 'simulated', isRight: true },
  { title: '±', isRight: true },
  { title: 'unit' },
  { title: 'error', isRight: true },
  { title: '' },
];
const SHARE_COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'points', isRight: true },
  { title: 'mean error', isRight: true },
  { title: 'within tolerance', isRight: true },
];

export function renderValidation(validation: Validation, showsAll: boolean): string[] {
  const { points, unsupported, fitted, unfitted } = validation;
  const shown = points.filter((point) => showsAll || !point.within_tolerance);
  const lines = [showsAll ? 'points' : 'points outside their tolerance'];
  lines.push(...table(POINT_COLUMNS, shown.map(row)));
  lines.push('');
  const parts: [string, ErrorShare][] = [
    ['all', shareOf(points)],
    ['fitted', fitted],
    ['not fitted', unfitted],
    ...validation.machines.map((one): [string, ErrorShare] => [one.machine, one]),
  ];
  lines.push(
    ...table(
      SHARE_COLUMNS,
      parts.map(([name, part]) => [
        name,
        String(part.points),
        `${part.mean_absolute_error_percent.toFixed(1)} %`,
        percentText(part.within_tolerance_share),
      ]),
    ),
  );
  const far = validation.off_by_more_than_2x;
  lines.push('', `off by more than 2x: ${far.length === 0 ? 'none' : far.join(', ')}`);
  if (unsupported.length > 0) lines.push('', `unsupported: ${unsupported.length}`);
  for (const { id, reason } of unsupported) lines.push(`  ${id}: ${reason}`);
  return lines;
}

/** What became of the error of a machine when one thing of it was changed. */
export interface AblationRow {
  readonly name: string;
  readonly mean_absolute_error_percent: number;
  readonly within_tolerance_share: number;
}

export function renderAblation(rows: readonly AblationRow[]): string[] {
  const columns = SHARE_COLUMNS.filter(({ title }) => title !== 'points');
  return table(
    columns,
    rows.map(({ name, mean_absolute_error_percent: error, within_tolerance_share: within }) => [
      name,
      `${error.toFixed(1)} %`,
      percentText(within),
    ]),
  );
}

function row(point: PointResult): string[] {
  return [
    point.id,
    short(point.expected),
    short(point.simulated),
    short(point.simulated_ci),
    point.unit,
    `${point.error_percent >= 0 ? '+' : ''}${point.error_percent.toFixed(1)} %`,
    `${point.within_tolerance ? '' : 'outside'}${point.fitted ? ' fitted' : ''}`.trim(),
  ];
}

function short(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}

function isFarOff({ simulated, expected }: PointResult): boolean {
  return simulated > 2 * expected || simulated < expected / 2;
}

function shareOf(points: readonly PointResult[]): ErrorShare {
  let error = 0;
  let within = 0;
  for (const point of points) {
    error += Math.abs(point.error_percent);
    if (point.within_tolerance) within += 1;
  }
  const count = Math.max(1, points.length);
  return {
    points: points.length,
    mean_absolute_error_percent: error / count,
    within_tolerance_share: within / count,
  };
}
