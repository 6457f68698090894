/**
 * Reads a check: recursive descent over its grammar, one function per level, loosest first.
 *
 *     forall ─ implies (to the right) ─ or ─ and ─ not ─ comparison ─ + − ─ * ─ atom
 *
 * What the scope bars, names that nothing defines and labels that are not guarded by `done` are
 * errors of the file, told with the expression.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { parseFunction } from './parse-functions.js';
import type { FunctionReader } from './parse-functions.js';
import { ERRNO_WORDS, WORDS } from './syntax.js';
import { tokensOf } from './tokens.js';
import type { Comparison, Expression, Word } from './syntax.js';
import type { Token } from './tokens.js';

export type CheckScope = 'end' | 'crash' | 'always';

/** What names mean in a scenario. */
export interface CheckNames {
  readonly files: ReadonlySet<string>;
  readonly maps: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

const COMPARISONS: readonly string[] = ['==', '!=', '<=', '>=', '<', '>'];
const FUNCTIONS: readonly string[] = [
  'size',
  'blocks',
  'exists',
  'extent_state',
  'block_of',
  'pread',
  'load',
  'pte_block',
  'free_blocks',
  'free_blocks_at_start',
  'after',
  'done',
  'started',
  'fill',
  'mix',
];

/** Parses a check. Throws `ConfigError` with the place and what would be allowed. */
export function parseCheck(
  where: string,
  text: string,
  scope: CheckScope,
  names: CheckNames,
): Expression {
  return new CheckParser(where, text, scope, names).parse();
}

class CheckParser implements FunctionReader {
  private readonly tokens: readonly Token[];
  private at = 0;
  private readonly variables: string[] = [];
  private readonly used = new Set<string>();
  readonly guarded = new Set<string>();

  constructor(
    private readonly where: string,
    private readonly text: string,
    readonly scope: CheckScope,
    readonly names: CheckNames,
  ) {
    this.tokens = tokensOf(where, text);
  }

  parse(): Expression {
    const tree = this.expression();
    if (this.peek().kind !== 'end') this.refuse(`"${this.peek().text}" is too much`, 'the end');
    if (this.scope === 'end') return tree;
    for (const label of this.used) {
      if (this.guarded.has(label)) continue;
      this.refuse(`label "${label}" in scope ${this.scope}`, `done(${label}) in the same check`);
    }
    return tree;
  }

  // What the functions of the grammar share.

  peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '', at: this.text.length };
  }

  take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  isNext(text: string): boolean {
    const token = this.peek();
    return token.kind !== 'text' && token.text === text;
  }

  eat(text: string): void {
    if (!this.isNext(text)) {
      this.refuse(`"${this.peek().text === '' ? 'the end' : this.peek().text}"`, `"${text}"`);
    }
    this.at += 1;
  }

  eatIf(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.at += 1;
    return true;
  }

  refuse(found: string, allowed: string, nearest?: string): never {
    throw new ConfigError({
      where: this.where,
      found: `${found} in check "${this.text}"`,
      allowed,
      ...(nearest === undefined ? {} : { nearest }),
    });
  }

  sum(): Expression {
    let left = this.product();
    while (this.isNext('+') || this.isNext('-')) {
      const operator = this.take().text === '+' ? '+' : '-';
      left = { kind: 'sum', operator, left, right: this.product() };
    }
    return left;
  }

  label(): string {
    const token = this.take();
    if (token.kind === 'name' && this.names.labels.has(token.text)) return token.text;
    const nearest = nearestName(token.text, this.names.labels);
    return this.refuse(`unknown label "${token.text}"`, 'a label that an operation binds', nearest);
  }

  // The levels.

  private expression(): Expression {
    if (!this.isNext('forall')) return this.implication();
    this.eat('forall');
    const name = this.take().text;
    this.eat('in');
    const from = this.sum();
    this.eat('..');
    const to = this.sum();
    this.eat(':');
    this.variables.push(name);
    const body = this.expression();
    this.variables.pop();
    return { kind: 'forall', name, from, to, body };
  }

  private implication(): Expression {
    const left = this.alternative();
    if (!this.eatIf('implies')) return left;
    return { kind: 'implies', left, right: this.implication() };
  }

  private alternative(): Expression {
    let left = this.conjunction();
    while (this.eatIf('or')) left = { kind: 'or', left, right: this.conjunction() };
    return left;
  }

  private conjunction(): Expression {
    let left = this.negation();
    while (this.eatIf('and')) left = { kind: 'and', left, right: this.negation() };
    return left;
  }

  private negation(): Expression {
    return this.eatIf('not') ? { kind: 'not', body: this.negation() } : this.comparison();
  }

  private comparison(): Expression {
    const left = this.sum();
    const { text, kind } = this.peek();
    if (kind === 'sign' && COMPARISONS.includes(text)) {
      this.at += 1;
      return { kind: 'compare', operator: text as Comparison, left, right: this.sum() };
    }
    if (!this.eatIf('in')) return left;
    this.eat('{');
    const choices = [this.sum()];
    while (this.eatIf(',')) choices.push(this.sum());
    this.eat('}');
    return { kind: 'in', left, choices };
  }

  private product(): Expression {
    let left = this.atom();
    while (this.eatIf('*')) left = { kind: 'sum', operator: '*', left, right: this.atom() };
    return left;
  }

  private atom(): Expression {
    const token = this.take();
    const { text } = token;
    if (token.kind === 'number') return { kind: 'number', value: Number(text) };
    if (token.kind === 'sign' && text === '(') {
      const inner = this.expression();
      this.eat(')');
      return inner;
    }
    if (token.kind !== 'name') this.refuse(`"${text === '' ? 'the end' : text}"`, 'a value');
    if (this.variables.includes(text)) return { kind: 'variable', name: text };
    if ((WORDS as readonly string[]).includes(text)) return { kind: 'word', word: text as Word };
    if ((ERRNO_WORDS as readonly string[]).includes(text)) return { kind: 'errno', name: text };
    if (text === 'zeros') return { kind: 'pattern', bytes: [0] };
    if (text === 'short') return { kind: 'short', count: this.optionalNumber() };
    if (text === 'SIGBUS' || text === 'SIGBUS_POISON') {
      const isPoison = text === 'SIGBUS_POISON';
      return { kind: 'signal', isPoison, offset: this.optionalNumber() };
    }
    if (FUNCTIONS.includes(text)) return parseFunction(this, text);
    return this.labelValue(text);
  }

  private labelValue(name: string): Expression {
    if (!this.names.labels.has(name)) {
      const known = [...this.names.labels, ...FUNCTIONS, ...WORDS, ...ERRNO_WORDS];
      this.refuse(
        `unknown name "${name}"`,
        'a label, a function or a word',
        nearestName(name, known),
      );
    }
    this.used.add(name);
    if (!this.eatIf('[')) return { kind: 'label', name, slice: null };
    const from = this.isNext(':') ? null : this.sum();
    this.eat(':');
    const to = this.isNext(']') ? null : this.sum();
    this.eat(']');
    return { kind: 'label', name, slice: { from, to } };
  }

  private optionalNumber(): Expression | null {
    if (!this.eatIf('(')) return null;
    const value = this.sum();
    this.eat(')');
    return value;
  }
}
