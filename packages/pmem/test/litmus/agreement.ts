/** Holds what the memory reaches against what the axioms allow. */
import { allowedOutcomes } from './axioms.js';
import { reachedOutcomes, type MachineOptions } from './machine.js';
import { writesAWordTwice, type Outcomes, type Program } from './program.js';

export type Domain = 'adr' | 'eadr';
const DOMAINS: readonly Domain[] = ['adr', 'eadr'];

export interface Held {
  readonly held: number;
  readonly found: readonly string[];
}

function compareSets(what: string, expected: Set<string>, found: Set<string>): string[] {
  const missing = [...expected].filter((state) => !found.has(state)).sort();
  const extra = [...found].filter((state) => !expected.has(state)).sort();
  const lines: string[] = [];
  if (missing.length > 0) lines.push(`${what}: not reached: ${missing.join(' ')}`);
  if (extra.length > 0) lines.push(`${what}: not allowed: ${extra.join(' ')}`);
  return lines;
}

/** What differs, in words; empty if nothing does. */
export function differences(expected: Outcomes, found: Outcomes): string[] {
  return [
    ...compareSets('at any time', expected.anyTime, found.anyTime),
    ...compareSets('after drain', expected.afterDrain, found.afterDrain),
  ];
}

/**
 * Where the memory and the axioms disagree on a program. A memory that is not told of evictions
 * merges two stores of one word, so there it may reach less, and never more.
 */
export function disagreements(
  program: Program,
  domain: Domain,
  meddle: MachineOptions['meddle'] = () => undefined,
): string[] {
  const allowed = allowedOutcomes(program, domain);
  const plain = differences(allowed, reachedOutcomes(program, { domain, evicting: false, meddle }));
  if (!writesAWordTwice(program)) return plain.map((line) => `${program.text}, ${domain}: ${line}`);
  const full = reachedOutcomes(program, { domain, evicting: true, meddle });
  return [
    ...plain.filter((line) => line.includes('not allowed')),
    ...differences(allowed, full),
  ].map((line) => `${program.text}, ${domain}: ${line}`);
}

/** Holds every program on both domains; answers the first disagreements and how many were held. */
export function holdAll(programs: Iterable<Program>, meddle?: MachineOptions['meddle']): Held {
  const found: string[] = [];
  let held = 0;
  for (const program of programs) {
    for (const domain of DOMAINS) found.push(...disagreements(program, domain, meddle));
    held += 1;
    if (found.length > 0) break;
  }
  return { held, found };
}
