/** Experiments for tests, as the text of a file. */
import { stringify } from 'yaml';
import { InjectionCampaign } from '../../src/index.js';
import { experimentOf } from '../../src/inject/experiment.js';
import type { InjectionRequest, InjectionResult } from '../../src/index.js';

/** Writes, syncs, reads, maps, renames: some 300 requests. */
export const SMALL_PROGRAM = [
  { call: 'write', path: 'foo', offset: 0, length: 4096 },
  { call: 'fsync', path: 'foo' },
  { call: 'read', path: 'foo', offset: 0, length: 4096 },
  { call: 'store', path: 'foo', offset: 128, length: 192 },
  { call: 'load', path: 'foo', offset: 0, length: 512 },
  { call: 'write', path: 'bar', offset: 0, length: 512 },
  { call: 'fsync', path: 'bar' },
  { call: 'rename', path: 'bar', to: 'foo' },
  { call: 'sync' },
  { call: 'read', path: 'foo', offset: 0, length: 512 },
];

export function requestOf(experiment: object, seed = 1): InjectionRequest {
  const full = { title: 'test', workload: { calls: SMALL_PROGRAM }, ...experiment };
  const { cells } = experimentOf(stringify(full), 'test.yaml', 'test');
  return { seed, cells: cells.map((cell) => ({ ...cell, traced: null })) };
}

export interface Ran {
  readonly campaign: InjectionCampaign;
  readonly result: InjectionResult;
}

export function runExperiment(experiment: object, seed = 1): Ran {
  const campaign = new InjectionCampaign(requestOf(experiment, seed));
  const parts = Array.from({ length: campaign.parts }, (_part, i) => i);
  return { campaign, result: campaign.sum(parts.map((part) => campaign.run(part))) };
}

/** Counts of each outcome that occurred. */
export function countsOf({ result }: Ran): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, { count }] of Object.entries(result.outcomes)) {
    if (count > 0) counts[name] = count;
  }
  return counts;
}
