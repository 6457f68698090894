/**
 * From an experiment to the list of its injections, each under its number.
 *
 *     combination of the sweep × entry of `faults` × workload × request × survivors
 *
 * Requests are known from the workload without faults. A trigger by chance is decided here too: up
 * to the first hit a run is the one without faults, so the hit is a request of it.
 */
import { faultNamed } from '@daxsim/pmem';
import { ConfigError, Point, SeededDecider, nearestName, parseRatio } from '@daxsim/sim';
import { parseSpan } from '../config/quantity.js';
import { CALL_NAMES } from './config.js';
import type { RequestClass } from '@daxsim/pmem';
import type { Decider } from '@daxsim/sim';
import type { NamedProgram } from './calls.js';
import type { FaultConfig, TriggerConfig } from './config.js';
import type {
  Injection,
  InjectionRunner,
  PowerLossTime,
  SurvivorsChoice,
} from './injection-runner.js';
import type { RequestLog } from './request-log.js';

/** An injection of the plan. */
export interface PlannedInjection {
  readonly program: number;
  /** Index in `faults`. */
  readonly entry: number;
  readonly injection: Injection;
  /** Index of the call in which the request is made. */
  readonly call: number;
  /** Persist events that follow the request. */
  readonly persists: number;
}

const LINE_BYTES = 64;

/** What of an entry does not depend on the point. */
interface Entry {
  readonly where: string;
  readonly config: FaultConfig;
  readonly of: RequestClass;
  readonly powerLoss: PowerLossTime;
  readonly survivors: readonly SurvivorsChoice[];
  readonly ticks: number;
  readonly lines: number;
}

interface RequestAt {
  readonly program: number;
  readonly request: number;
}

/** Plans the injections of one combination of the sweep. Throws `ConfigError`. */
export function planInjections(
  runner: InjectionRunner,
  programs: readonly NamedProgram[],
  faults: readonly FaultConfig[],
  seed: number,
): PlannedInjection[] {
  const logs = programs.map((program) => runner.golden(program));
  const decider = new SeededDecider(seed);
  const planned: PlannedInjection[] = [];
  faults.forEach((config, entry) => {
    const known = entryOf(runner, config, `faults.${entry}`);
    for (const { program, request } of pointsOf(logs, known, decider)) {
      const log = logs[program];
      if (log === undefined) continue;
      const persists = known.powerLoss === 'drawn' ? runner.persistsAfter(log, request) : 0;
      for (const survivors of known.survivors) {
        const { ticks, lines, powerLoss } = known;
        const { fault, units = 0, lifted_after: liftedAfter = 0 } = config;
        const saved = { savedPercent: config.saved_percent };
        const how = { powerLoss, survivors, units, ticks, lines, liftedAfter, ...saved };
        const { call } = log.place(request);
        planned.push({ program, entry, injection: { fault, request, ...how }, call, persists });
      }
    }
  });
  return planned;
}

function entryOf(runner: InjectionRunner, config: FaultConfig, where: string): Entry {
  const fault = faultNamed(config.fault, where);
  const [usual = 'any'] = fault.strikes;
  const of = config.trigger.of ?? usual;
  if (!fault.strikes.includes(of)) {
    throw new ConfigError({
      where: `${where}.trigger.of`,
      found: `${fault.name} does not strike "${of}"`,
      allowed: `one of ${fault.strikes.join(', ')}`,
    });
  }
  checkNames(runner, config.trigger, `${where}.trigger`);
  const { strikesAtLoss = false } = fault;
  const late = config.power_loss ?? (fault.needsPowerLoss ? 'drawn' : 'never');
  if (strikesAtLoss && config.power_loss !== undefined) {
    const found = `${fault.name} strikes when power is lost`;
    throw new ConfigError({ where: `${where}.power_loss`, found, allowed: 'nothing here' });
  }
  const powerLoss = strikesAtLoss ? 'struck' : late;
  return {
    where,
    config,
    of,
    powerLoss,
    survivors: powerLoss === 'never' ? ['all'] : config.survivors,
    ticks: parseSpan(config.delay, `${where}.delay`),
    lines: config.lines ?? runner.system.setting.queueLines,
  };
}

/** Names that a trigger may have; a misspelt one would strike nothing. */
function checkNames(runner: InjectionRunner, trigger: TriggerConfig, where: string): void {
  const { set } = runner.system.crash.system.interpreter;
  const kinds: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ['recipe', trigger.recipe, set.programs.map(({ name }) => name)],
    ['step', trigger.step, [...new Set(set.moves.map(({ name }) => name))]],
    ['call', trigger.call, CALL_NAMES],
  ];
  for (const [kind, name, names] of kinds) {
    if (name === undefined || names.includes(name)) continue;
    throw new ConfigError({
      where: `${where}.${kind}`,
      found: `unknown ${kind} "${name}"`,
      allowed: kind === 'recipe' ? 'a recipe; see explain' : `one of ${names.join(', ')}`,
      nearest: nearestName(name, names),
    });
  }
}

function pointsOf(logs: readonly RequestLog[], entry: Entry, decider: Decider): RequestAt[] {
  const { trigger } = entry.config;
  const { nth, draw, chance } = trigger;
  if (chance !== undefined) return byChance(logs, entry, decider);
  const all = logs.map((log, program) => matching(log, program, entry));
  const chosen =
    nth === undefined ? all.flat() : all.flatMap((points) => points.slice(nth - 1, nth));
  if (draw === undefined || chosen.length === 0) return chosen;
  const drawn: number[] = [];
  for (let i = 0; i < draw; i += 1) drawn.push(decider.decide(Point.Draw, chosen.length));
  drawn.sort((a, b) => a - b);
  return drawn.flatMap((index) => chosen[index] ?? []);
}

function matching(log: RequestLog, program: number, entry: Entry): RequestAt[] {
  const points: RequestAt[] = [];
  for (let request = 0; request < log.length; request += 1) {
    if (isMatch(log, request, entry)) points.push({ program, request });
  }
  return points;
}

/** Runs in turn over the workloads; a run in which nothing is struck gives no injection. */
function byChance(logs: readonly RequestLog[], entry: Entry, decider: Decider): RequestAt[] {
  const { chance = '0', draw = 1 } = entry.config.trigger;
  const { parts, whole } = parseRatio(chance, `${entry.where}.trigger.chance`);
  const points: RequestAt[] = [];
  const all = logs.map((log, program) => matching(log, program, entry));
  for (let run = 0; run < draw; run += 1) {
    const point = all[run % all.length]?.find(() => decider.decide(Point.Fault, whole) < parts);
    if (point !== undefined) points.push(point);
  }
  return points.sort((a, b) => a.program - b.program || a.request - b.request);
}

function isMatch(log: RequestLog, request: number, { config, of }: Entry): boolean {
  if (!log.isOf(request, of)) return false;
  const { address, call, recipe, step } = config.trigger;
  if (address !== undefined) {
    const at = log.line(request) * LINE_BYTES;
    if (at + LINE_BYTES <= address[0] || at >= address[1]) return false;
  }
  const place = log.place(request);
  if (recipe !== undefined && place.recipe !== recipe) return false;
  if (step !== undefined && place.step !== step) return false;
  return call === undefined || log.callName(place.call) === call;
}
