/**
 * Below the command line nothing may depend on the host: not its clock, chance, timers, environment
 * or language. What is banned, where, and what to use instead, is the table; names are found in the
 * syntax tree, so comments and strings may speak of them.
 *
 * Tests may read the environment (a seed is given that way) and await, but not the clock or chance.
 * ESLint bans the same while typing; this one also holds where a comment could switch ESLint off.
 */
import ts from 'typescript';
import { isTest, isTypeScript, lineOf, packageOf, syntaxOf, walk } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

const belowCli = ['sim', 'pmem', 'trace', 'daxfs', 'lab'];
const core = ['sim', 'pmem', 'daxfs'];

interface Ban {
  /** A global (`Date`), a member of a global (`Math.random`) or a member of anything (`.x`). */
  readonly name: string;
  readonly instead: string;
  readonly packages: readonly string[];
  readonly inTests: boolean;
}

function ban(names: string, instead: string, packages: readonly string[], inTests: boolean): Ban[] {
  return names.split(' ').map((name) => ({ name, instead, packages, inTests }));
}

const bans: readonly Ban[] = [
  ...ban('Date performance process.hrtime', 'simulated ticks; host time is cli’s', belowCli, true),
  ...ban(
    'Math.random crypto randomBytes randomUUID',
    'the decider or a seeded prng',
    belowCli,
    true,
  ),
  ...ban('Math.pow', 'a product: its last bits differ between Node versions', belowCli, true),
  ...ban('setTimeout setInterval setImmediate', 'an event at a tick', belowCli, true),
  ...ban('queueMicrotask process.nextTick', 'an event at a tick', belowCli, true),
  ...ban('process.env process.argv process.exit', 'a config field, set by cli', belowCli, false),
  ...ban(
    'process.stdout process.stderr console',
    'a returned report, printed by cli',
    belowCli,
    false,
  ),
  ...ban(
    'Intl .toLocaleString .toLocaleDateString .toLocaleTimeString',
    'plain digits',
    belowCli,
    true,
  ),
  ...ban('.localeCompare .toLocaleUpperCase .toLocaleLowerCase', 'code unit order', belowCli, true),
  ...ban('Promise', 'a synchronous step; only trace reading and reports wait', core, false),
  ...ban('eval Function', 'plain code', belowCli, true),
];

const byName = new Map(bans.map((entry) => [entry.name, entry]));

/** `Date` in `x.Date`, `{ Date: 1 }` or `import { Date }` is an own name, not the global. */
function isGlobalUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const onlyNames =
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isPropertySignature(parent);
  if (onlyNames) return false;
  const declares =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent);
  if (declares) return parent.initializer === node;
  return !ts.isQualifiedName(parent) && !ts.isImportSpecifier(parent) && !isTypeOnly(parent);
}

/** Naming a type is no use of the host: a `Promise<void>` that is returned shows as `async`. */
function isTypeOnly(parent: ts.Node): boolean {
  return ts.isTypeReferenceNode(parent);
}

function namesUsed(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) {
    const names = [`.${node.name.text}`];
    const owner = node.expression;
    if (ts.isIdentifier(owner)) names.push(`${owner.text}.${node.name.text}`);
    if (ts.isIdentifier(owner) && owner.text === 'globalThis') names.push(node.name.text);
    return names;
  }
  return ts.isIdentifier(node) && isGlobalUse(node) ? [node.text] : [];
}

function isLiteral(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
}

function syntaxBan(node: ts.Node, owner: string, test: boolean): string | undefined {
  const power = ts.SyntaxKind.AsteriskAsteriskToken;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === power) {
    if (isLiteral(node.left) && isLiteral(node.right)) return undefined;
    return '`**` of anything but two literals; its last bits differ between Node versions.';
  }
  if (core.includes(owner) && !test && node.kind === ts.SyntaxKind.AsyncKeyword) {
    return '`async` in the simulation core; a step is synchronous.';
  }
  return undefined;
}

function checkFile(file: SourceFile, owner: string, found: Violation[]): void {
  const test = isTest(file.path);
  walk(syntaxOf(file), (node) => {
    const message = syntaxBan(node, owner, test);
    if (message !== undefined) found.push({ path: file.path, line: lineOf(file, node), message });
    for (const name of namesUsed(node)) {
      const entry = byName.get(name);
      if (entry === undefined || !entry.packages.includes(owner)) continue;
      if (test && !entry.inTests) continue;
      const text = `${name} is banned in ${owner}; use ${entry.instead}.`;
      found.push({ path: file.path, line: lineOf(file, node), message: text });
    }
  });
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    const owner = packageOf(file.path);
    if (owner === undefined || !isTypeScript(file.path) || !belowCli.includes(owner)) continue;
    checkFile(file, owner, found);
  }
  return found;
}

export const bannedCalls: Rule = {
  name: 'banned-calls',
  reason: 'The same config, trace, seed and choices must give the same digest everywhere.',
  check,
};
