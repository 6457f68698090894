/**
 * Searches every state that power loss can leave while a workload runs.
 *
 *     call ─▶ fence: what is in doubt? ─▶ images that recovery can tell apart ─▶ recover ─▶ judge
 *          └▶ end of a call that promises: the same
 */
import { carryOut, modelAfter } from './crash-calls.js';
import { CrashJudge } from './crash-judge.js';
import { ImageRow } from './image-row.js';
import { promisedAll } from './crash-model.js';
import { LargeCount } from './large-count.js';
import { StampCheck } from './stamp-check.js';
import type { RecoveryReport } from '@daxsim/daxfs';
import type { AceCall } from '../ace/ace-operation.js';
import type { Aftermath } from './aftermath.js';
import type { CrashMoment } from './crash-judge.js';
import type { CrashSystem } from './crash-system.js';
import type { ModelState } from './crash-model.js';

/** What was wrong, and how to see it again. */
export interface CrashFailure {
  readonly problem: string;
  /** Calls that had ended. */
  readonly calls: number;
  /** Whether another call was running. */
  readonly isRunning: boolean;
  /** Which of the moments that were searched in or after the call, from 0. */
  readonly moment: number;
  /** Survivors of the lines that were asked for; all others: nothing matters. */
  readonly kept: readonly { readonly line: number; readonly kept: number }[];
}

/** A single image to look at instead of all. */
export type Chosen = Pick<CrashFailure, 'calls' | 'isRunning' | 'moment' | 'kept'>;

/** Counts of a search. */
export interface CrashCounts {
  /** Images that recovery and the judge really saw. */
  executed: number;
  /** How many states they stand for. */
  readonly represented: LargeCount;
  /** Moments searched. */
  moments: number;
  /** Fewest records that a recovery replayed. */
  records: number;
}

export class CrashSearch {
  counts: CrashCounts = noCounts();
  readonly judge: CrashJudge;
  /** Called for each failure. */
  onFailure: (failure: CrashFailure) => void = ignore;
  /** What is done with some of the images that are right. */
  aftermath: Aftermath | null = null;
  /** Told of each image in which nothing is wrong, while it is there. */
  onImage: (moment: CrashMoment) => void = ignore;
  /** Whether stamps are those of the names, if they are looked at. */
  stamps: StampCheck | null = null;
  /** If set, this image is looked at and no other. */
  only: Chosen | null = null;
  /** Whether calls are only carried out. */
  isQuiet = false;
  private readonly row: ImageRow;
  private moment: CrashMoment | null = null;
  private momentOfCall = 0;

  private constructor(
    private readonly system: CrashSystem,
    /** Whether every call is durable when it returns. */
    private readonly isSynchronous: boolean,
  ) {
    const { memory, image, geometry } = system;
    this.judge = new CrashJudge(memory, image, geometry);
    this.row = new ImageRow(memory.under, image, geometry, system.system.world.knobs.replay);
    system.memory.beforeFence = () => {
      if (this.moment !== null) this.search(this.moment);
    };
  }

  /** A search of the system. */
  static of(system: CrashSystem, isSynchronous: boolean): CrashSearch {
    return new CrashSearch(system, isSynchronous);
  }

  /** Counts from the beginning. */
  restart(): void {
    this.counts = noCounts();
    this.judge.compared = 0;
    this.aftermath?.restart();
  }

  /** Looks at the stamps of directories too; the system's are counted, and it is empty. */
  checkStamps(): void {
    this.stamps = new StampCheck(this.system.system.world.volume, this.judge.fsck);
  }

  /** Runs a call from a state, searching; answers the state after it. */
  run(call: AceCall, from: ModelState): ModelState {
    this.stamps?.ended(from.index);
    const next = this.isSynchronous ? promisedAll(modelAfter(call, from)) : modelAfter(call, from);
    this.moment = this.isQuiet ? null : { now: from, next };
    this.momentOfCall = 0;
    carryOut(call, next.index, this.system);
    this.moment = null;
    this.stamps?.ended(next.index);
    const promises = next.promised > from.promised || hasForgotten(from, next);
    if (promises && !this.isQuiet) this.search({ now: next, next: null });
    return next;
  }

  private lookAt(chosen: Chosen, moment: CrashMoment, number: number): void {
    const { calls, isRunning, kept } = chosen;
    const isIt = moment.now.index === calls && (moment.next !== null) === isRunning;
    if (!isIt || number !== chosen.moment) return;
    const keptOf = new Map(kept.map((line) => [line.line, line.kept]));
    this.row.only((line, units) => Math.min(units, keptOf.get(line) ?? units));
    this.counts.executed += 1;
    const problem = this.judge.judge(moment) ?? this.aftermath?.follow(kept) ?? null;
    if (problem !== null) this.onFailure({ ...chosen, problem });
  }

  private search(moment: CrashMoment): void {
    const { system, row, counts } = this;
    const number = this.momentOfCall;
    this.momentOfCall += 1;
    counts.moments += 1;
    if (this.only !== null) {
      this.lookAt(this.only, moment, number);
      return;
    }
    const states = new LargeCount();
    states.add(1);
    for (const { units } of system.memory.under.pendingLines()) states.multiply(units + 1);
    counts.represented.addAll(states);
    for (let report: RecoveryReport | null = row.first(); report !== null; report = row.next()) {
      const { records } = report;
      if (records < counts.records) counts.records = records;
      const problem =
        this.judgeImage(moment) ??
        this.stamps?.problem(moment.now.index) ??
        this.aftermath?.look(row.path) ??
        null;
      counts.executed += 1;
      if (problem === null) {
        this.onImage(moment);
        continue;
      }
      this.onFailure({
        problem,
        calls: moment.now.index,
        isRunning: moment.next !== null,
        moment: number,
        kept: row.path(),
      });
      return;
    }
  }

  private judgeImage(moment: CrashMoment): string | null {
    const { row, judge } = this;
    const problem = judge.judge(moment, row.difference);
    return row.isInDoubt() ? judge.judge(moment) : problem;
  }
}

function noCounts(): CrashCounts {
  return { executed: 0, represented: new LargeCount(), moments: 0, records: Infinity };
}

/** Whether the call promised contents of a file. */
function hasForgotten(from: ModelState, next: ModelState): boolean {
  for (const [number, inode] of next.inodes) {
    const before = from.inodes.get(number);
    if (before !== undefined && before.versions.length > inode.versions.length) return true;
  }
  return false;
}

function ignore(): void {
  // Nobody listens.
}
