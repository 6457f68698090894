/**
 * Arrows between packages go down only.
 *
 *   L4 cli ─▶ L3 lab ─▶ L2 daxfs ─▶ L1 pmem, trace ─▶ L0 sim          handbook stands beside
 *
 * Skipping a level is fine, sideways is not: neither of pmem and trace knows the other, daxfs knows
 * no trace. A package is entered through its index only, so what it does not export can change
 * freely. The table below is the law; package.json files and tsconfig references follow it.
 */
import { importsOf, isRelative, packageNameOf } from '../imports.js';
import { folderOf, isTest, isTypeScript, packageOf, resolvePath } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

/** Which packages of ours each package may import. A new package is one line here. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  sim: [],
  pmem: ['sim'],
  trace: ['sim'],
  daxfs: ['sim', 'pmem'],
  lab: ['sim', 'pmem', 'trace', 'daxfs'],
  cli: ['sim', 'pmem', 'trace', 'daxfs', 'lab'],
  handbook: ['sim', 'pmem', 'trace', 'daxfs', 'lab', 'cli'],
};

const scope = '@daxsim/';

function judge(file: SourceFile, owner: string, target: string): string | undefined {
  if (isRelative(target)) {
    const reached = resolvePath(folderOf(file.path), target);
    if (reached?.startsWith(`packages/${owner}/`) === true) return undefined;
    return `'${target}' leaves the package; import its index as '${scope}NAME'.`;
  }
  if (!target.startsWith(scope)) return undefined;
  const name = packageNameOf(target).slice(scope.length);
  if (target !== `${scope}${name}`) return `'${target}' reaches past the index of ${name}.`;
  if (name === owner) {
    // A test may stand where every user stands, outside; a source would meet itself half loaded.
    return isTest(file.path) ? undefined : `'${target}' is this package itself; use a path.`;
  }
  if (mayImport[owner]?.includes(name) === true) return undefined;
  const allowed = mayImport[owner]?.join(', ') ?? '';
  return `${owner} may not import ${name}; allowed: ${allowed === '' ? 'nothing' : allowed}.`;
}

/** A manifest may not promise what the sources may not use. */
function judgeManifest(file: SourceFile, owner: string): string[] {
  const { dependencies } = JSON.parse(file.text) as { dependencies?: Record<string, string> };
  return Object.keys(dependencies ?? {}).flatMap((target) => judge(file, owner, target) ?? []);
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    const owner = packageOf(file.path);
    const isManifest = file.path === `packages/${owner ?? ''}/package.json`;
    if (owner === undefined || !(isManifest || isTypeScript(file.path))) continue;
    if (mayImport[owner] === undefined) {
      const message = `package '${owner}' has no layer; give it a line in rules/layers.ts.`;
      found.push({ path: file.path, line: 0, message });
      continue;
    }
    if (isManifest) {
      for (const message of judgeManifest(file, owner)) {
        found.push({ path: file.path, line: 0, message });
      }
      continue;
    }
    for (const { target, line } of importsOf(file)) {
      const message = judge(file, owner, target);
      if (message !== undefined) found.push({ path: file.path, line, message });
    }
  }
  return found;
}

export const layers: Rule = {
  name: 'layers',
  reason: 'A lower layer that knows a higher one cannot be used, tested or replaced without it.',
  check,
};
