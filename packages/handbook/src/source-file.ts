/**
 * What a house rule sees: files as path and text, never the disk. So every rule can be shown a
 * small made-up tree that breaks it, and the same function then judges the real one.
 *
 *   tree.ts reads ──▶ SourceFile[] ──▶ rule(files) ──▶ Violation[] ──▶ one test prints them all
 */
import ts from 'typescript';

/** One text file; `path` is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One breach of one rule. `line` is 1-based; 0 speaks of the file as a whole. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  /** What was found and what is wanted, as one sentence. */
  readonly message: string;
}

/** A house rule: a pure function over all files, so that rules about relations fit as well. */
export interface Rule {
  readonly name: string;
  /** Why the house has it, printed above its violations. */
  readonly reason: string;
  readonly check: (files: readonly SourceFile[]) => Violation[];
}

const parsed = new WeakMap<SourceFile, ts.SourceFile>();

/** The syntax tree of a TypeScript file; parsed once, shared by all rules. */
export function syntaxOf(file: SourceFile): ts.SourceFile {
  let tree = parsed.get(file);
  if (tree === undefined) {
    tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
    parsed.set(file, tree);
  }
  return tree;
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  const tree = syntaxOf(file);
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Calls `visit` on every node below `root`, parents first. */
export function walk(root: ts.Node, visit: (node: ts.Node) => void): void {
  visit(root);
  ts.forEachChild(root, (child) => {
    walk(child, visit);
  });
}

export function isTypeScript(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.d.ts');
}

/** Tests and what only tests use: models, scenarios, golden generators. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || /^packages\/[^/]+\/test\//.test(path);
}

/** The package folder's name, or undefined outside of `packages/`. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder of a path, '' for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Resolves `a/b` + `../c/d.js` to `a/c/d.js`; undefined when it leaves the repository. */
export function resolvePath(folder: string, relative: string): string | undefined {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
