/**
 * Runs a scripted scenario on one file system. Where power fails the rest of the script runs once
 * for every device that may be found afterwards:
 *
 *     op ─ op ─ cut ┬▶ recovered device 1 ─ expect ─ op ─ cut ┬▶ …
 *                   └▶ recovered device 2 ─ expect ─ op ─ cut ┴▶ …
 *
 *     during { op ─ fence ─ op }     the same from every fence that finds something pending
 *
 * It ends with the first statement that does not hold. At the end of the script the device is
 * unmounted and checked.
 */
import { InvariantError, StateSpace, assert } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { checkInvariants, mkfs } from '@daxsim/daxfs';
import { defaultHead } from '../conform/device.js';
import { runOp } from '../conform/op-actions.js';
import { Process } from '../conform/process.js';
import { DeadEnd, WorkloadSystem } from '../conform/workload-system.js';
import { FenceWatch } from '../corpus/fence-watch.js';
import { wrongAnswer } from './answers.js';
import { ClaimCheck, noteOf } from './claims.js';
import { runCall } from './name-calls.js';
import { searchRace } from './race.js';
import { settingOf } from './scenario-setting.js';
import { deviceAfterUnmount, devicesAfterPowerLoss } from './power-cut.js';
import type { Memory } from '@daxsim/pmem';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { Noted } from './claims.js';
import type { RecoveredDevice } from './power-cut.js';
import type { Scenario, ScenarioDefect, Statement } from './scenario.js';

const STALE_BYTE = 0xcd;
const LOG_BYTES = 256 * 1024;
const INODES = 64;

/** A statement that does not hold. */
export interface ScenarioFailure {
  readonly where: string;
  readonly statement: string;
  readonly found: string;
  /** What survived each power loss on the way here. */
  readonly after: readonly string[];
}

export interface ScenarioRun {
  readonly failure: ScenarioFailure | null;
  /** Operations and claims that were carried out, on all devices. */
  readonly statements: number;
  readonly claims: number;
  /** Devices that were recovered, checked and gone on with. */
  readonly crashStates: number;
}

export interface ScenarioOptions {
  readonly defect?: ScenarioDefect;
}

/** Runs a scenario on `fileSystem`, as `xfs-dax` or `xfs-dax@6.1`. */
export function runScenario(
  scenario: Scenario,
  fileSystem: string,
  options: ScenarioOptions = {},
): ScenarioRun {
  const run = new ScenarioRunner(settingOf(fileSystem, options.defect));
  const failure = run.start(scenario);
  const { statements, claims, crashStates } = run;
  return { failure, statements, claims, crashStates };
}

/** One mounted file system, and what the script knows of it. */
interface Mounted {
  readonly memory: FenceWatch;
  readonly system: WorkloadSystem;
  readonly process: Process;
  noted: Noted | null;
  readonly after: readonly string[];
}

/** Unwinds to the start with the first failure. */
class Failed extends Error {
  constructor(readonly failure: ScenarioFailure) {
    super(failure.found);
  }
}

class ScenarioRunner {
  statements = 0;
  claims = 0;
  crashStates = 0;

  constructor(private readonly setting: ScenarioSetting) {}

  start(scenario: Scenario): ScenarioFailure | null {
    const { deviceBytes: capacityBytes, statements } = scenario;
    const race = statements.find((statement) => statement.kind === 'race');
    if (race !== undefined) return this.race(scenario, race);
    const space = new StateSpace();
    const memory = createUntimedMemory(space, capacityBytes, 'adr', { fillByte: STALE_BYTE });
    const sizes = { capacityBytes, logBytes: LOG_BYTES, inodes: INODES, stripeBlocks: 0 };
    mkfs(memory, { ...sizes, seed: 1, label: 'scenario' });
    try {
      this.run(this.mount(memory, space, []), statements, 0);
    } catch (error) {
      if (error instanceof Failed) return error.failure;
      throw error;
    }
    return null;
  }

  /** Every order of a race, and the rest of the script on what each leaves. */
  private race(
    scenario: Scenario,
    race: Extract<Statement, { readonly kind: 'race' }>,
  ): ScenarioFailure | null {
    const { statements } = scenario;
    const next = statements.indexOf(race) + 1;
    const check = (device: RecoveredDevice): string | null => {
      this.crashStates += 1;
      try {
        this.run(this.mount(device.memory, device.memory.space, []), statements, next);
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
        return `${error.failure.where}: "${error.failure.statement}": found ${error.failure.found}`;
      }
      return null;
    };
    const { failure, states, isComplete } = searchRace(scenario, race, this.setting, check);
    this.statements += states;
    const found = failure?.what ?? (isComplete ? null : 'more states than are searched');
    if (found === null) return null;
    const after = failure?.diagram ?? [];
    return { where: race.where, statement: race.text, found, after };
  }

