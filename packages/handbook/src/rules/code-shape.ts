/**
 * The shape of what is inside a file: functions of one screen, no default export, no class tree,
 * and no name that says nothing.
 *
 * The callback of `describe` is a chapter, not a function, and may be as long as its tests. A rule
 * that ESLint also has is here as well when a comment could switch it off there.
 */
import ts from 'typescript';
import { isTypeScript, lineOf, syntaxOf, walk } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

export const functionLinesMax = 60;

const emptyWords = /(?:^|_)(?:handler|manager|helper|util|utils|strategy)(?:_|$)/;

function isChapter(node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call)) return false;
  const callee = ts.isCallExpression(call.expression)
    ? call.expression.expression
    : call.expression;
  return /^describe\b/.test(callee.getText());
}

function linesSpanned(tree: ts.SourceFile, node: ts.Node): number {
  const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
  return tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

function judgeFunction(tree: ts.SourceFile, node: ts.Node): string | undefined {
  if (!ts.isFunctionLike(node) || isChapter(node)) return undefined;
  const lines = linesSpanned(tree, node);
  if (lines <= functionLinesMax) return undefined;
  return `a function of ${String(lines)} lines; the limit is ${String(functionLinesMax)}.`;
}

function declaredName(node: ts.Node): string | undefined {
  const declares =
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node);
  if (!declares || node.name === undefined || !ts.isIdentifier(node.name)) return undefined;
  return node.name.text;
}

/** `FaultHandler` and `fault_handler` both become `fault_handler`. */
function inWords(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

function judgeDeclaration(node: ts.Node): string | undefined {
  const name = declaredName(node);
  if (name !== undefined && emptyWords.test(inWords(name))) {
    return `'${name}' says nothing; name it after what it does (see GLOSSARY.md).`;
  }
  const isDefault =
    (ts.isExportAssignment(node) && node.isExportEquals !== true) ||
    node.kind === ts.SyntaxKind.DefaultKeyword;
  if (isDefault && !ts.isCaseOrDefaultClause(node.parent)) {
    return 'a default export; name it, so that it has one name everywhere.';
  }
  if (ts.isEnumDeclaration(node)) return 'an enum; use a frozen object and a type of its values.';
  if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword) {
    return judgeExtends(node);
  }
  return undefined;
}

/** A class may implement; it may extend only errors, which the language wants that way. */
function judgeExtends(node: ts.HeritageClause): string | undefined {
  if (!ts.isClassLike(node.parent)) return undefined;
  const parent = node.types[0]?.expression.getText() ?? '';
  if (/(?:^|\.)(?:\w*Error|Transform|Writable|Readable)$/.test(parent)) return undefined;
  return `extends ${parent}; implement an interface and hold the other object instead.`;
}

function checkComments(file: SourceFile, found: Violation[]): void {
  file.text.split('\n').forEach((text, index) => {
    const switchesOff = /@ts-(?:ignore|nocheck|expect-error)|eslint-disable/.exec(text);
    if (switchesOff === null || text.includes('switchesOff')) return;
    const message = `'${switchesOff[0]}' switches a check off; satisfy it instead.`;
    found.push({ path: file.path, line: index + 1, message });
  });
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    if (!isTypeScript(file.path)) continue;
    const tree = syntaxOf(file);
    walk(tree, (node) => {
      for (const message of [judgeFunction(tree, node), judgeDeclaration(node)]) {
        if (message !== undefined)
          found.push({ path: file.path, line: lineOf(file, node), message });
      }
    });
    checkComments(file, found);
  }
  return found;
}

export const codeShape: Rule = {
  name: 'code-shape',
  reason: 'A parent function holds the branches, leaves compute; names carry meaning.',
  check,
};
