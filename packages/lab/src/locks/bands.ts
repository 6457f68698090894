/**
 * What must hold of any sweep, whatever the costs: shapes that published measurements agree on.
 * Each is asked of the cases that are there; a band without its cases says so.
 */
import type { CaseAnswer } from './case-answer.js';

/** One band. */
export interface Band {
  readonly id: number;
  readonly what: string;
  readonly holds: boolean | null;
  readonly found: string;
}

class Cases {
  constructor(private readonly answers: readonly CaseAnswer[]) {}

  get sockets(): number[] {
    return [...new Set(this.answers.map((answer) => answer.sockets))];
  }

  find(plan: string, workload: string, sockets: number, threads: number): CaseAnswer | null {
    return (
      this.answers.find(
        (one) =>
          one.plan === plan &&
          one.workload === workload &&
          one.sockets === sockets &&
          one.threads === threads,
      ) ?? null
    );
  }

  /** Cases of a plan and workload by threads. */
  series(plan: string, workload: string, sockets: number): CaseAnswer[] {
    return this.answers
      .filter((one) => one.plan === plan && one.workload === workload && one.sockets === sockets)
      .sort((a, b) => a.threads - b.threads);
  }
}

function mean(answer: CaseAnswer | null | undefined): number {
  return answer?.throughput_per_s.mean ?? NaN;
}

/** Upper end of the interval. */
function most({ throughput_per_s: rate }: CaseAnswer): number {
  return rate.mean + rate.half_width;
}

function band(id: number, what: string, checks: readonly Check[]): Band {
  if (checks.length === 0) return { id, what, holds: null, found: 'its cases were not run' };
  const wrong = checks.filter(({ holds }) => !holds);
  const shown = (wrong.length > 0 ? wrong : checks).slice(0, 4).map(({ found }) => found);
  return { id, what, holds: wrong.length === 0, found: shown.join('; ') };
}

interface Check {
  readonly holds: boolean;
  readonly found: string;
}

/** The bands that a sweep can be asked about. */
export function bandsOf(answers: readonly CaseAnswer[]): Band[] {
  const cases = new Cases(answers);
  const each = (check: (sockets: number) => Check[]): Check[] => cases.sockets.flatMap(check);
  return [
    band(
      1,
      'overwrites of one file: within 15 % up to 4 threads, not more with more',
      each((sockets) => ['S1', 'S3b'].flatMap((plan) => flatChecks(cases, plan, sockets))),
    ),
    band(
      2,
      'reads of one file against half writes, at the threads nearest to 38: 8 to 25',
      each((sockets) => mixChecks(cases, sockets)),
    ),
    band(
      6,
      'disjoint ranges: list at least tree, both at least exclusive faults, alike for one thread',
      each((sockets) => rangeChecks(cases, sockets)),
    ),
    band(
      7,
      'faults under segments grow to 56 CPUs where nothing else is shared, under one rwsem not',
      each((sockets) => segmentChecks(cases, sockets)),
    ),
  ];
}

function flatChecks(cases: Cases, plan: string, sockets: number): Check[] {
  const series = cases.series(plan, 'DWOM', sockets);
  const [alone, ...others] = series;
  if (alone === undefined) return [];
  return others.map((answer, at): Check => {
    const change = (mean(answer) / mean(alone) - 1) * 100;
    const before = others[at - 1];
    const isSmall = answer.threads > 4 || Math.abs(change) <= 15;
    const grows = before !== undefined && lowEnd(answer) > most(before) * 1.001;
    const found = `${plan} ${sockets} s, ${answer.threads}: ${change.toFixed(1)} %`;
    return { holds: isSmall && !grows, found };
  });
}

function lowEnd({ throughput_per_s: rate }: CaseAnswer): number {
  return rate.mean - rate.half_width;
}

const NEAR_38 = [38, 28, 56];

function mixChecks(cases: Cases, sockets: number): Check[] {
  const threads = NEAR_38.find((count) => cases.find('S3b', 'MIXM', sockets, count) !== null);
  if (threads === undefined) return [];
  const ratio =
    mean(cases.find('S3b', 'DRBM', sockets, threads)) /
    mean(cases.find('S3b', 'MIXM', sockets, threads));
  const found = `${sockets} s, ${threads} threads: ${ratio.toFixed(1)}`;
  return [{ holds: ratio >= 8 && ratio <= 25, found }];
}

function rangeChecks(cases: Cases, sockets: number): Check[] {
  return cases.series('S5b', 'FLTW-M', sockets).flatMap((list): Check[] => {
    const tree = cases.find('S5a', 'FLTW-M', sockets, list.threads);
    const exclusive = cases.find('S2', 'FLTW-M', sockets, list.threads);
    if (tree === null || exclusive === null) return [];
    const isAlike = (one: CaseAnswer): boolean => Math.abs(mean(one) / mean(list) - 1) < 0.3;
    const order = most(list) >= lowEnd(tree) * 0.98 && most(tree) >= lowEnd(exclusive) * 0.98;
    const rates = [list, tree, exclusive].map((one) => (mean(one) / 1e6).toFixed(2)).join(' ≥ ');
    const found = `${sockets} s, ${list.threads}: ${rates} M/s`;
    const holds = list.threads > 1 ? order : isAlike(tree) && isAlike(exclusive);
    return [{ holds, found }];
  });
}

/** Linear: at least 85 % of what one thread does, times the threads. */
const LINEAR = 0.85;

function segmentChecks(cases: Cases, sockets: number): Check[] {
  const growth = (plan: string, threads: number): number =>
    mean(cases.find(plan, 'FLTR-M', sockets, threads)) /
    mean(cases.find(plan, 'FLTR-M', sockets, 1)) /
    threads;
  if (Number.isNaN(growth('S5c', 56)) || Number.isNaN(growth('S1', 56))) return [];
  const segments = growth('S5c', 56);
  const whole = growth('S1', 56);
  const text = `${sockets} s: ${(segments * 100).toFixed(0)} % and ${(whole * 100).toFixed(0)} %`;
  return [{ holds: segments >= LINEAR && whole < 0.5, found: `${text} of linear` }];
}