  private mount(memory: Memory, space: StateSpace, after: readonly string[]): Mounted {
    const watch = new FenceWatch(memory);
    const isDax = this.setting.personality.cache === null;
    const head = { ...defaultHead('', ''), mount_options: isDax ? 'dax=always' : 'dax=never' };
    const system = new WorkloadSystem(head, this.setting, { memory: watch, space });
    return { memory: watch, system, process: new Process(), noted: null, after };
  }

  /** Runs statements from `from` on, to the end of the script. */
  private run(mounted: Mounted, list: readonly Statement[], from: number): void {
    for (let at = from; at < list.length; at += 1) {
      const statement = list[at];
      assert(statement !== undefined, 'ScenarioRunner: a statement');
      switch (statement.kind) {
        case 'cut':
          this.cut(mounted, statement, list, at + 1);
          return;
        case 'remount':
          this.remount(mounted, statement, list, at + 1);
          return;
        case 'during':
          this.during(mounted, statement, list, at + 1);
          return;
        case 'race':
          throw failed(mounted, statement, 'a second race');
        case 'note':
          mounted.noted = noteOf(mounted.system);
          break;
        default:
          this.one(mounted, statement);
      }
    }
    const last = list.at(-1);
    if (last === undefined) return;
    this.unmount(mounted, last);
    this.goOnWith(mounted, last, deviceAfterUnmount(mounted.memory));
  }

  private one(
    mounted: Mounted,
    statement: Extract<Statement, { readonly kind: 'op' | 'call' | 'expect' }>,
  ): void {
    this.statements += 1;
    const { system, process } = mounted;
    let found: string | null = null;
    try {
      system.beginOp(statement.kind === 'op' && statement.op.timeoutMs > 0);
      if (statement.kind === 'expect') {
        this.claims += 1;
        found = new ClaimCheck(system, process, mounted.noted).check(statement.claim);
      } else if (statement.kind === 'op') {
        const answer = runOp({ system, process, op: statement.op });
        found = wrongAnswer(answer, statement.outcomes, statement.op);
      } else {
        const { name, words, outcomes } = statement;
        found = wrongAnswer(runCall(name, { system, process, words }), outcomes, null);
      }
    } catch (error) {
      if (!(error instanceof InvariantError || error instanceof DeadEnd)) throw error;
      found = error.message;
    }
    found ??= checkInvariants(system.system.world);
    if (found !== null) throw failed(mounted, statement, found);
  }

  private cut(
    mounted: Mounted,
    statement: Statement,
    list: readonly Statement[],
    next: number,
  ): void {
    const { geometry } = mounted.system.system.world.volume;
    for (const device of devicesAfterPowerLoss(mounted.memory, geometry)) {
      this.goOn(mounted, statement, device, list, next);
    }
  }

  private during(
    mounted: Mounted,
    statement: Extract<Statement, { readonly kind: 'during' }>,
    list: readonly Statement[],
    next: number,
  ): void {
    const { memory } = mounted;
    memory.beforeFence = () => {
      if (memory.pendingLines().length > 0) this.cut(mounted, statement, list, next);
    };
    for (const inner of statement.body) {
      assert(
        inner.kind === 'op' || inner.kind === 'call' || inner.kind === 'expect',
        'ScenarioRunner: only operations and claims stand in a block',
      );
      this.one(mounted, inner);
    }
    memory.beforeFence = () => undefined;
    this.cut(mounted, statement, list, next);
  }

  private remount(
    mounted: Mounted,
    statement: Statement,
    list: readonly Statement[],
    next: number,
  ): void {
    this.unmount(mounted, statement);
    this.goOn(mounted, statement, deviceAfterUnmount(mounted.memory), list, next);
  }

  /** Unmaps, closes and syncs everything. */
  private unmount(mounted: Mounted, statement: Statement): void {
    const { system, process } = mounted;
    try {
      for (const { number: mapping, bytes } of process.mappings.values()) {
        system.run('munmap', { mapping, mm: 1, offset: 0, length: bytes });
      }
      for (const { number: handle } of process.handles.values()) system.run('close', { handle });
      system.run('sync', {});
    } catch (error) {
      if (!(error instanceof InvariantError || error instanceof DeadEnd)) throw error;
      throw failed(mounted, statement, `unmount: ${error.message}`);
    }
  }

  private goOn(
    mounted: Mounted,
    statement: Statement,
    device: RecoveredDevice,
    list: readonly Statement[],
    next: number,
  ): void {
    this.crashStates += 1;
    const { memory } = device;
    const goingOn = this.goOnWith(mounted, statement, device);
    const again = this.mount(memory, memory.space, goingOn);
    again.noted = mounted.noted;
    this.run(again, list, next);
  }

  /** Fails if the device is damaged; answers what survived on the way to it. */
  private goOnWith(
    mounted: Mounted,
    statement: Statement,
    { problem, survived }: RecoveredDevice,
  ): readonly string[] {
    const after = [...mounted.after, survived];
    if (problem !== null) throw failed({ ...mounted, after }, statement, problem);
    return after;
  }
}

function failed({ after }: Mounted, { where, text }: Statement, found: string): Failed {
  return new Failed({ where, statement: text, found, after });
}
