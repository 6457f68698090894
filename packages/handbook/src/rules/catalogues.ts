/**
 * A folder with a `catalog.ts` holds one kind of thing, one file each, and every file is an entry:
 * what is not in the catalogue is not run, not tested by its contract test, and not documented.
 *
 * A file that is part of the folder without being an entry (the shared type, a common table) is
 * named in the header of `catalog.ts`, in a sentence that starts with `Not entries:` and puts the
 * file names in backquotes. A file that an entry imports from a sub-folder needs no mention.
 */
import { importsOf } from '../imports.js';
import { folderOf, isTypeScript, nameOf, resolvePath } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

function headerOf(text: string): string {
  return /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
}

/** The files that the header excuses. */
function excusedIn(text: string): string[] {
  const sentence = /Not entries:([\s\S]*?)\*\//.exec(headerOf(text))?.[1] ?? '';
  return [...sentence.matchAll(/`([\w.-]+\.ts)`/g)].map((match) => match[1] ?? '');
}

function checkCatalog(catalog: SourceFile, files: readonly SourceFile[]): Violation[] {
  const folder = folderOf(catalog.path);
  const listed = new Set(
    importsOf(catalog).map(({ target }) => resolvePath(folder, target)?.replace(/\.js$/, '.ts')),
  );
  const excused = excusedIn(catalog.text);
  const found: Violation[] = [];
  const siblings = files.filter(
    (file) => folderOf(file.path) === folder && isTypeScript(file.path),
  );
  for (const { path } of siblings) {
    const name = nameOf(path);
    if (path === catalog.path || name === 'index.ts' || name.endsWith('.test.ts')) continue;
    if (listed.has(path) || excused.includes(name)) continue;
    const message = `no entry in ${catalog.path} (or name it there after 'Not entries:').`;
    found.push({ path, line: 0, message });
  }
  for (const name of excused) {
    if (siblings.some((file) => nameOf(file.path) === name)) continue;
    found.push({ path: catalog.path, line: 0, message: `excuses '${name}', which is not there.` });
  }
  return found;
}

function check(files: readonly SourceFile[]): Violation[] {
  const catalogs = files.filter((file) => nameOf(file.path) === 'catalog.ts');
  return catalogs.flatMap((catalog) => checkCatalog(catalog, files));
}

export const catalogues: Rule = {
  name: 'catalogues',
  reason: 'Adding one is one file and one entry; a file without an entry is dead.',
  check,
};
