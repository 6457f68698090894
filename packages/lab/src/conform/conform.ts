/**
 * Conformance: runs the workloads of kernel records through daxfs and compares what each operation
 * did with what a kernel did.
 *
 *     folder ─▶ cases ─▶ personality `config@version` ─▶ run ─▶ compare ─▶ tallies, disagreements
 *                              └ none: every operation counts as a disagreement
 *
 * An operation that daxfs cannot do is a disagreement in the field `unsupported` and in every field
 * that would have been compared; the workload goes on with the next one.
 */
import { Digest } from '@daxsim/sim';
import { PERSONALITIES, lockPlan } from '@daxsim/daxfs';
import { compareOp } from './compare-op.js';
import { isExt4Command } from './device.js';
import { findCases } from './record-set.js';
import { addOp, addTally, emptyTally } from './tally.js';
import { runWorkload } from './workload-run.js';
import type { ComparedParts } from './compare-op.js';
import type { KernelRecord } from './record.js';
import type { ConformCase, RecordFilter } from './record-set.js';
import type { Disagreement, Tally } from './tally.js';
import type { WorkloadRun } from './workload-run.js';
import type { ConformSetting } from './workload-system.js';

/** What to run. */
export interface ConformRequest extends RecordFilter {
  readonly folders: readonly string[];
  /** Told after each case: how many of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Given each case that ran, to write its record. */
  readonly onRun?: (ran: ConformCase, run: WorkloadRun) => void;
}

/** The figures of one config of one kernel. */
export interface SettingTally extends Tally {
  readonly kernel: string;
  readonly config: string;
  workloads: number;
  agreed_workloads: number;
}

export interface ConformResult extends Tally {
  readonly settings: readonly SettingTally[];
  readonly disagreements: readonly Disagreement[];
  /** Cases that ran without a record to compare with. */
  readonly unrecorded: number;
  /** Workloads that one of our own invariants ended. */
  readonly broken: number;
  /** Of everything that was written down, in order. */
  readonly digest: string;
}

/** Runs and compares. Throws ConfigError for folders that are none and files that do not parse. */
export function conform(request: ConformRequest): ConformResult {
  const cases = request.folders.flatMap((folder) => findCases(folder, request));
  const settings = new Map<string, SettingTally>();
  const disagreements: Disagreement[] = [];
  const total = emptyTally();
  const digest = new Digest();
  let unrecorded = 0;
  let broken = 0;
  for (const [index, one] of cases.entries()) {
    const setting = settingFor(one.config, one.kernel);
    const run = setting === null ? null : runWorkload(one.ops, one.head, setting);
    if (run !== null) {
      digest.addText(JSON.stringify(run));
      request.onRun?.(one, run);
    }
    if (run?.isOurs === true) broken += 1;
    if (one.record === null) unrecorded += 1;
    else {
      const before = disagreements.length;
      const tally = emptyTally();
      compareRun(one, one.record, run, tally, disagreements);
      addTally(total, tally);
      const sum = tallyOf(settings, one);
      addTally(sum, tally);
      sum.workloads += 1;
      if (disagreements.length === before) sum.agreed_workloads += 1;
    }
    request.onProgress?.(index + 1, cases.length);
  }
  return {
    digest: digest.hex(),
    ...total,
    settings: [...settings.values()],
    disagreements,
    unrecorded,
    broken,
  };
}

function tallyOf(settings: Map<string, SettingTally>, one: ConformCase): SettingTally {
  const { kernel, config } = one;
  const key = `${kernel} ${config}`;
  const known = settings.get(key);
  if (known !== undefined) return known;
  const tally = { kernel, config, workloads: 0, agreed_workloads: 0, ...emptyTally() };
  settings.set(key, tally);
  return tally;
}

/** The personality and lock plan of a config on a kernel, or null if there is none. */
export function settingFor(config: string, kernel: string): ConformSetting | null {
  const name = `${config}@${kernel.replace(/^linux-/, '')}`;
  const personality = PERSONALITIES.find((candidate) => candidate.name === name);
  if (personality === undefined) return null;
  return { personality, plan: lockPlan(personality.plan) };
}

function compareRun(
  one: ConformCase,
  record: KernelRecord,
  run: WorkloadRun | null,
  tally: Tally,
  disagreements: Disagreement[],
): void {
  const parts: ComparedParts = {
    faults: !one.config.endsWith('pagecache'),
    locks: !isExt4Command(record.mkfs),
  };
  const { kernel, config, workload } = one;
  const why = run === null ? `no personality ${config} for ${kernel}` : run.broke;
  let isTold = false;
  for (const [n, expected] of record.ops.entries()) {
    const at = { kernel, config, workload, n, op: expected.op };
    const got = run?.ops[n];
    if (got === undefined || got.unsupported !== undefined) {
      const reason = got?.unsupported ?? why ?? 'it did not run';
      // What ends a workload, or keeps all of it from running, is told once.
      if (got !== undefined || !isTold) {
        disagreements.push({ ...at, field: 'unsupported', expected: expected.ret, got: reason });
      }
      isTold = isTold || got === undefined;
      addOp(tally, compareOp(expected, got ?? expected, parts), false);
      continue;
    }
    const results = compareOp(expected, got, parts);
    addOp(tally, results, true);
    for (const { field, agrees, expected: wanted, got: found } of results) {
      if (!agrees) disagreements.push({ ...at, field, expected: wanted, got: found });
    }
  }
}
