/**
 * A sweep: plans × workloads × threads × sockets, each case run once per seed and once more without
 * its bottleneck. Cases are parts that are functions of their number, so that they can be worked on
 * by several threads and gone on with after a kill.
 *
 *     request ─▶ operations recorded under each plan ─▶ cases ─▶ answers, in order of the cases
 */
import { lockPlan } from '@daxsim/daxfs';
import { ConfigError, nearestName } from '@daxsim/sim';
import type { MemoryChannel } from '@daxsim/sim';
import { loadFileSystem, loadMachine } from '../config/systems.js';
import type { AgeingProfile } from '../image/ageing.js';
import { agedParts, hugeFallbacks, type HugeFallbacks } from './aged-file.js';
import { caseAnswer, type CaseAnswer, type LocksCase } from './case-answer.js';
import { measureChannels } from './channels.js';
import { loadContention, type CostName } from './config.js';
import { INNER_CLASSES } from './instances.js';
import { checkLockKinds, type LockKindChoice } from './lock-kinds.js';
import { OPERATION_NAMES, recordOperations, type OperationPaths } from './operations.js';
import { scriptOf } from './path-scripts.js';
import { RecordedSystem } from './recorded-system.js';
import { runSeed, type CaseSetting, type SeedRun } from './run-case.js';
import { staleWindowOf } from './stale-window.js';
import type { Scripts } from './task-source.js';
import { workload, type Workload } from './workloads.js';

/** What a sweep runs. */
export interface LocksRequest {
  readonly plans: readonly string[];
  readonly workloads: readonly string[];
  readonly threads: readonly number[];
  readonly sockets: readonly number[];
  readonly cpus: number;
  readonly machine: string;
  readonly fileSystem: string;
  /** File of costs. */
  readonly costs: string;
  /** Factors on single costs. */
  readonly scale: { readonly [cost in CostName]?: number };
  readonly splitsArray: boolean;
  /** Locks that are left out, by name, to see what is behind them. */
  readonly without: readonly string[];
  /** Other kinds for locks of the plans, by name. */
  readonly kinds: LockKindChoice;
  readonly seed: number;
  readonly seeds: number;
  /** Length of warm-up and window; 1 is the usual. */
  readonly length: number;
  /** Whether each case is run again without its bottleneck. */
  readonly findsWorth: boolean;
  /** How fragmented the device of AGED is. */
  readonly ageing: AgeingProfile;
}

/** What is measured once, before the cases. */
export interface LocksRecording {
  readonly paths: { readonly [plan: string]: OperationPaths };
  readonly channels: readonly MemoryChannel[];
  /** Of a file on an aged device, where a workload has one. */
  readonly fallbacks: HugeFallbacks | null;
}

export const DEFAULT_PLANS = [
  ...['S0', 'S1', 'S2', 'S3b', 'S4', 'S5a', 'S5b', 'S5c', 'S8', 'S9', 'S10', 'S11'],
];
export const DEFAULT_THREADS = [1, 2, 4, 8, 16, 28, 56, 80];
export const DEFAULT_SOCKETS = [1, 4];
/** 70 % in use; of what is free a quarter in runs of up to 8 blocks, half of up to 512. */
export const DEFAULT_AGEING = '0.7:8=1,512=2,8192=1';
/** Long enough for intervals of a percent where nothing starves. */
export const SEEDS_LEAST = 5;

