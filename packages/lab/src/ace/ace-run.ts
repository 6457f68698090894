/**
 * Runs workloads of a space one after the other, each on the state that it shares with the one
 * before.
 *
 *     creat foo; sync; write foo …       a call that the last workload began with too is not run
 *     creat foo; sync; link foo bar …    again, nor is power lost in it again
 *
 * Workloads of a tuple follow each other, so most of a workload is usually there already.
 */
import { CrashSearch } from '../crash/crash-search.js';
import { CrashSystem } from '../crash/crash-system.js';
import { Aftermath } from '../crash/aftermath.js';
import { emptyModel } from '../crash/crash-model.js';
import { describeWorkload } from './ace-operation.js';
import { programOf } from './ace-program.js';
import type { Mark } from '@daxsim/sim';
import type { AceBounds } from './ace-bounds.js';
import type { AftermathKind } from '../crash/aftermath.js';
import type { AceCall, AceWorkload } from './ace-operation.js';
import type { CrashFailure } from '../crash/crash-search.js';
import type { CrashSetting } from '../crash/crash-system.js';
import type { ModelState } from '../crash/crash-model.js';

/** A workload that left something wrong. */
export interface AceFailure extends CrashFailure {
  readonly number: number;
  readonly workload: string;
  readonly program: readonly AceCall[];
}

interface Reached {
  readonly call: string;
  readonly mark: Mark;
  readonly state: ModelState;
  /** Whether power loss in the call broke something: whoever goes on from here has it too. */
  readonly failure: CrashFailure | null;
}

export class AceRun {
  readonly system: CrashSystem;
  readonly search: CrashSearch;
  failures: AceFailure[] = [];
  run = 0;
  /** Workloads with a call that the file system does not have. */
  unsupported = 0;
  violations = 0;
  private readonly start: Mark;
  private readonly reached: Reached[] = [];
  private found: CrashFailure | null = null;

  constructor(
    setting: CrashSetting,
    /** How many failures are kept; all are counted. */
    private readonly failuresKept: number,
    aftermath: AftermathKind = 'none',
  ) {
    this.system = new CrashSystem(setting);
    const isSynchronous = setting.personality.metadata === 'synchronous';
    this.search = CrashSearch.of(this.system, isSynchronous);
    if (aftermath !== 'none') {
      const { knobs } = this.system.system.world;
      const { under } = this.system.memory;
      const isForAll = aftermath === 'all';
      this.search.aftermath = new Aftermath(setting, under, isForAll, knobs.replay);
    }
    this.search.onFailure = (failure) => {
      this.found ??= failure;
    };
    this.start = this.system.mark();
  }

  /** What the calls that were run last lead to. */
  get state(): ModelState {
    return this.reached.at(-1)?.state ?? emptyModel();
  }

  /** As if nothing had been run: what comes next does not depend on what came before. */
  restart(): void {
    this.reached.length = 0;
    this.system.rewind(this.start);
    this.run = 0;
    this.unsupported = 0;
    this.violations = 0;
    this.failures = [];
    this.search.restart();
  }

  /** Runs a workload; one that leaves something wrong is counted. */
  workload(workload: AceWorkload, bounds: AceBounds): void {
    const { calls } = programOf(workload, bounds);
    if (calls.some((call) => needsRecipe(call) && !this.system.has(call.call))) {
      this.unsupported += 1;
      return;
    }
    const failure = this.program(calls);
    this.run += 1;
    if (failure === null) return;
    this.violations += 1;
    if (this.failures.length >= this.failuresKept) return;
    const text = describeWorkload(workload);
    this.failures.push({ ...failure, number: workload.number, workload: text, program: calls });
  }

  /**
   * Runs calls, losing power in each that the calls before these did not begin with, and that is
   * not one of the first `quiet`.
   */
  program(calls: readonly AceCall[], quiet = 0): CrashFailure | null {
    const texts = calls.map((call) => Object.values(call).join(' '));
    let shared = 0;
    while (shared < this.reached.length && this.reached[shared]?.call === texts[shared]) {
      shared += 1;
    }
    const dropped = this.reached.splice(shared);
    const last = this.reached.at(-1);
    if (dropped.length > 0) this.system.rewind(last?.mark ?? this.start);
    let state = last?.state ?? emptyModel();
    let failure = last?.failure ?? null;
    for (let i = shared; i < calls.length && failure === null; i += 1) {
      const call = calls[i];
      if (call === undefined) break;
      this.found = null;
      this.search.isQuiet = i < quiet;
      state = this.search.run(call, state);
      failure = this.found;
      this.reached.push({ call: texts[i] ?? '', mark: this.system.mark(), state, failure });
    }
    return failure;
  }
}

/** Calls that are recipes of their own name, which not every file system has. */
function needsRecipe(call: AceCall): boolean {
  return call.call === 'setxattr' || call.call === 'removexattr';
}
