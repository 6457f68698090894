/**
 * One injection: the workload with one fault at one request, power loss if it is asked for, and
 * what came of it.
 *
 *     calls … the request is struck … error? ─▶ stop        power goes? ─▶ image of what survives
 *                                   └▶ on to the end ─▶ sync ─▶ image of everything
 *     image, with the faults that outlive power ─▶ recovery ─▶ judge ─▶ the worst that was seen
 *
 * A program that gets an error stops there: what it would do next is its own business.
 */
import { FaultOverlay, NoProgress, faultNamed } from '@daxsim/pmem';
import { ConfigError, Digest, Point, RecordingDecider } from '@daxsim/sim';
import { emptyModel, promisedAll } from '../crash/crash-model.js';
import { StuckCall } from '../crash/crash-system.js';
import { describeCall } from './calls.js';
import { MASKED, worse } from './outcome.js';
import { judgeImage } from './recovered-judge.js';
import { RequestClassifier, RequestLog, isOf } from './request-log.js';
import type { CrashMoment } from '../crash/crash-judge.js';
import type { ModelState } from '../crash/crash-model.js';
import type { Decider } from '@daxsim/sim';
import type { InjectedCall, NamedProgram } from './calls.js';
import type { InjectionSystem, SystemMoment } from './injection-system.js';
import type { Finding } from './outcome.js';

/** When power is lost: never, when the fault strikes, or later. */
export type PowerLossTime = 'never' | 'struck' | 'next-persist' | 'drawn' | 'end';
export type SurvivorsChoice = 'none' | 'all' | 'drawn';

/** Everything that decides an injection beside the workload and the system. */
export interface Injection {
  readonly fault: string;
  /** Number of the request that is struck. */
  readonly request: number;
  readonly powerLoss: PowerLossTime;
  readonly survivors: SurvivorsChoice;
  /** Units that a torn line loses; 0: drawn. */
  readonly units: number;
  readonly ticks: number;
  readonly lines: number;
  /** Part of a module that is saved where its energy ends, percent. */
  readonly savedPercent: number;
  /** 0: never. */
  readonly liftedAfter: number;
}

/** What came of it, and what it takes to see it again. */
export interface InjectionEnd extends Finding {
  /** What was decided, in order. */
  readonly choices: readonly number[];
  /** Index of the call in which the fault struck. */
  readonly call: number;
  readonly line: number;
  readonly digest: string;
}

const REQUESTS_MAX = 4_000_000;
const UNITS = 255;
const SYNC: InjectedCall = { call: 'sync' };

export class InjectionRunner {
  private readonly classifier: RequestClassifier;
  private reached: Reached | null = null;
  private persistsBefore = new WeakMap<RequestLog, Map<number, number>>();

  constructor(readonly system: InjectionSystem) {
    this.classifier = new RequestClassifier(system.setting.domain);
  }

  /** The workload without faults. Throws `ConfigError` when a call of it fails. */
  golden({ name, calls }: NamedProgram): RequestLog {
    const { system, classifier } = this;
    this.reached = null;
    const log = new RequestLog(calls.map(({ call }) => call));
    let running = 0;
    system.restart();
    classifier.restart();
    system.overlay.watch = (request) => {
      const bits = classifier.classify(request);
      const { recipe, step } = system.place(running);
      log.add(bits, request.line, running, recipe, step);
    };
    let state = emptyModel();
    for (const call of calls) {
      const where = `${name}: call ${running + 1} (${describeCall(call)})`;
      const isMissing = call.call === 'setxattr' || call.call === 'removexattr';
      if (isMissing && !system.crash.has(call.call)) {
        throw new ConfigError({ where, found: 'a call that this file system does not have' });
      }
      system.run(call, state, state.index + 1);
      const wrong = system.reported ?? system.misread;
      if (wrong !== null) {
        const found = `fails without any fault: ${wrong}`;
        throw new ConfigError({ where, found, allowed: 'calls that succeed' });
      }
      state = system.after(call, state);
      running += 1;
    }
    system.overlay.watch = null;
    return log;
  }

