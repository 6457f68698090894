/**
 * Every dependency is pinned to one version: a range means that two checkouts of one commit may
 * run different code, and a digest that moves then has no cause in the history.
 */
import type { Rule, SourceFile, Violation } from '../source-file.js';

const exact = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'] as const;

type Manifest = Partial<Record<(typeof sections)[number], Readonly<Record<string, unknown>>>>;

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    if (!/^(?:packages\/[^/]+\/)?package\.json$/.test(file.path)) continue;
    const manifest = JSON.parse(file.text) as Manifest;
    for (const section of sections) {
      for (const [name, version] of Object.entries(manifest[section] ?? {})) {
        if (typeof version === 'string' && exact.test(version)) continue;
        const line = file.text.split('\n').findIndex((text) => text.includes(`"${name}"`)) + 1;
        const message = `${name} is '${String(version)}'; pin one version, such as 1.2.3.`;
        found.push({ path: file.path, line, message });
      }
    }
  }
  return found;
}

export const pins: Rule = {
  name: 'pins',
  reason: 'One commit, one set of code.',
  check,
};
