/**
 * Which modules `npm test` gives to jest. For every test file jest makes a context of its own, in
 * which all modules that the file needs are linked and compiled again: 1.3 s of processor time, for
 * 170 files more than the tests themselves take. So files go in groups, each a module that imports
 * its files, and a group has one context.
 *
 *     packages/a/dist/x.test.js  ┐
 *     packages/b/dist/y.test.js  ├─▶  out/tests/01.test.js      every 16th of the sorted paths
 *     packages/c/dist/z.test.js  ┘
 *
 * `npm test -- packages/a` names files and runs them as they are. What a file says stays in a block
 * of its own (`prepare-test.mjs`), so that its hooks are not those of others.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const GROUPS = 16;

/** Compiled tests of all packages that are not long, by path from the root. */
export function testFiles(root) {
  const packages = path.join(root, 'packages');
  const found = readdirSync(packages).flatMap((name) => {
    const dist = path.join(packages, name, 'dist');
    if (!existsSync(dist)) return [];
    return readdirSync(dist, { recursive: true })
      .map((file) => `packages/${name}/dist/${file.split(path.sep).join('/')}`)
      .filter((file) => file.endsWith('.test.js') && !file.endsWith('.long.test.js'));
  });
  return found.sort();
}

/** Whether a command line selects files: by a path, or by a word that follows no flag. */
export function selectsFiles(words) {
  return words.some((word, at) => {
    if (word.startsWith('-')) return false;
    return word.includes('/') || !(words[at - 1] ?? '').startsWith('-');
  });
}

/** Writes the groups anew; returns their folder, from the root. */
export function writeGroups(root) {
  const folder = path.join(root, 'out/tests');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = testFiles(root);
  for (let group = 0; group < GROUPS; group += 1) {
    const lines = files
      .filter((_, at) => at % GROUPS === group)
      .map((file) => `import '../../${file}';\n`);
    const name = `${String(group + 1).padStart(2, '0')}.test.js`;
    if (lines.length > 0) writeFileSync(path.join(folder, name), lines.join(''));
  }
  return 'out/tests';
}
