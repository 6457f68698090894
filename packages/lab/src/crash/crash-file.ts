/**
 * Every state that power loss can leave of the workload in a file, call by call.
 *
 *     file ─▶ calls, generated or traced ─▶ run once without power loss: does each succeed?
 *          ─▶ call 1: search ─▶ call 2: search ─▶ …   until one leaves something wrong
 */
import { ConfigError, Digest } from '@daxsim/sim';
import { CellRun, settingOf } from '../inject/cell-run.js';
import { describeCall } from '../inject/calls.js';
import { crashConfig } from '../inject/config.js';
import { isRead } from '../inject/injection-system.js';
import { tracedCalls } from '../inject/traced-calls.js';
import { configFileText } from '../config/catalog-files.js';
import { check, parseText } from '../config/document.js';
import { CrashSearch } from './crash-search.js';
import { CrashSystem } from './crash-system.js';
import { emptyModel } from './crash-model.js';
import { LargeCount } from './large-count.js';
import type { AceFailure } from '../ace/ace-run.js';
import type { AceCall } from '../ace/ace-operation.js';
import type { NamedProgram } from '../inject/calls.js';
import type { InjectionConfig } from '../inject/config.js';
import type { InjectionSetting } from '../inject/injection-system.js';
import type { Mark } from '@daxsim/sim';
import type { CrashFailure } from './crash-search.js';
import type { ModelState } from './crash-model.js';

/** What the command line says instead of the file. */
export interface CrashFileChoice {
  readonly file_system?: string;
  readonly lock_plan?: string;
  readonly knobs?: Readonly<Record<string, string>>;
  readonly domain?: 'adr' | 'eadr';
}

/** What was searched in one call. */
export interface CallStates {
  readonly workload: number;
  readonly call: string;
  readonly moments: number;
  readonly represented: LargeCount;
  readonly executed: number;
}

export interface CrashFileResult {
  readonly title: string;
  readonly oracle: string;
  readonly workloads: number;
  readonly crash_states: {
    readonly represented: LargeCount;
    readonly executed: number;
    readonly compared: number;
    readonly moments: number;
  };
  readonly calls: readonly CallStates[];
  readonly violations: number;
  readonly failures: readonly AceFailure[];
  readonly digest: string;
}

/** Loads the workload of a file, or of an experiment of injections. Throws `ConfigError`. */
export async function loadCrashFile(
  name: string,
  choice: CrashFileChoice = {},
): Promise<CrashFileRun> {
  const { text, shownPath, folder } = configFileText('injections', name);
  const parsed = parseText(text, shownPath);
  const whole = { ...withoutInjections(parsed.value), ...choice };
  const given = check({ ...parsed, value: whole }, crashConfig);
  const traced = await tracedCalls(given.workload, folder);
  const config = { ...given, hang_after: '120s', faults: [], must_hold: [], sweep: {} };
  return new CrashFileRun(config, new CellRun(config, traced, 0).programs);
}

/** The search of a file, one call at a time. */
export class CrashFileRun {
  readonly setting: InjectionSetting;
  private readonly system: CrashSystem;
  private readonly search: CrashSearch;
  private readonly start: Mark;
  private readonly calls: CallStates[] = [];
  private readonly failures: AceFailure[] = [];
  private readonly represented = new LargeCount();
  private executed = 0;
  private moments = 0;
  private compared = 0;
  private program = 0;
  private next = 0;
  private state: ModelState = emptyModel();
  private found: CrashFailure | null = null;

  constructor(
    readonly config: InjectionConfig,
    private readonly programs: readonly NamedProgram[],
  ) {
    this.setting = settingOf(config);
    this.system = new CrashSystem(this.setting);
    const isSynchronous = this.setting.personality.metadata === 'synchronous';
    this.search = CrashSearch.of(this.system, isSynchronous);
    this.search.onFailure = (failure) => {
      this.found ??= failure;
    };
    this.start = this.system.mark();
  }

  /** Share of the work that is done. */
  get share(): number {
    return this.program / Math.max(1, this.programs.length);
  }

  get states(): number {
    return this.executed;
  }

  /** Searches the next call; false when there is none. */
  step(): boolean {
    const program = this.programs[this.program];
    if (program === undefined) return false;
    const calls = program.calls.filter((call): call is AceCall => !isRead(call));
    const call = calls[this.next];
    if (call === undefined || this.found !== null) {
      this.endProgram(program, calls);
      return this.program < this.programs.length;
    }
    this.search.restart();
    this.state = this.search.run(call, this.state);
    this.next += 1;
    const { moments, represented, executed } = this.search.counts;
    this.calls.push({
      workload: this.program,
      call: describeCall(call),
      moments,
      represented,
      executed,
    });
    this.moments += moments;
    this.executed += executed;
    this.compared += this.search.judge.compared;
    this.represented.addAll(represented);
    return true;
  }

  result(): CrashFileResult {
    const { represented, executed, compared, moments, calls, failures } = this;
    const isLogged = this.setting.personality.metadata === 'logged';
    const digest = new Digest();
    for (const call of calls) {
      digest.addText(call.call);
      digest.add(call.moments);
      digest.add(call.executed);
    }
    for (const { problem } of failures) digest.addText(problem);
    return {
      title: this.config.title,
      oracle: isLogged ? 'prefix of operations' : 'before or after',
      workloads: this.programs.length,
      crash_states: { represented, executed, compared, moments },
      calls,
      violations: failures.length,
      failures,
      digest: digest.hex(),
    };
  }

  private endProgram({ name }: NamedProgram, program: readonly AceCall[]): void {
    if (this.found !== null) {
      this.failures.push({ ...this.found, number: this.program, workload: name, program });
    }
    this.found = null;
    this.program += 1;
    this.next = 0;
    this.state = emptyModel();
    this.system.rewind(this.start);
  }
}

/** An experiment without what is injected: its workload and what that runs on. */
function withoutInjections(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError({ where: 'workload', found: 'no object', allowed: 'title, workload' });
  }
  const rest: Record<string, unknown> = { ...value };
  for (const key of ['faults', 'must_hold', 'sweep', 'hang_after'])
    Reflect.deleteProperty(rest, key);
  return rest;
}
