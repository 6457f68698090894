/**
 * Reproducers of injections. Everything is in them by value or by its name in a catalogue, nothing
 * by path, so that they mean the same wherever they are read.
 */
import { lockPlan, personality } from '@daxsim/daxfs';
import { ConfigError, ReplayDecider } from '@daxsim/sim';
import { INJECTION_REPRODUCER_SCHEMA, injectionReproducer } from './config.js';
import { InjectionRunner } from './injection-runner.js';
import { InjectionSystem } from './injection-system.js';
import type { InjectionCampaign, InjectionFinding } from './campaign.js';
import type { InjectionReproducer, WorkloadCall } from './config.js';
import type { InjectedCall } from './calls.js';
import type { Finding } from './outcome.js';

/** Makes the reproducer of a finding of the campaign. */
export function injectionReproducerOf(
  version: string,
  campaign: InjectionCampaign,
  finding: InjectionFinding,
): InjectionReproducer {
  const place = campaign.placeOf(finding.number);
  const cell = campaign.cell(place.cell);
  const planned = cell.plan[place.index];
  const program = cell.programs[planned?.program ?? 0];
  if (planned === undefined || program === undefined) {
    throw new ConfigError({ where: 'injection', found: `no injection ${finding.number}` });
  }
  const { setting, config } = cell;
  const { injection, persists } = planned;
  return {
    schema: INJECTION_REPRODUCER_SCHEMA,
    version,
    title: config.title,
    personality: setting.personality.name,
    lock_plan: setting.plan.name,
    knobs: { ...setting.knobs },
    domain: setting.domain,
    media_bytes: setting.mediaBytes,
    queue_lines: setting.queueLines,
    hang_after_ps: setting.hangTicks,
    workload: program.name,
    calls: program.calls.map((call) => callOf(call)),
    fault: injection.fault,
    request: injection.request,
    persists_after: persists,
    power_loss: injection.powerLoss,
    survivors: injection.survivors,
    units: injection.units,
    delay_ps: injection.ticks,
    lines: injection.lines,
    saved_percent: injection.savedPercent,
    lifted_after: injection.liftedAfter,
    choices: [...finding.choices],
    outcome: finding.outcome,
    problem: finding.problem,
    digest: finding.digest,
  };
}

/** Whether a parsed JSON file is a reproducer of this kind. */
export function isInjectionReproducer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return false;
  return String(value.schema).startsWith('daxsim/reproducer-injection/');
}

/** What running a reproducer led to. */
export interface InjectionReproduction extends Finding {
  readonly failsAgain: boolean;
  readonly sameDigest: boolean;
  readonly digest: string;
}

/** Runs a parsed reproducer again; `where` is the file. Throws `ConfigError`. */
export function reproduceInjection(where: string, value: unknown): InjectionReproduction {
  const parsed = injectionReproducer.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? '' : issue.path.map(String).join('.');
    const found = `${place}: ${issue?.message ?? 'not a reproducer'}`;
    throw new ConfigError({ where, found, allowed: `form ${INJECTION_REPRODUCER_SCHEMA}` });
  }
  const made = parsed.data;
  const system = new InjectionSystem({
    personality: personality(made.personality),
    plan: lockPlan(made.lock_plan),
    knobs: made.knobs,
    domain: made.domain,
    mediaBytes: made.media_bytes,
    queueLines: made.queue_lines,
    hangTicks: made.hang_after_ps,
  });
  const injection = {
    fault: made.fault,
    request: made.request,
    powerLoss: made.power_loss,
    survivors: made.survivors,
    units: made.units,
    ticks: made.delay_ps,
    lines: made.lines,
    savedPercent: made.saved_percent,
    liftedAfter: made.lifted_after,
  };
  const program = { name: made.workload, calls: made.calls };
  const decider = new ReplayDecider(made.choices, { where: `${where}: choices` });
  const runner = new InjectionRunner(system);
  const end = runner.run(program, injection, made.persists_after, decider);
  return {
    outcome: end.outcome,
    problem: end.problem,
    failsAgain: end.outcome !== 'masked',
    sameDigest: end.digest === made.digest,
    digest: end.digest,
  };
}

function callOf(call: InjectedCall): WorkloadCall {
  return { ...call };
}
