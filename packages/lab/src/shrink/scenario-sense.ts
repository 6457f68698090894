/**
 * What a scenario still says when operations are taken from it: names that nobody makes any more,
 * and checks about results that nobody gives.
 */
import { ConfigError } from '@daxsim/sim';
import { ScenarioChecks } from '../corpus/scenario-checks.js';
import type { CorpusOperation, CorpusScenario } from '../corpus/config.js';

/** Asks nothing; a form without any check is none. */
const NOTHING_TO_CHECK = { scope: 'end', expr: '0 == 0' } as const;

/** Whether every file, mapping and pin that is used is made, in a list where it can be. */
export function makesSense({ setup, threads }: CorpusScenario): boolean {
  const made = new Set<string>();
  const isMade = (list: readonly CorpusOperation[]): boolean =>
    list.every((operation) => {
      const all = used(operation).every((name) => made.has(name));
      for (const name of makes(operation)) made.add(name);
      return all;
    });
  if (!isMade(setup)) return false;
  // What another thread makes may be there in time; what nobody makes never is.
  for (const operation of threads.flat()) for (const name of makes(operation)) made.add(name);
  return threads.every(isMade);
}

/** The scenario without the checks that ask about what no operation gives or makes. */
export function withoutOrphans(where: string, scenario: CorpusScenario): CorpusScenario {
  const checks = scenario.checks.filter((check) => {
    try {
      return new ScenarioChecks(where, { ...scenario, checks: [check] }).has(check.scope);
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  });
  return { ...scenario, checks: checks.length > 0 ? checks : [NOTHING_TO_CHECK] };
}

/** Names made by an operation. */
function makes(operation: CorpusOperation): readonly string[] {
  switch (operation.op) {
    case 'creat':
      return [operation.f];
    case 'mkdir':
      return [operation.d];
    case 'rename':
    case 'link':
      return [operation.to];
    case 'mmap':
      return [operation.map];
    case 'pin':
      return [operation.id];
    default:
      return [];
  }
}

/** Names that an operation needs; one that may be absent on purpose is not among them. */
function used(operation: CorpusOperation): readonly string[] {
  const names: string[] = [];
  const isMaking = operation.op === 'creat' || operation.op === 'mkdir';
  if ('f' in operation && !isMaking && operation.f !== '/') names.push(operation.f);
  if ('map' in operation && operation.op !== 'mmap') names.push(operation.map);
  if ('id' in operation && operation.op !== 'pin') names.push(operation.id);
  if ('src' in operation && 'map' in operation.src) names.push(operation.src.map);
  if ('dst' in operation) names.push(operation.dst.map);
  if (operation.op === 'pwrite' && operation.from !== undefined) names.push(operation.from.map);
  if (operation.op === 'reflink') names.push(operation.from, operation.to);
  else if (operation.op === 'rename' || operation.op === 'link') names.push(operation.from);
  return names;
}
