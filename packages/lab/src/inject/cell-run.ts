/** One combination of an experiment, ready to run: system, workloads, plan. */
import { ConfigError, SeededDecider } from '@daxsim/sim';
import { parseSpan } from '../config/quantity.js';
import { loadFileSystem, loadMachine } from '../config/systems.js';
import { InjectionRunner } from './injection-runner.js';
import { InjectionSystem } from './injection-system.js';
import { planInjections } from './plan.js';
import { generatedPrograms, programOfCalls } from './workloads.js';
import type { InjectionConfig, WorkloadCall } from './config.js';
import type { NamedProgram } from './calls.js';
import type { InjectionEnd } from './injection-runner.js';
import type { InjectionSetting } from './injection-system.js';
import type { PlannedInjection } from './plan.js';

/** What injections of a configuration run on. Throws `ConfigError`. */
export function settingOf(config: InjectionConfig): InjectionSetting {
  const { personality, plan, knobs } = loadFileSystem(config.file_system, config.lock_plan);
  const { config: machine } = loadMachine(config.machine);
  return {
    personality,
    plan,
    knobs: { ...knobs, ...config.knobs },
    domain: config.domain ?? machine.domain,
    mediaBytes: config.media_bytes,
    queueLines: machine.controller.writeSlots.value * machine.channels.value,
    hangTicks: parseSpan(config.hang_after, 'hang_after'),
  };
}

export class CellRun {
  readonly plan: readonly PlannedInjection[];
  readonly programs: readonly NamedProgram[];
  private readonly runner: InjectionRunner;

  /** `traced`: the calls of the workload's trace, if it has one. */
  constructor(
    readonly config: InjectionConfig,
    traced: readonly WorkloadCall[] | null,
    private readonly seed: number,
  ) {
    const system = new InjectionSystem(settingOf(config));
    this.runner = new InjectionRunner(system);
    this.programs = this.programsOf(traced);
    this.plan = planInjections(this.runner, this.programs, config.faults, seed);
  }

  get setting(): InjectionSetting {
    return this.runner.system.setting;
  }

  /** Runs an injection of the plan; `number` is its number in the campaign. */
  run(index: number, number: number): InjectionEnd {
    const planned = this.plan[index];
    const program = planned === undefined ? undefined : this.programs[planned.program];
    if (planned === undefined || program === undefined) {
      throw new ConfigError({ where: 'injection', found: `no injection ${number}` });
    }
    const decider = new SeededDecider(streamOf(this.seed, number));
    const { injection, persists, call } = planned;
    return this.runner.run(program, injection, persists, decider, call);
  }

  private programsOf(traced: readonly WorkloadCall[] | null): NamedProgram[] {
    const { calls, ace } = this.config.workload;
    if (calls !== undefined) return [programOfCalls('workload', calls)];
    if (ace === undefined) return [programOfCalls('trace', traced ?? [])];
    const { mode, seq, sample } = ace;
    const { crash } = this.runner.system;
    return generatedPrograms(
      mode,
      seq,
      sample,
      (call) => !call.endsWith('xattr') || crash.has(call),
    );
  }
}

/** A seed for each injection of each campaign. */
function streamOf(seed: number, number: number): number {
  return (seed % 1048576) * 4294967296 + (number % 4294967296);
}
