/** Shows a rule a made-up tree and returns what it says, as `path:line message` lines. */
import type { Rule, SourceFile } from '../../src/index.js';

export function tree(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

export function breaches(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  return rule.check(tree(files)).map(({ path, line, message }) => `${path}:${line} ${message}`);
}

/** The number of breaches in one file of package sim, for rules that look at one file. */
export function breachesIn(rule: Rule, text: string, path = 'packages/sim/src/clock.ts'): number {
  return rule.check([{ path, text }]).length;
}
