/** Reproducers of pairs of operations: made of a failure, and run again by themselves. */
import { ConfigError } from '@daxsim/sim';
import { showChoices } from '../explore/exploration.js';
import { PAIR_REPRODUCER_SCHEMA, pairReproducerConfig } from './config.js';
import { pairSetting } from './pair-campaign.js';
import { pairSystem } from './pair-run.js';
import type { Reproduction } from '../explore/reproducer.js';
import type { PairFailure, PairRequest } from './pair-campaign.js';
import type { PairReproducer } from './config.js';
import type { Operations } from './pair-run.js';

/** Makes the reproducer of a failure, whose schedule is run once more for its digest. */
export function pairReproducerOf(
  version: string,
  request: Pick<PairRequest, 'fileSystem' | 'lockPlan' | 'knobs'>,
  { operations, choices }: PairFailure,
): PairReproducer {
  const shown = showChoices(pairSystem(operations, pairSetting(request)).system, choices);
  const [first, second] = operations;
  return {
    schema: PAIR_REPRODUCER_SCHEMA,
    version,
    file_system: request.fileSystem,
    lock_plan: request.lockPlan,
    knobs: { ...request.knobs },
    operations: [{ ...first }, { ...second }],
    choices: [...choices],
    failure: shown.what,
    digest: shown.digest,
  };
}

/** Whether a parsed file is one. */
export function isPairReproducer(value: unknown): boolean {
  const isRecord = typeof value === 'object' && value !== null;
  return isRecord && 'schema' in value && value.schema === PAIR_REPRODUCER_SCHEMA;
}

/** Runs it again; `where` is the file. Throws `ConfigError`. */
export function reproducePair(where: string, value: unknown): Reproduction {
  const parsed = pairReproducerConfig.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? '' : issue.path.map(String).join('.');
    throw new ConfigError({ where, found: `${place}: ${issue?.message ?? 'not a reproducer'}` });
  }
  const { file_system: fileSystem, lock_plan: lockPlan, knobs, digest } = parsed.data;
  const operations = parsed.data.operations as unknown as Operations;
  const { system } = pairSystem(operations, pairSetting({ fileSystem, lockPlan, knobs }));
  const shown = showChoices(system, parsed.data.choices);
  return {
    failsAgain: shown.what !== '',
    sameDigest: shown.digest === digest,
    what: shown.what,
    diagram: shown.diagram,
  };
}
