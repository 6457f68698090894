/**
 * A whole space of workloads as parts that can be run anywhere in any order, and their sum.
 *
 *     tuples 0 … n ─▶ parts of neighbouring tuples ─▶ answers ─▶ one result
 *
 * A part is a function of its number and of `AceRequest`. Parts do not depend on how many workers
 * there are, so neither does the result.
 */
import { assert } from '@daxsim/sim';
import { loadFileSystem } from '../config/systems.js';
import { LargeCount } from '../crash/large-count.js';
import { aceBounds } from './ace-bounds.js';
import { AceRun } from './ace-run.js';
import { AceSpace } from './ace-space.js';
import type { PersistenceDomain } from '@daxsim/pmem';
import type { CountParts } from '../crash/large-count.js';
import type { AftermathKind } from '../crash/aftermath.js';
import type { AceMode } from './ace-bounds.js';
import type { AceFailure } from './ace-run.js';

/** What decides the result. */
export interface AceRequest {
  readonly mode: AceMode;
  /** Operations of a workload. */
  readonly seq: number;
  readonly seed: number;
  /** Runs so many workloads, spread evenly over the space; null runs all. */
  readonly sample: number | null;
  readonly fileSystem: string;
  readonly lockPlan: string | null;
  readonly knobs: Readonly<Record<string, string>>;
  readonly domain: PersistenceDomain;
  /** Name of a mutation of the recipes; none when absent. */
  readonly mutation?: string;
  /** Whether `sync` writes everything home too, as an orderly unmount; default no. */
  readonly checkpoints?: boolean;
  /** Of which images recovery is crashed too, and the file system used up; default none. */
  readonly aftermath?: AftermathKind;
}

/** What came of a part. */
export interface AceAnswer {
  readonly run: number;
  readonly unsupported: number;
  readonly violations: number;
  readonly executed: number;
  readonly compared: number;
  readonly moments: number;
  readonly represented: CountParts;
  /** Second recoveries, and images used up; see `Aftermath`. */
  readonly recoveries: number;
  readonly used: number;
  /** The first few, as found. */
  readonly failures: readonly AceFailure[];
}

/** What came of all. */
export interface AceResult {
  readonly mode: AceMode;
  readonly seq: number;
  readonly oracle: string;
  readonly generated: number;
  readonly distinct: number;
  readonly run: number;
  /** Workloads with calls that the file system does not have. */
  readonly unsupported: number;
  readonly crash_states: {
    readonly represented: LargeCount;
    readonly executed: number;
    readonly compared: number;
    readonly moments: number;
    /** Recoveries after power was lost in a recovery. */
    readonly recoveries_crashed: number;
    /** Images that were used after recovery until nothing was left. */
    readonly used_up: number;
  };
  readonly violations: number;
  readonly failures: readonly AceFailure[];
}

/** The file system that a mode is run on when none is named. */
export const ACE_FILE_SYSTEM: Readonly<Record<AceMode, string>> = {
  block: 'xfs-dax',
  dax: 'xfs-dax',
  pm: 'strict-dax',
};

/** Size of the device. */
export const MEDIA_BYTES = 8 * 1024 * 1024;
const PARTS_WANTED = 96;
const FAILURES_KEPT = 4;

export class AceCampaign {
  readonly parts: number;
  private readonly space: AceSpace;
  private made: AceRun | null = null;
  private readonly tuplesPerPart: number;
  /** Workloads before each tuple: generated, and distinct. */
  private readonly generatedBefore: Float64Array;
  private readonly distinctBefore: Float64Array;

  constructor(private readonly request: AceRequest) {
    this.space = new AceSpace(aceBounds(request.mode), request.seq);
    const { tuples } = this.space;
    this.tuplesPerPart = Math.ceil(tuples / PARTS_WANTED);
    this.parts = Math.ceil(tuples / this.tuplesPerPart);
    this.generatedBefore = new Float64Array(tuples + 1);
    this.distinctBefore = new Float64Array(tuples + 1);
    for (let i = 0; i < tuples; i += 1) {
      const generated = this.generatedBefore[i] ?? 0;
      const distinct = this.distinctBefore[i] ?? 0;
      this.generatedBefore[i + 1] = generated + this.space.generatedOf(i);
      this.distinctBefore[i + 1] = distinct + this.space.distinctOf(i);
    }
  }

