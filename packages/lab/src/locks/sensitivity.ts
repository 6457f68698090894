/**
 * What a comparison of plans hangs on: each cost a quarter lower and higher, the others as they
 * are.
 *
 *     base: S4 1.31 × S3b       wake −25 %: 1.22       wake +25 %: 1.38
 *
 * The answer is the throughput of every plan against that of the first.
 */
import { table, type Column } from '../report/tables.js';
import { COSTS, type CostName } from './config.js';
import { LocksSweep, type LocksRecording, type LocksRequest } from './sweep.js';

const FACTORS = [0.75, 1.25];
/** A change of a ratio by less than this is not shown. */
const SHOWN = 0.02;

/** One case: a plan against the first one, and how far each cost moves that. */
export interface Sensitivity {
  readonly plan: string;
  readonly against: string;
  readonly workload: string;
  readonly threads: number;
  readonly sockets: number;
  readonly ratio: number;
  readonly costs: readonly {
    readonly cost: CostName;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Runs the request with every cost moved both ways. */
export function sensitivity(
  request: LocksRequest,
  recording: LocksRecording,
  onShare: (share: number) => void = () => undefined,
): Sensitivity[] {
  const base = ratiosOf(request, recording);
  const moved = COSTS.map((cost, at) => {
    onShare(at / COSTS.length);
    const [low = [], high = []] = FACTORS.map((factor) => {
      return ratiosOf({ ...request, scale: { ...request.scale, [cost]: factor } }, recording);
    });
    return { cost, low, high };
  });
  return base.map((answer, at) => ({
    ...answer,
    costs: moved.map(({ cost, low, high }) => ({
      ...{ cost, low: low[at]?.ratio ?? 0, high: high[at]?.ratio ?? 0 },
    })),
  }));
}

type Ratio = Omit<Sensitivity, 'costs'>;

function ratiosOf(request: LocksRequest, recording: LocksRecording): Ratio[] {
  const sweep = new LocksSweep({ ...request, findsWorth: false }, recording);
  const answers = sweep.cases.map((_one, part) => sweep.run(part));
  const [against = ''] = request.plans;
  return answers
    .filter(({ plan }) => plan !== against)
    .map(({ plan, workload, threads, sockets, throughput_per_s: { mean } }) => {
      const first = answers.find(
        (one) =>
          one.plan === against &&
          one.workload === workload &&
          one.threads === threads &&
          one.sockets === sockets,
      );
      const ratio = mean / (first?.throughput_per_s.mean ?? NaN);
      return { plan, against, workload, threads, sockets, ratio };
    });
}

/** A table for each case, with the costs that move it. */
export function renderSensitivity(cases: readonly Sensitivity[]): string[] {
  return cases.flatMap((one) => {
    const { plan, against, workload, threads, sockets, ratio } = one;
    const rows = one.costs
      .filter(({ low, high }) => Math.max(off(low, ratio), off(high, ratio)) > SHOWN)
      .sort((a, b) => Math.abs(b.high - b.low) - Math.abs(a.high - a.low))
      .map(({ cost, low, high }) => [cost, low.toFixed(2), high.toFixed(2)]);
    const title = `${workload}, ${threads} threads, sockets ${sockets}: ${plan} is `;
    const columns: Column[] = [{ title: 'cost' }, { title: '−25 %' }, { title: '+25 %' }];
    const moved = rows.length === 0 ? ['no cost moves it by 2 %'] : table(columns, rows);
    return ['', `${title}${ratio.toFixed(2)} × ${against}`, ...moved];
  });
}

function off(moved: number, ratio: number): number {
  return Math.abs(moved / ratio - 1);
}
