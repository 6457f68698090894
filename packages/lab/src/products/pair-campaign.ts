/**
 * All unordered pairs of the operations of a mode, each as two tasks: schedules × moments of power
 * loss × surviving lines. Parts can be run anywhere in any order.
 *
 *     76 operations ─▶ 2926 pairs ─▶ parts of neighbouring pairs ─▶ answers ─▶ one result
 */
import { loadFileSystem } from '../config/systems.js';
import { LargeCount } from '../crash/large-count.js';
import { aceBounds } from '../ace/ace-bounds.js';
import { describeOperation } from '../ace/ace-operation.js';
import { searchPair } from './pair-run.js';
import type { CountParts } from '../crash/large-count.js';
import type { AceMode } from '../ace/ace-bounds.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { Operations } from './pair-run.js';

/** What decides the result. */
export interface PairRequest {
  readonly mode: AceMode;
  readonly seed: number;
  /** Runs so many pairs, spread evenly; null runs all. */
  readonly sample: number | null;
  readonly fileSystem: string;
  readonly lockPlan: string | null;
  readonly knobs: Readonly<Record<string, string>>;
}

/** A pair that left something wrong. */
export interface PairFailure {
  /** Number of the pair, from 0. */
  readonly number: number;
  readonly workload: string;
  readonly operations: Operations;
  readonly problem: string;
  readonly choices: readonly number[];
}

/** What came of a part. */
export interface PairAnswer {
  readonly run: number;
  readonly violations: number;
  readonly schedules: CountParts;
  readonly states: number;
  readonly incomplete: number;
  readonly moments: number;
  readonly executed: number;
  readonly represented: CountParts;
  /** The first few, as found. */
  readonly failures: readonly PairFailure[];
}

/** What came of all. */
export interface PairResult {
  readonly mode: AceMode;
  readonly threads: 2;
  readonly oracle: string;
  /** Pairs of operations. */
  readonly generated: number;
  readonly run: number;
  /** Schedules up to what cannot matter, and the states that they pass. */
  readonly schedules: LargeCount;
  readonly states: number;
  /** Pairs whose search was cut short, failing ones not counted. */
  readonly incomplete: number;
  readonly crash_states: {
    readonly represented: LargeCount;
    readonly executed: number;
    readonly moments: number;
  };
  readonly violations: number;
  readonly failures: readonly PairFailure[];
}

const PAIRS_PER_PART = 8;
const FAILURES_KEPT = 4;

export class PairCampaign {
  readonly parts: number;
  private readonly pairs: readonly Operations[];
  private readonly setting: ScenarioSetting;

  constructor(private readonly request: PairRequest) {
    const { operations } = aceBounds(request.mode);
    this.pairs = operations.flatMap((one, i) =>
      operations.slice(i).map((other): Operations => [one, other]),
    );
    this.parts = Math.ceil(this.pairs.length / PAIRS_PER_PART);
    this.setting = pairSetting(request);
  }

  /** Runs a part. */
  run(part: number): PairAnswer {
    const total = { run: 0, violations: 0, states: 0, incomplete: 0, moments: 0, executed: 0 };
    const schedules = new LargeCount();
    const represented = new LargeCount();
    const failures: PairFailure[] = [];
    const first = part * PAIRS_PER_PART;
    const end = Math.min(first + PAIRS_PER_PART, this.pairs.length);
    for (let number = first; number < end; number += 1) {
      const operations = this.pairs[number];
      if (operations === undefined || !this.isChosen(number)) continue;
      const { failure, ...found } = searchPair(operations, this.setting);
      total.run += 1;
      total.states += found.states;
      total.moments += found.counts.moments;
      total.executed += found.counts.executed;
      represented.addAll(found.counts.represented);
      schedules.add(Number(found.schedules));
      if (failure === null) {
        total.incomplete += found.complete ? 0 : 1;
        continue;
      }
      total.violations += 1;
      const workload = operations.map(describeOperation).join(' ∥ ');
      const { message: problem, choices } = failure;
      if (failures.length < FAILURES_KEPT) {
        failures.push({ number, workload, operations, problem, choices });
      }
    }
    return { ...total, schedules: schedules.parts(), represented: represented.parts(), failures };
  }

  /** The sum of the answers of all parts, in their order. */
  sum(answers: readonly PairAnswer[]): PairResult {
    const total = { run: 0, violations: 0, states: 0, incomplete: 0, moments: 0, executed: 0 };
    const schedules = new LargeCount();
    const represented = new LargeCount();
    const failures: PairFailure[] = [];
    for (const answer of answers) {
      total.run += answer.run;
      total.violations += answer.violations;
      total.states += answer.states;
      total.incomplete += answer.incomplete;
      total.moments += answer.moments;
      total.executed += answer.executed;
      schedules.addAll(LargeCount.of(answer.schedules));
      represented.addAll(LargeCount.of(answer.represented));
      failures.push(...answer.failures.slice(0, FAILURES_KEPT - failures.length));
    }
    const { moments, executed, run, violations, states, incomplete } = total;
    return {
      mode: this.request.mode,
      threads: 2,
      oracle: 'prefix of an order of the calls',
      generated: this.pairs.length,
      run,
      schedules,
      states,
      incomplete,
      crash_states: { represented, executed, moments },
      violations,
      failures,
    };
  }

  /** Every n-th pair, from a place that the seed decides. */
  private isChosen(number: number): boolean {
    const { sample, seed } = this.request;
    const count = this.pairs.length;
    if (sample === null || sample >= count) return true;
    const at = (number + seed) % count;
    return Math.floor(((at + 1) * sample) / count) > Math.floor((at * sample) / count);
  }
}

/** What the pairs of a request run on. */
export function pairSetting(
  request: Pick<PairRequest, 'fileSystem' | 'lockPlan' | 'knobs'>,
): ScenarioSetting {
  const { fileSystem, lockPlan, knobs } = request;
  const { personality, plan } = loadFileSystem(fileSystem, lockPlan ?? undefined);
  return { personality, plan, knobs };
}
