/**
 * Reproducers of crash workloads: made of a failure, and run again by themselves.
 *
 *     calls ─▶ up to the moment ─▶ what survived ─▶ recovery, judge ─▶ the same words?
 */
import { ConfigError, Digest } from '@daxsim/sim';
import { loadFileSystem } from '../config/systems.js';
import { ACE_REPRODUCER_SCHEMA, aceReproducerConfig } from './config.js';
import { AceRun } from './ace-run.js';
import { MEDIA_BYTES } from './ace-campaign.js';
import type { AceRequest } from './ace-campaign.js';
import type { AceFailure } from './ace-run.js';
import type { AceCall } from './ace-operation.js';
import type { AceReproducer } from './config.js';

/** Makes the reproducer of a failure. */
export function aceReproducerOf(
  version: string,
  request: Pick<AceRequest, 'fileSystem' | 'lockPlan' | 'knobs' | 'domain'>,
  failure: AceFailure,
): AceReproducer {
  const { workload, program, calls, moment, problem } = failure;
  const kept = failure.kept.map(({ line, kept: units }) => ({ line, kept: units }));
  const body = {
    schema: ACE_REPRODUCER_SCHEMA,
    version,
    file_system: request.fileSystem,
    lock_plan: request.lockPlan,
    knobs: { ...request.knobs },
    domain: request.domain,
    media_bytes: MEDIA_BYTES,
    workload,
    program: program.map((call) => ({ ...call })),
    calls,
    is_running: failure.isRunning,
    moment,
    kept,
    failure: problem,
  } as const;
  return { ...body, digest: digestOf(program, calls, moment, kept, problem) };
}

/** Whether a parsed JSON file is a reproducer of this kind. */
export function isAceReproducer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return false;
  return String(value.schema).startsWith('daxsim/reproducer-crash/');
}

/** Reads a parsed reproducer; `where` is the file. Throws `ConfigError`. */
export function parseAceReproducer(where: string, value: unknown): AceReproducer {
  const parsed = aceReproducerConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? '' : issue.path.map(String).join('.');
  throw new ConfigError({ where, found: `${place}: ${issue?.message ?? 'not a reproducer'}` });
}

/** What running a reproducer led to. */
export interface AceReproduction {
  readonly failsAgain: boolean;
  readonly sameDigest: boolean;
  readonly problem: string;
}

/** Runs it again. */
export function reproduceAce(reproducer: AceReproducer): AceReproduction {
  const { file_system: fileSystem, lock_plan: lockPlan, knobs, domain, kept } = reproducer;
  const { personality, plan } = loadFileSystem(fileSystem, lockPlan ?? undefined);
  const mediaBytes = reproducer.media_bytes;
  const run = new AceRun({ personality, plan, knobs, domain, mediaBytes }, 1, 'all');
  const { calls, moment, is_running: isRunning } = reproducer;
  run.search.only = { calls, isRunning, moment, kept };
  const program = reproducer.program as AceCall[];
  const failure = run.program(program);
  if (failure === null) return { failsAgain: false, sameDigest: false, problem: '' };
  const digest = digestOf(program, calls, moment, kept, failure.problem);
  const sameDigest = digest === reproducer.digest;
  return { failsAgain: true, sameDigest, problem: failure.problem };
}

function digestOf(
  program: readonly AceCall[],
  calls: number,
  moment: number,
  kept: AceReproducer['kept'],
  problem: string,
): string {
  const digest = new Digest();
  for (const call of program) digest.addText(Object.values(call).join(' '));
  digest.add(calls);
  digest.add(moment);
  for (const { line, kept: units } of kept) {
    digest.add(line);
    digest.add(units);
  }
  digest.addText(problem);
  return digest.hex();
}
