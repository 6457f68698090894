/**
 * Makes a failure of a power cut happen again: the same replay, the same moment, the same
 * survivors.
 *
 *     reproducer ─▶ replay, passing by the moments before ─▶ this moment, checked ─▶ same verdict?
 *
 * The moments before are passed by and not checked; power is not lost there, but the run stops for
 * them, so that what its digest hears comes in the same order.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { lockPlan, personality } from '@daxsim/daxfs';
import { ConfigError, ReplayDecider } from '@daxsim/sim';
import { parseMachineConfig } from '@daxsim/pmem';
import { prepareThrough } from '../through/through.js';
import { replay, type ReplayOptions } from '../replay/replay.js';
import { CUT_REPRODUCER_SCHEMA, type CutReproducer } from './config.js';
import { PowerCuts, type CutEvidence } from './power-cuts.js';
import type { CutReplay } from './replay-with-cuts.js';

/** What running a reproducer led to. */
export interface CutReproduction {
  readonly failsAgain: boolean;
  readonly sameDigest: boolean;
  readonly problems: readonly string[];
}

/** Reproducers of the failures of a run, in order; the first ones, as the summary keeps them. */
export function cutReproducers(
  version: string,
  options: ReplayOptions,
  { cuts, momentTicks }: CutReplay,
): CutReproducer[] {
  if (cuts.evidence.length === 0) return [];
  const common = commonPart(version, options);
  return cuts.evidence.map((evidence) => ({
    ...common,
    passed_ps: momentTicks.slice(0, evidence.moment),
    ...partOf(evidence),
  }));
}

/** Runs it. Throws ConfigError when a trace is not the one that failed. */
export async function reproduceCut(reproducer: CutReproducer): Promise<CutReproduction> {
  for (const { path, sha256 } of reproducer.traces) {
    if (hashOf(path) === sha256) continue;
    throw new ConfigError({
      where: path,
      found: 'a trace with other bytes than the one that failed',
      allowed: `a file whose SHA-256 is ${sha256}`,
    });
  }
  const { moment, at_ps: at, passed_ps: passed, survivors } = reproducer;
  let cuts: PowerCuts | undefined;
  const options = optionsOf(reproducer);
  const [trace = ''] = options.traces;
  const { through } = reproducer;
  const prepared =
    through === undefined ? undefined : await prepareThrough(trace, options.traceOptions, through);
  await replay({ ...options, through: prepared }, (parts) => {
    const before = passed.map((ticks, index) => ({ moment: index, at: ticks, decider: undefined }));
    const decider = new ReplayDecider(survivors, { where: 'survivors' });
    cuts = new PowerCuts(parts, [...before, { moment, at, decider }]);
  });
  const evidence = cuts?.summary.evidence[0];
  return {
    failsAgain: evidence !== undefined,
    sameDigest: evidence?.digest === reproducer.digest,
    problems: evidence?.problems ?? [],
  };
}

type EvidencePart = 'moment' | 'at_ps' | 'survivors' | 'digest' | 'failure';
type CommonPart = Omit<CutReproducer, EvidencePart | 'passed_ps'>;

function partOf(evidence: CutEvidence): Pick<CutReproducer, EvidencePart> {
  return {
    moment: evidence.moment,
    at_ps: evidence.at_ps,
    survivors: [...evidence.survivors],
    digest: evidence.digest,
    failure: [...evidence.problems],
  };
}

function commonPart(version: string, options: ReplayOptions): CommonPart {
  const { machine, fileSystem } = options;
  return {
    schema: CUT_REPRODUCER_SCHEMA,
    version,
    traces: options.traces.map((path) => ({ path, sha256: hashOf(path) })),
    trace_options: { ...options.traceOptions },
    machine: { name: machine.name, config: machine.config },
    file_system: {
      name: fileSystem.name,
      personality: fileSystem.personality.name,
      plan: fileSystem.plan.name,
      knobs: { ...fileSystem.knobs },
      prices: Object.fromEntries(fileSystem.prices),
      basis: Object.fromEntries(fileSystem.basisOf),
      syncCosts: fileSystem.syncCosts,
    },
    knobs: { ...options.knobs },
    order: options.order ?? null,
    timing: options.timing,
    mapped_fill: options.mappedFill,
    device_bytes: options.deviceBytes,
    cpus: options.cpus ?? null,
    ...(options.through === undefined ? {} : { through: options.through.options }),
    seed: options.seed,
  };
}

function optionsOf(reproducer: CutReproducer): ReplayOptions {
  const { machine, file_system: fileSystem } = reproducer;
  return {
    traces: reproducer.traces.map(({ path }) => path),
    traceOptions: reproducer.trace_options,
    machine: { name: machine.name, config: parseMachineConfig(machine.config, machine.name) },
    fileSystem: {
      name: fileSystem.name,
      personality: personality(fileSystem.personality),
      plan: lockPlan(fileSystem.plan),
      knobs: fileSystem.knobs,
      prices: new Map(Object.entries(fileSystem.prices)),
      basisOf: new Map(Object.entries(fileSystem.basis)),
      syncCosts: fileSystem.syncCosts,
    },
    knobs: reproducer.knobs,
    order: reproducer.order ?? undefined,
    timing: reproducer.timing,
    mappedFill: reproducer.mapped_fill,
    deviceBytes: reproducer.device_bytes,
    cpus: reproducer.cpus ?? undefined,
    seed: reproducer.seed,
  };
}

const PIECE_BYTES = 1 << 20;

/** SHA-256 of a file, in pieces. */
function hashOf(path: string): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(PIECE_BYTES);
  const file = openTrace(path);
  try {
    for (let count = readSync(file, piece); count > 0; count = readSync(file, piece)) {
      hash.update(piece.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

function openTrace(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const found = error instanceof Error ? error.message : 'it cannot be read';
    throw new ConfigError({ where: path, found, allowed: 'the trace that failed' });
  }
}
