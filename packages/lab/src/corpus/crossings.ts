/**
 * From a crossing to its scenarios, one for each combination of alternatives, and named after those
 * of axes that have a choice.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { CorpusScenario } from './config.js';
import type { CrossingAlternative, CrossingCondition, CrossingConfig } from './crossing-config.js';

/** Alternatives by axis, in the order of axes. */
type Combination = ReadonlyMap<string, CrossingAlternative>;

/** All scenarios of a crossing. Throws `ConfigError` for a condition that can never hold. */
export function scenariosOf(where: string, crossing: CrossingConfig): CorpusScenario[] {
  const conditions = [...crossing.checks, ...crossing.defects, ...crossing.failures];
  for (const { with: condition } of conditions) checkCondition(where, crossing, condition);
  return combinations(crossing).map((combination) => scenarioOf(crossing, combination));
}

function combinations({ axes }: CrossingConfig): Combination[] {
  let found: Combination[] = [new Map()];
  for (const { name, alternatives } of axes) {
    found = found.flatMap((one) => alternatives.map((next) => new Map(one).set(name, next)));
  }
  return found;
}

function scenarioOf(crossing: CrossingConfig, combination: Combination): CorpusScenario {
  const { axes: _axes, defects, failures, checks, ...base } = crossing;
  const chosen = [...combination.values()];
  const names = crossing.axes.flatMap(({ name, alternatives }) => {
    const one = combination.get(name);
    return alternatives.length > 1 && one !== undefined ? [one.name] : [];
  });
  const counts = <T extends { readonly with?: CrossingCondition | undefined }>(all: readonly T[]) =>
    all.filter((one) => holdsFor(one.with, combination));
  const [defect] = counts(defects);
  const [failure] = counts(failures);
  const chance = chosen.findLast((one) => one.chance !== undefined)?.chance ?? base.chance;
  const params = Object.assign({}, base.params, ...chosen.map((one) => one.params ?? {})) as object;
  return {
    ...base,
    id: [base.id, ...names].join('-'),
    title: `${base.title}: ${names.join(', ')}`,
    params,
    ...(chance === undefined ? {} : { chance }),
    threads: chosen.flatMap(({ thread }) => (thread === undefined ? [] : [thread])),
    checks: counts(checks).map(({ with: _with, ...check }) => check),
    defect: defect === undefined ? null : { name: defect.name, goes_wrong: defect.goes_wrong },
    ...(failure === undefined ? {} : { fails_with: failure.says }),
    ...(defect === undefined && failure === undefined ? { control: true } : {}),
  };
}

function holdsFor(condition: CrossingCondition | undefined, combination: Combination): boolean {
  return Object.entries(condition ?? {}).every(([axis, names]) => {
    const chosen = combination.get(axis);
    return chosen !== undefined && wordsOf(chosen).some((word) => names.includes(word));
  });
}

function wordsOf({ name, words }: CrossingAlternative): readonly string[] {
  return [name, ...(words ?? [])];
}

function checkCondition(
  where: string,
  { id, axes }: CrossingConfig,
  condition: CrossingCondition | undefined,
): void {
  for (const [axis, names] of Object.entries(condition ?? {})) {
    const all = axes.map((one) => one.name);
    const found = axes.find((one) => one.name === axis);
    if (found === undefined) throw unknown(where, id, 'axis', axis, all);
    const words = found.alternatives.flatMap(wordsOf);
    const wrong = names.find((one) => !words.includes(one));
    if (wrong !== undefined) throw unknown(where, id, `alternative of ${axis}`, wrong, words);
  }
}

function unknown(
  where: string,
  id: string,
  what: string,
  found: string,
  valid: readonly string[],
): ConfigError {
  return new ConfigError({
    where: `${where}: ${id}`,
    found: `unknown ${what} "${found}"`,
    allowed: valid.join(', '),
    nearest: nearestName(found, valid),
  });
}