  /** The system that parts are run on, made when the first is. */
  private get running(): AceRun {
    if (this.made !== null) return this.made;
    const { fileSystem, lockPlan, knobs, domain, mutation, checkpoints, aftermath } = this.request;
    const { personality, plan } = loadFileSystem(fileSystem, lockPlan ?? undefined);
    const device = { mediaBytes: MEDIA_BYTES, checkpoints };
    const setting = { personality, plan, knobs, domain, mutation, ...device };
    this.made = new AceRun(setting, FAILURES_KEPT, aftermath);
    return this.made;
  }

  /** Mutations whose part of a recipe was run so far. */
  get metMutations(): ReadonlySet<string> {
    return this.running.system.system.world.metMutations;
  }

  /** Runs a part. */
  run(part: number): AceAnswer {
    const run = this.running;
    run.restart();
    const { bounds } = this.space;
    const first = part * this.tuplesPerPart;
    const end = Math.min(first + this.tuplesPerPart, this.space.tuples);
    for (let tuple = first; tuple < end; tuple += 1) {
      let ordinal = this.distinctBefore[tuple] ?? 0;
      for (const workload of this.space.workloadsOf(tuple, this.generatedBefore[tuple] ?? 0)) {
        if (this.isChosen(ordinal)) run.workload(workload, bounds);
        ordinal += 1;
      }
    }
    const { counts, judge, aftermath } = run.search;
    const { recoveries, used } = aftermath?.counts ?? { recoveries: 0, used: 0 };
    return {
      run: run.run,
      unsupported: run.unsupported,
      violations: run.violations,
      executed: counts.executed,
      compared: judge.compared,
      moments: counts.moments,
      represented: counts.represented.parts(),
      recoveries,
      used,
      failures: run.failures,
    };
  }

  /** The sum of the answers of all parts, in their order. */
  sum(answers: readonly AceAnswer[]): AceResult {
    const { mode, seq, fileSystem } = this.request;
    const represented = new LargeCount();
    const total = { run: 0, unsupported: 0, violations: 0, executed: 0, compared: 0, moments: 0 };
    const after = { recoveries: 0, used: 0 };
    const failures: AceFailure[] = [];
    for (const answer of answers) {
      total.run += answer.run;
      total.unsupported += answer.unsupported;
      total.violations += answer.violations;
      total.executed += answer.executed;
      total.compared += answer.compared;
      total.moments += answer.moments;
      after.recoveries += answer.recoveries;
      after.used += answer.used;
      represented.addAll(LargeCount.of(answer.represented));
      for (const failure of answer.failures) {
        if (failures.length < FAILURES_KEPT) failures.push(failure);
      }
    }
    const { metadata } = loadFileSystem(fileSystem).personality;
    const isLogged = metadata === 'logged';
    const { executed, compared, moments } = total;
    return {
      mode,
      seq,
      oracle: isLogged ? 'prefix of operations' : 'before or after',
      generated: this.generatedBefore[this.space.tuples] ?? 0,
      distinct: this.distinctBefore[this.space.tuples] ?? 0,
      run: total.run,
      unsupported: total.unsupported,
      crash_states: {
        represented,
        executed,
        compared,
        moments,
        recoveries_crashed: after.recoveries,
        used_up: after.used,
      },
      violations: total.violations,
      failures,
    };
  }

  /** Every n-th workload, from a place that the seed decides. */
  private isChosen(ordinal: number): boolean {
    const { sample, seed } = this.request;
    const distinct = this.distinctBefore[this.space.tuples] ?? 0;
    if (sample === null || sample >= distinct) return true;
    assert(sample > 0, 'AceCampaign: a sample of at least one');
    const at = (ordinal + seed) % distinct;
    return Math.floor(((at + 1) * sample) / distinct) > Math.floor((at * sample) / distinct);
  }
}