  /** Persist events behind a request of a log, remembered. */
  persistsAfter(log: RequestLog, request: number): number {
    let known = this.persistsBefore.get(log);
    if (known === undefined) this.persistsBefore.set(log, (known = new Map<number, number>()));
    let count = known.get(request);
    if (count === undefined) known.set(request, (count = log.persistsAfter(request)));
    return count;
  }

  /**
   * Runs an injection; `persists` counts the persist events that follow the request. It strikes in
   * call `call` or later: what comes before is kept for the next injection, which is quick if it
   * strikes no earlier.
   */
  run(
    program: NamedProgram,
    injection: Injection,
    persists: number,
    decider: Decider,
    call = 0,
  ): InjectionEnd {
    const reached = this.reach(program, call);
    const run = new OneRun(this.system, this.classifier, injection, persists, decider);
    return run.run(program.calls, reached);
  }

  /** Runs the calls before `call`, or goes back to where they have been run. */
  private reach(program: NamedProgram, call: number): Reached {
    const { system, classifier } = this;
    let { reached } = this;
    if (reached?.program !== program || reached.call > call) {
      system.restart();
      classifier.restart();
      reached = { program, call: 0, state: emptyModel(), hasFlushed: false, moment: system.save() };
    } else {
      system.resume(reached.moment);
      classifier.restart(reached.hasFlushed);
    }
    if (reached.call < call) {
      system.overlay.watch = (request) => {
        classifier.classify(request);
      };
      let { state } = reached;
      for (const one of program.calls.slice(reached.call, call)) {
        const next = system.after(one, state);
        system.run(one, state, next.index);
        state = next;
      }
      system.overlay.watch = null;
      const { hasFlushed } = classifier;
      reached = { program, call, state, hasFlushed, moment: system.save() };
    }
    this.reached = reached;
    return reached;
  }
}

/** A run without faults, up to a call. */
interface Reached {
  readonly program: NamedProgram;
  readonly call: number;
  readonly state: ModelState;
  readonly hasFlushed: boolean;
  readonly moment: SystemMoment;
}

/** Ends a run at the moment at which power goes. */
class PowerLost extends Error {}

class OneRun {
  private readonly decider: RecordingDecider;
  private now: ModelState = emptyModel();
  private next: ModelState | null = null;
  private call = -1;
  private struckIn = -1;
  private struckLine = -1;
  /** Persist events to pass before power goes; Infinity: never. */
  private persistsLeft = Infinity;

  constructor(
    private readonly system: InjectionSystem,
    private readonly classifier: RequestClassifier,
    private readonly injection: Injection,
    private readonly persists: number,
    decider: Decider,
  ) {
    this.decider = new RecordingDecider(decider);
  }

  run(calls: readonly InjectedCall[], { call, state }: Reached): InjectionEnd {
    this.arm();
    this.call = call - 1;
    this.now = state;
    const finding = this.findingOf(calls.slice(call));
    const { overlay } = this.system;
    overlay.watch = null;
    overlay.strikeAt = -1;
    const digest = new Digest();
    digest.add(this.injection.request);
    digest.add(overlay.requests);
    digest.add(this.struckLine);
    for (const choice of this.decider.choices) digest.add(choice);
    digest.addText(finding.outcome);
    digest.addText(finding.problem);
    if (finding.outcome !== 'masked') digest.add(overlay.mediaHash());
    return {
      ...finding,
      choices: this.decider.choices,
      call: this.struckIn,
      line: this.struckLine,
      digest: digest.hex(),
    };
  }

