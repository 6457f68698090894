/**
 * Holds the cost model against what was published: anchors, two of which it was fitted to, and
 * bands that must hold of any sweep. One command, one table; `--cost name=factor` shows what hangs
 * on what.
 */
import { parseAgeing } from '../image/ageing.js';
import { table, type Column } from '../report/tables.js';
import { lineAnchors, type AnchorFigure } from './anchors.js';
import { bandsOf, type Band } from './bands.js';
import type { CaseAnswer } from './case-answer.js';
import { loadContention, type CostName } from './config.js';
import { daxAnchors } from './dax-anchor.js';
import {
  DEFAULT_AGEING,
  LocksSweep,
  recordLocks,
  type LocksRecording,
  type LocksRequest,
} from './sweep.js';

export interface CheckRequest {
  readonly costs: string;
  readonly scale: { readonly [cost in CostName]?: number };
  readonly machine: string;
  readonly seed: number;
  readonly seeds: number;
}

export interface LocksCheck {
  readonly anchors: readonly (AnchorFigure & { readonly within: boolean })[];
  readonly bands: readonly Band[];
}

const PLANS = ['S1', 'S2', 'S3b', 'S5a', 'S5b', 'S5c'];
const ALL_THREADS = [1, 2, 4, 8, 16, 28, 56, 80];
const SOCKETS = [1, 4];

type Part = Partial<LocksRequest> & Pick<LocksRequest, 'plans' | 'workloads' | 'threads'>;

/** What the bands need. Ranges and segments show only where the array does not hold them up. */
const PARTS: readonly Part[] = [
  { plans: ['S1', 'S3b'], workloads: ['DWOM'], threads: ALL_THREADS },
  { plans: ['S3b'], workloads: ['DRBM', 'MIXM'], threads: [38] },
  {
    ...{ plans: ['S2', 'S5a', 'S5b'], workloads: ['FLTW-M'], threads: [1, 4, 16, 56, 80] },
    splitsArray: true,
  },
  {
    ...{ plans: ['S1', 'S5c'], workloads: ['FLTR-M'], threads: [1, 56], splitsArray: true },
    without: ['mapping'],
  },
  { plans: ['S3b'], workloads: ['FLTW-PMD', 'FLTW-PMD2'], threads: [1], sockets: [1] },
];

/** Runs all of it; `onShare` hears how much is done. */
export function checkLocks(
  request: CheckRequest,
  onShare: (share: number) => void = () => undefined,
): LocksCheck {
  const contention = loadContention(request.costs, request.scale);
  const base = requestOf(request);
  const recording = recordLocks(base, (done) => onShare((0.3 * done) / PLANS.length));
  const answers: CaseAnswer[] = [];
  PARTS.forEach((part, at) => {
    answers.push(...casesOf({ ...base, ...part }, recording));
    onShare(0.3 + (0.5 * (at + 1)) / PARTS.length);
  });
  const anchors = [...lineAnchors(contention), ...daxAnchors(contention), ...hugeFaults(answers)];
  return {
    anchors: anchors.map((anchor) => ({ ...anchor, within: isInside(anchor) })),
    bands: bandsOf(answers),
  };
}

/** Whether nothing is outside. */
export function isWithin({ anchors, bands }: LocksCheck): boolean {
  return anchors.every(({ within }) => within) && bands.every(({ holds }) => holds !== false);
}

function isInside({ simulated, from, to }: AnchorFigure): boolean {
  return simulated >= from && simulated <= to;
}

function casesOf(request: LocksRequest, recording: LocksRecording): CaseAnswer[] {
  const sweep = new LocksSweep(request, recording);
  return sweep.cases.map((_one, part) => sweep.run(part));
}

function requestOf({ costs, scale, machine, seed, seeds }: CheckRequest): LocksRequest {
  return {
    ...{ plans: PLANS, workloads: [], threads: [1], sockets: SOCKETS, cpus: 80, machine },
    ...{ fileSystem: 'xfs-dax', costs, scale, splitsArray: false, without: [], kinds: {} },
    ...{ seed, seeds, length: 0.5, findsWorth: false },
    ageing: parseAgeing(DEFAULT_AGEING),
  };
}

/** Band 4: faults of 2 MiB, alone. */
function hugeFaults(answers: readonly CaseAnswer[]): AnchorFigure[] {
  const us = (workload: string): number =>
    (answers.find((one) => one.workload === workload)?.latency_ns.p50 ?? 0) / 1000;
  const told = { fitted: false, source: 'Linux 282a8e0391c3; dax_pmd_fault trace stamps' };
  return [
    {
      ...{ id: 'PMD first', what: 'first write fault of 2 MiB, µs', published: 516 },
      ...{ simulated: us('FLTW-PMD'), from: 150, to: 1100, ...told },
    },
    {
      ...{ id: 'PMD again', what: 'write fault of 2 MiB, blocks there, µs', published: 10 },
      ...{ simulated: us('FLTW-PMD2'), from: 0, to: 10, ...told },
    },
  ];
}

const left = (title: string): Column => ({ title });
const right = (title: string): Column => ({ title, isRight: true });

/** Both tables. */
export function renderCheck({ anchors, bands }: LocksCheck): string[] {
  const rows = anchors.map((anchor) => [
    anchor.id,
    anchor.fitted ? 'fitted' : 'predicted',
    anchor.published.toFixed(2),
    anchor.simulated.toFixed(2),
    `${anchor.from.toFixed(1)} … ${anchor.to.toFixed(1)}`,
    anchor.within ? 'within' : 'OUTSIDE',
    anchor.what,
  ]);
  const columns = [left('anchor'), left(''), right('published'), right('simulated')];
  const verdict = (holds: boolean | null): string => {
    if (holds === null) return 'not run';
    return holds ? 'holds' : 'MISSED';
  };
  return [
    ...table([...columns, left('right within'), left(''), left('what')], rows),
    '',
    ...bands.map(({ id, what, holds, found }) => {
      return `band ${id}  ${verdict(holds).padEnd(8)}${what}: ${found}`;
    }),
  ];
}
