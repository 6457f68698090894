/**
 * Where a library may be used, and that whoever uses one declares it.
 *
 * A library lives behind one door of ours: then its types do not leak, its price is paid in one
 * place, and it can be exchanged. Imports of `node:` modules are barred from the core, which knows
 * neither files nor time.
 */
import { importsOf, isRelative, packageNameOf } from '../imports.js';
import { isTest, isTypeScript, nameOf, packageOf } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

interface Door {
  readonly library: string;
  readonly where: string;
  readonly admits: (file: SourceFile) => boolean;
}

const inCli = (file: SourceFile): boolean => packageOf(file.path) === 'cli';
const configName = /(?:^|-)(?:config|figure|schema)(?:-[a-z0-9-]+)?(?:\.test)?\.ts$/;

/** A stage carries its schema, and their catalogue joins the schemas. */
const definesStages = (file: SourceFile): boolean =>
  file.path.includes('/stages/') || file.text.includes('defineStage(');

const doors: readonly Door[] = [
  {
    library: 'zod',
    where: 'config files (`config.ts`, `x-config.ts`, `figure.ts`) and stage definitions',
    admits: (file) => configName.test(nameOf(file.path)) || definesStages(file),
  },
  {
    library: '@msgpack/msgpack',
    where: 'the trace container and saved states',
    admits: (file) => /(?:container|saved-state)/.test(file.path),
  },
  { library: 'commander', where: 'cli', admits: inCli },
  { library: 'sharp-timer', where: 'cli', admits: inCli },
  { library: 'picocolors', where: 'cli', admits: inCli },
  { library: 'cli-table3', where: 'cli', admits: inCli },
];

const withoutNode = ['sim', 'pmem', 'daxfs'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(files: readonly SourceFile[], path: string): Manifest {
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? {} : (JSON.parse(file.text) as Manifest);
}

function judge(file: SourceFile, owner: string, target: string): string | undefined {
  if (target.startsWith('node:')) {
    if (!withoutNode.includes(owner) || isTest(file.path)) return undefined;
    return `${owner} is part of the core and may not import '${target}'.`;
  }
  const door = doors.find((candidate) => candidate.library === packageNameOf(target));
  if (door === undefined || door.admits(file)) return undefined;
  return `${door.library} may be imported only in ${door.where}.`;
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  const shared = Object.keys(manifestOf(files, 'package.json').devDependencies ?? {});
  for (const file of files) {
    const owner = packageOf(file.path);
    if (owner === undefined || !isTypeScript(file.path)) continue;
    const own = Object.keys(manifestOf(files, `packages/${owner}/package.json`).dependencies ?? {});
    const usable = isTest(file.path) || owner === 'handbook' ? [...own, ...shared] : own;
    for (const { target, line } of importsOf(file)) {
      if (isRelative(target)) continue;
      const message = judge(file, owner, target);
      if (message !== undefined) found.push({ path: file.path, line, message });
      const name = packageNameOf(target);
      if (target.startsWith('node:') || name === `@daxsim/${owner}` || usable.includes(name))
        continue;
      const undeclared = `'${name}' is not a dependency in packages/${owner}/package.json.`;
      found.push({ path: file.path, line, message: undeclared });
    }
  }
  return found;
}

export const restrictedImports: Rule = {
  name: 'restricted-imports',
  reason: 'A library behind one door can be exchanged, and its price is paid in one place.',
  check,
};
