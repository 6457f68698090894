/**
 * A race: the operations of two or three tasks in every order of their steps.
 *
 *     set-up ─▶ race { 1: a b   2: c } ─▶ every schedule ─▶ every end state ─▶ claims
 *
 * Each answer is held against what its line says, each end state is unmounted, checked, and the
 * claims behind the race looked at on it. End states with the same media are looked at once.
 */
import { IntColumn, Ran, assert } from '@daxsim/sim';
import { ERRNO_NAMES, Signal } from '@daxsim/daxfs';
import { exploreSystem } from '../explore/exploration.js';
import { ScenarioSystem } from '../explore/scenario-system.js';
import { wrongAnswer } from './answers.js';
import { RaceCalls, READ_MOST } from './race-calls.js';
import { deviceAfterUnmount } from './power-cut.js';
import type { CallEnd, ScenarioJudge, ScenarioSetting } from '../explore/scenario-system.js';
import type { OpAnswer } from '../conform/op-answer.js';
import type { RaceCall } from './race-calls.js';
import type { RecoveredDevice } from './power-cut.js';
import type { Scenario, Statement } from './scenario.js';

type Race = Extract<Statement, { readonly kind: 'race' }>;

/** What a search found. */
export interface RaceResult {
  /** Null, or the first line that did not hold, and the schedule as a picture. */
  readonly failure: { readonly what: string; readonly diagram: readonly string[] } | null;
  readonly states: number;
  readonly isComplete: boolean;
}

const STATES_MOST = 200_000;
const SCALE = 1000;

/** Searches a race; `check` looks at a device after the end: null, or what is wrong. */
export function searchRace(
  scenario: Scenario,
  race: Race,
  setting: ScenarioSetting,
  check: (device: RecoveredDevice) => string | null,
): RaceResult {
  const calls = new RaceCalls();
  const before = scenario.statements.slice(0, scenario.statements.indexOf(race));
  const setup = before.flatMap((one) => (one.kind === 'op' ? [calls.callOf(one)] : []));
  const threads = race.threads.map((list) => list.map((one) => calls.callOf(one)));
  const parts = { mediaBytes: scenario.deviceBytes, stripeBlocks: 0, setup, threads };
  const known = new Set<number>();
  const knobs = { faultSizes: 'pagesOnly', reuse: 'freedFirst', ...setting.knobs };
  const make = (): ScenarioSystem<RaceCall> =>
    new ScenarioSystem<RaceCall>(
      parts,
      { ...setting, knobs },
      (system) => new RaceJudge(system, check, known),
    );
  const found = exploreSystem(make, { maxStates: STATES_MOST });
  return { failure: found.failure, states: found.states, isComplete: found.complete };
}

class RaceJudge implements ScenarioJudge<RaceCall> {
  /** Per task: bytes of its running call that were seen, and how many. */
  private readonly seen: IntColumn;
  private readonly counts: IntColumn;
  /** Cell 0: task and answer that was wrong, see `wrongOf`; 0 is none. */
  private readonly wrong: IntColumn;
  /** What wrong answers were, by number; grows only. */
  private readonly texts: string[] = [''];

  constructor(
    private readonly system: ScenarioSystem<RaceCall>,
    private readonly check: (device: RecoveredDevice) => string | null,
    private readonly known: Set<number>,
  ) {
    const { space } = system;
    this.seen = new IntColumn(space, 'race.seen');
    this.counts = new IntColumn(space, 'race.counts');
    this.wrong = new IntColumn(space, 'race.wrong');
  }

  starts(): void {
    // Nothing is kept of the set-up.
  }

  began(task: number): void {
    for (let i = 0; i < READ_MOST; i += 1) this.seen.set(task * SCALE + i, 0);
    this.counts.set(task, 0);
  }

  finished(task: number, call: RaceCall, end: CallEnd): number {
    const { statement, outcomes } = call;
    const found = wrongAnswer(this.answerOf(task, call, end), outcomes, statement.op);
    if (found !== null) this.breaks(`${statement.where}: "${statement.text}": found ${found}`);
    this.began(task);
    return 0;
  }

  saw(
    task: number,
    _call: RaceCall,
    _fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const from = this.counts.get(task);
    for (let i = 0; i < length && from + i < READ_MOST; i += 1) {
      this.seen.set(task * SCALE + from + i, bytes[at + i] ?? 0);
    }
    this.counts.set(task, Math.min(READ_MOST, from + length));
  }

  byteOf(source: number): number {
    return source;
  }

  isOver(): boolean {
    return this.wrong.get(0) !== 0;
  }

  afterAction(): string | null {
    return null;
  }

  atEnd(): string | null {
    const wrong = this.wrong.get(0);
    if (wrong !== 0) return this.texts[wrong] ?? 'a wrong answer';
    const { space } = this.system;
    const mark = space.mark();
    this.syncAll();
    const found = this.lookAtDevice();
    space.rewind(mark);
    return found;
  }

  /** The task of the set-up, which has nothing to do any more, syncs; it is taken back. */
  private syncAll(): void {
    const { interpreter, set } = this.system.system;
    const task = this.system.threadNames().length;
    const sync = set.programByName.get('sync');
    assert(sync !== undefined, 'RaceJudge: no recipe sync');
    interpreter.begin(task, sync);
    while (interpreter.execute(task, Infinity) === Ran.On);
    interpreter.end(task);
  }

  private lookAtDevice(): string | null {
    const device = deviceAfterUnmount(this.system.memory);
    if (device.problem !== null) return device.problem;
    const hash = device.memory.mediaHash();
    if (this.known.has(hash)) return null;
    const found = this.check(device);
    if (found === null) this.known.add(hash);
    return found;
  }

  private breaks(text: string): void {
    const known = this.texts.indexOf(text);
    if (known < 0) this.texts.push(text);
    this.wrong.set(0, known < 0 ? this.texts.length - 1 : known);
  }

  private answerOf(task: number, { program }: RaceCall, end: CallEnd): OpAnswer {
    const { errno, signal, result, reached } = end;
    if (signal !== Signal.None) {
      const name = signal === Signal.Segv ? 'SIGSEGV' : 'SIGBUS';
      return { ret: 0, err: '', sig: { name, code: 0, map: '', off: reached } };
    }
    if (errno !== 0) return { ret: -1, err: ERRNO_NAMES.get(errno) ?? `E${errno}` };
    if (program !== 'load' && program !== 'read') return { ret: result, err: '' };
    const data = new Uint8Array(this.counts.get(task));
    for (let i = 0; i < data.length; i += 1) data[i] = this.seen.get(task * SCALE + i);
    return { ret: result, err: '', data };
  }
}