/** Records the operations of every plan. Throws ConfigError for names that there are not. */
export function recordLocks(
  request: LocksRequest,
  onPlan: (done: number) => void = () => undefined,
): LocksRecording {
  const machine = loadMachine(request.machine);
  for (const name of request.workloads) workload(name);
  for (const name of request.without) checkLock(name, request.plans);
  checkLockKinds(
    request.kinds,
    request.plans.map((plan) => lockPlan(plan)),
  );
  const paths: Record<string, OperationPaths> = {};
  request.plans.forEach((plan, at) => {
    const fileSystem = loadFileSystem(request.fileSystem, plan);
    paths[plan] = recordOperations(new RecordedSystem(machine, fileSystem));
    onPlan(at + 1);
  });
  const isAged = request.workloads.some((name) => workload(name).isAged === true);
  const channels = measureChannels(machine);
  if (!isAged) return { paths, channels, fallbacks: null };
  const fileSystem = loadFileSystem(request.fileSystem, request.plans[0]);
  return { paths, channels, fallbacks: hugeFallbacks(machine, fileSystem, request.ageing) };
}

export class LocksSweep {
  readonly cases: readonly LocksCase[];
  private readonly scripts = new Map<string, Scripts>();

  constructor(
    private readonly request: LocksRequest,
    private readonly recording: LocksRecording,
  ) {
    const cases: LocksCase[] = [];
    for (const plan of request.plans) {
      for (const name of request.workloads) {
        for (const sockets of request.sockets) {
          for (const threads of request.threads) {
            cases.push({ plan, workload: name, threads, sockets });
          }
        }
      }
    }
    this.cases = cases;
  }

  /** Runs a case with all seeds, and once more without its bottleneck. */
  run(part: number): CaseAnswer {
    const found = this.cases[part];
    const setting = this.setting(found ?? this.cases[0]);
    const { seed, seeds, findsWorth } = this.request;
    const runs: SeedRun[] = [];
    for (let i = 0; i < seeds; i += 1) runs.push(runSeed(setting, seed + i));
    const bottleneck = runs[0]?.bottleneck ?? null;
    const without =
      bottleneck === null || !findsWorth ? null : runSeed(setting, seed, bottleneck).perSecond;
    const of = found ?? FIRST;
    const stale = staleWindowOf(setting.workload, this.recording.paths[of.plan]);
    const fallbacks = setting.workload.isAged === true ? this.recording.fallbacks : null;
    return caseAnswer(of, setting.plan, runs, { without, stale, fallbacks });
  }

  private setting(of: LocksCase | undefined): CaseSetting {
    const { request, recording } = this;
    const { plan, workload: name, threads, sockets } = of ?? FIRST;
    return {
      plan: lockPlan(plan),
      scripts: this.scriptsOf(plan),
      workload: this.workloadOf(name),
      ...{ threads, sockets, cpus: request.cpus },
      contention: loadContention(request.costs, request.scale),
      channels: recording.channels,
      machine: request.machine,
      splitsArray: request.splitsArray,
      without: request.without,
      kinds: request.kinds,
      length: request.length,
    };
  }

  private workloadOf(name: string): Workload {
    const found = workload(name);
    const { fallbacks } = this.recording;
    return found.isAged === true && fallbacks !== null
      ? { ...found, parts: agedParts(fallbacks) }
      : found;
  }

  private scriptsOf(plan: string): Scripts {
    const known = this.scripts.get(plan);
    if (known !== undefined) return known;
    const paths = this.recording.paths[plan];
    const contention = loadContention(this.request.costs, this.request.scale);
    const scripts: Scripts = new Map(
      OPERATION_NAMES.map((name) => {
        return [name, scriptOf(name, paths?.[name] ?? [], lockPlan(plan), contention)];
      }),
    );
    this.scripts.set(plan, scripts);
    return scripts;
  }
}

function checkLock(name: string, plans: readonly string[]): void {
  const names = new Set(plans.flatMap((plan) => Object.keys(lockPlan(plan).locks)));
  const known = [...names, ...INNER_CLASSES];
  if (known.includes(name)) return;
  throw new ConfigError({
    where: '--without',
    found: `unknown lock "${name}"`,
    allowed: known.join(', '),
    nearest: nearestName(name, known),
  });
}

const FIRST: LocksCase = { plan: 'S3b', workload: 'DRBM', threads: 1, sockets: 1 };
