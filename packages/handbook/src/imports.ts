/** Reads what a TypeScript file imports, in every form the language has. */
import ts from 'typescript';
import { lineOf, syntaxOf, walk } from './source-file.js';
import type { SourceFile } from './source-file.js';

export interface ImportLink {
  /** As written: `./x.js`, `@daxsim/sim`, `node:fs`, `zod`. */
  readonly target: string;
  readonly line: number;
}

const cache = new WeakMap<SourceFile, readonly ImportLink[]>();

/** Static, type-only, re-exporting, dynamic and `import('x').T` imports of a file, in order. */
export function importsOf(file: SourceFile): readonly ImportLink[] {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const links: ImportLink[] = [];
  walk(syntaxOf(file), (node) => {
    const target = targetOf(node);
    if (target !== undefined) links.push({ target: target.text, line: lineOf(file, target) });
  });
  cache.set(file, links);
  return links;
}

function targetOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let target: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) target = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    target = node.argument.literal;
  } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    target = node.arguments[0];
  }
  return target !== undefined && ts.isStringLiteralLike(target) ? target : undefined;
}

/** `@scope/name/deep` and `name/deep` belong to the packages `@scope/name` and `name`. */
export function packageNameOf(target: string): string {
  const parts = target.split('/');
  return parts.slice(0, target.startsWith('@') ? 2 : 1).join('/');
}

export function isRelative(target: string): boolean {
  return target.startsWith('.');
}
