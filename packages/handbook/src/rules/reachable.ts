/**
 * Every source file is reached from where its package is entered: `index.ts`, the program's
 * `main.ts` or a worker. A file that nothing imports is dead, or its registration was forgotten;
 * both are bugs that no other check shows.
 */
import { importsOf, isRelative } from '../imports.js';
import { folderOf, isTest, isTypeScript, packageOf, resolvePath } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

const entry = /^packages\/[^/]+\/src\/(?:index|main|(?:.*-)?worker)\.ts$/;

function check(files: readonly SourceFile[]): Violation[] {
  const sources = files.filter(
    (file) => isTypeScript(file.path) && packageOf(file.path) !== undefined,
  );
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const open = sources.filter((file) => entry.test(file.path));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file.path)) continue;
    reached.add(file.path);
    for (const { target } of importsOf(file)) {
      if (!isRelative(target)) continue;
      const path = resolvePath(folderOf(file.path), target)?.replace(/\.js$/, '.ts') ?? '';
      const next = byPath.get(path);
      if (next !== undefined) open.push(next);
    }
  }
  return sources
    .filter((file) => !isTest(file.path) && !reached.has(file.path))
    .map((file) => ({ path: file.path, line: 0, message: 'nothing that runs imports this file.' }));
}

export const reachable: Rule = {
  name: 'reachable',
  reason: 'Code that nothing runs is wrong without anyone noticing.',
  check,
};