  private arm(): void {
    const { system, classifier, injection } = this;
    const { overlay } = system;
    overlay.budget = REQUESTS_MAX;
    overlay.strikeAt = injection.request;
    const fault = faultNamed(injection.fault, 'injection');
    overlay.strike = (request) => {
      this.struckIn = this.call;
      this.struckLine = request.line;
      const { ticks, lines, savedPercent } = injection;
      const isTorn = fault.name === 'torn-line' && injection.units === 0;
      const units = isTorn ? 1 + this.decider.decide(Point.Fault, UNITS) : injection.units;
      fault.strike(overlay, request, { units, ticks, lines, savedShare: savedPercent / 100 });
      this.setPowerLoss();
    };
    overlay.watch = (request, number) => {
      const bits = classifier.classify(request);
      if (number <= injection.request) return;
      if (injection.liftedAfter > 0 && number === injection.request + injection.liftedAfter) {
        overlay.laid.liftAll();
      }
      if (!isOf(bits, 'persist')) return;
      if (this.persistsLeft === 0) throw new PowerLost();
      this.persistsLeft -= 1;
    };
  }

  /** The fault has just struck. */
  private setPowerLoss(): void {
    switch (this.injection.powerLoss) {
      case 'struck':
        throw new PowerLost();
      case 'next-persist':
        this.persistsLeft = 0;
        break;
      case 'drawn':
        this.persistsLeft = this.decider.decide(Point.Crash, this.persists + 1);
        break;
      default:
    }
  }

  private findingOf(calls: readonly InjectedCall[]): Finding {
    try {
      const seen = this.runCalls(calls);
      if (seen !== null) return seen;
      if (this.injection.powerLoss === 'never') return this.afterSync();
    } catch (thrown) {
      if (thrown instanceof NoProgress || thrown instanceof StuckCall) {
        return { outcome: 'hang', problem: thrown.message };
      }
      if (!(thrown instanceof PowerLost)) throw thrown;
    }
    return worse(this.noticed(), this.judge(this.injection.survivors));
  }

  /** Null: all calls ended well. Else what came of it: the program stopped at an error. */
  private runCalls(calls: readonly InjectedCall[]): Finding | null {
    const { system } = this;
    for (const call of calls) {
      this.call += 1;
      this.next = system.after(call, this.now);
      system.run(call, this.now, this.next.index);
      if (system.reported !== null) {
        const told: Finding = { outcome: 'error_reported', problem: system.reported };
        return worse(worse(told, this.noticed()), this.judge('all'));
      }
      this.now = this.next;
      this.next = null;
    }
    return null;
  }

  /** Everything is written back; what is there then must be what was written last. */
  private afterSync(): Finding {
    const { system } = this;
    this.next = system.after(SYNC, this.now);
    system.run(SYNC, this.now, this.next.index);
    if (system.reported !== null) {
      const told: Finding = { outcome: 'error_reported', problem: system.reported };
      return worse(worse(told, this.noticed()), this.judge('all'));
    }
    this.now = promisedAll(this.next);
    this.next = null;
    return worse(this.noticed(), this.judge('all'));
  }

  /** What callers noticed that is no error. */
  private noticed(): Finding {
    const { misread, late } = this.system;
    const wrong: Finding = misread === null ? MASKED : { outcome: 'wrong_data', problem: misread };
    return late === null ? wrong : { outcome: 'hang', problem: late };
  }

  /** Power is lost now. */
  private judge(survivors: SurvivorsChoice): Finding {
    const { overlay, crash } = this.system;
    const memory = crash.memory.under.crashImage({
      keep: (_line, units) => {
        if (survivors === 'drawn') return this.decider.decide(Point.Survivors, units + 1);
        return survivors === 'all' ? units : 0;
      },
    });
    const image = new FaultOverlay(memory, {
      space: memory.space,
      queueLines: 1,
      durable: nothing,
    });
    overlay.carryTo(image);
    const moment: CrashMoment = { now: this.now, next: this.next };
    return judgeImage(image, moment);
  }
}

function nothing(): void {
  // An image does not lose power again.
}
