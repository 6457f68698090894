/** The checks of a scenario, parsed once, and what they ask about. */
import { parseCheck } from './checks/parse.js';
import { holds } from './checks/evaluate.js';
import { mentionsOf } from './checks/syntax.js';
import type { CheckView } from './checks/evaluate.js';
import type { CheckScope } from './checks/parse.js';
import type { Expression, Mentions } from './checks/syntax.js';
import type { CorpusOperation, CorpusScenario } from './config.js';

interface Check {
  readonly scope: CheckScope;
  readonly text: string;
  readonly tree: Expression;
}

export class ScenarioChecks {
  readonly mentions: Mentions;
  private readonly checks: readonly Check[];

  /** Throws `ConfigError` for a check that does not parse; `where` is the file. */
  constructor(where: string, scenario: CorpusScenario) {
    const names = namesOf(scenario);
    this.checks = scenario.checks.map(({ scope, expr }, index) => {
      const place = `${where}: ${scenario.id}: check ${String(index)}`;
      return { scope, text: expr, tree: parseCheck(place, expr, scope, names) };
    });
    this.mentions = mentionsOf(this.checks.map(({ tree }) => tree));
  }

  has(scope: CheckScope): boolean {
    return this.checks.some((check) => check.scope === scope);
  }

  /** Null, or the first check of a scope that does not hold. */
  broken(scope: CheckScope, view: CheckView): string | null {
    for (const check of this.checks) {
      if (check.scope !== scope || holds(check.tree, view)) continue;
      return `check (${scope}): ${check.text}`;
    }
    return null;
  }
}

function namesOf(scenario: CorpusScenario): {
  readonly files: Set<string>;
  readonly maps: Set<string>;
  readonly labels: Set<string>;
} {
  const files = new Set<string>();
  const maps = new Set<string>();
  const labels = new Set<string>();
  for (const operation of [...scenario.setup, ...scenario.threads.flat()]) {
    for (const file of filesOf(operation)) files.add(file);
    if (operation.op === 'mmap') maps.add(operation.map);
    if ('as' in operation && operation.as !== undefined) labels.add(operation.as);
  }
  return { files, maps, labels };
}

/** Names that an operation makes. */
function filesOf(operation: CorpusOperation): string[] {
  if (operation.op === 'creat') return [operation.f];
  if (operation.op === 'mkdir') return [operation.d];
  return operation.op === 'rename' || operation.op === 'link' ? [operation.to] : [];
}
