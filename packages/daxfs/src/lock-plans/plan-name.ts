/**
 * Plans by name, with knobs changed as people write it: `S2+U=yes`, `S3b+Z=post-commit`.
 *
 *      S2+U=yes  ─▶  plan S2, knob userCopy = locked  ─▶  rows amended, knobs joined
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { LockPlan } from '@daxsim/sim';
import { KNOBS } from '../knobs.js';
import type { KnobDefinition } from '../knobs.js';
import { amend } from './amendments.js';

/** Other spellings of symbols. */
const ALIASES: { readonly [symbol: string]: string } = { held: 'Oheld' };

/** A name taken apart. */
export interface PlanName {
  readonly base: string;
  readonly knobs: { readonly [knob: string]: string };
}

/** Takes a name apart; throws `ConfigError` for a knob or word that there is not. */
export function parsePlanName(name: string): PlanName {
  const [base = '', ...settings] = name.split('+');
  const knobs: Record<string, string> = {};
  for (const setting of settings) {
    const [symbol = '', word = ''] = setting.split('=');
    const [knob, value] = knobOf(name, ALIASES[symbol] ?? symbol, word);
    knobs[knob] = value;
  }
  return { base, knobs };
}

/** A plan with knobs set: rows amended, and the knobs among its own. */
export function planWith(
  plan: LockPlan,
  name: string,
  knobs: { readonly [knob: string]: string },
): LockPlan {
  if (Object.keys(knobs).length === 0) return plan;
  const all = { ...plan.knobs, ...knobs };
  return { ...amend(plan, knobs), name, knobs: all };
}

function knobOf(name: string, symbol: string, word: string): [string, string] {
  const symbols: string[] = [];
  for (const [knob, definition] of Object.entries(KNOBS) as [string, KnobDefinition][]) {
    if (knob === symbol && definition.values.includes(word)) return [knob, word];
    if (definition.symbol === undefined || definition.words === undefined) continue;
    symbols.push(definition.symbol);
    if (definition.symbol !== symbol) continue;
    const index = definition.words[word];
    const value = index === undefined ? undefined : definition.values[index];
    if (value !== undefined) return [knob, value];
    const words = Object.keys(definition.words);
    throw refused(
      name,
      `"${symbol}=${word}"`,
      words.map((one) => `${symbol}=${one}`),
    );
  }
  throw refused(name, `knob "${symbol}"`, symbols, nearestName(symbol, symbols));
}

function refused(
  name: string,
  found: string,
  allowed: readonly string[],
  nearest?: string,
): ConfigError {
  return new ConfigError({
    where: `lock plan "${name}"`,
    found: `unknown ${found}`,
    allowed: `one of ${allowed.join(', ')}`,
    ...(nearest === undefined ? {} : { nearest }),
  });
}
