/**
 * What a check says, as a tree. Names are resolved already: a label is one that some operation
 * binds, a file one that some operation makes.
 */

export type Comparison = '==' | '!=' | '<=' | '>=' | '<' | '>';

/** Functions of a file and perhaps numbers. */
export type FileFunction = 'size' | 'blocks' | 'exists' | 'extent_state' | 'block_of' | 'pread';

export type Expression =
  | {
      readonly kind: 'forall';
      readonly name: string;
      readonly from: Expression;
      readonly to: Expression;
      readonly body: Expression;
    }
  | {
      readonly kind: 'implies' | 'or' | 'and';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'not'; readonly body: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'in'; readonly left: Expression; readonly choices: readonly Expression[] }
  | {
      readonly kind: 'sum';
      readonly operator: '+' | '-' | '*';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: string }
  | {
      readonly kind: 'label';
      readonly name: string;
      /** Half-open; null where the slice is open. */
      readonly slice: { readonly from: Expression | null; readonly to: Expression | null } | null;
    }
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'errno'; readonly name: string }
  | { readonly kind: 'pattern'; readonly bytes: readonly number[] }
  | { readonly kind: 'short'; readonly count: Expression | null }
  | { readonly kind: 'signal'; readonly isPoison: boolean; readonly offset: Expression | null }
  | {
      readonly kind: 'file';
      readonly function: FileFunction;
      readonly file: string;
      readonly arguments: readonly Expression[];
    }
  | {
      readonly kind: 'mapping';
      readonly function: 'load' | 'pte_block';
      readonly map: string;
      readonly arguments: readonly Expression[];
    }
  | { readonly kind: 'free'; readonly atStart: boolean }
  | { readonly kind: 'after'; readonly later: string; readonly earlier: string }
  | { readonly kind: 'done' | 'started'; readonly label: string };

export const WORDS = ['ok', 'none', 'zero_page', 'hole', 'unwritten', 'written'] as const;
export type Word = (typeof WORDS)[number];

export const ERRNO_WORDS = [
  'EIO',
  'ENOSPC',
  'EINVAL',
  'ENOENT',
  'ENOTEMPTY',
  'EFAULT',
  'ETXTBSY',
  'EOPNOTSUPP',
  'EEXIST',
  'EAGAIN',
] as const;

/** Labels that an expression reads, and pairs whose order it asks. */
export interface Mentions {
  readonly labels: Set<string>;
  /** `later,earlier`. */
  readonly orders: Set<string>;
  /** Labels of which it asks whether they began or ended. */
  readonly moments: Set<string>;
}

export function mentionsOf(expressions: readonly Expression[]): Mentions {
  const found: Mentions = { labels: new Set(), orders: new Set(), moments: new Set() };
  for (const expression of expressions) note(expression, found);
  return found;
}

function note(expression: Expression, found: Mentions): void {
  if (expression.kind === 'label') found.labels.add(expression.name);
  if (expression.kind === 'after') {
    found.orders.add(`${expression.later},${expression.earlier}`);
    found.moments.add(expression.later).add(expression.earlier);
  }
  if (expression.kind === 'done' || expression.kind === 'started') {
    found.moments.add(expression.label);
  }
  for (const child of childrenOf(expression)) note(child, found);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'forall':
      return [expression.from, expression.to, expression.body];
    case 'implies':
    case 'or':
    case 'and':
    case 'compare':
    case 'sum':
      return [expression.left, expression.right];
    case 'not':
      return [expression.body];
    case 'in':
      return [expression.left, ...expression.choices];
    case 'label':
      return present(expression.slice?.from, expression.slice?.to);
    case 'short':
      return present(expression.count);
    case 'signal':
      return present(expression.offset);
    case 'file':
    case 'mapping':
      return expression.arguments;
    default:
      return [];
  }
}

function present(...parts: readonly (Expression | null | undefined)[]): Expression[] {
  return parts.filter((part) => part !== null && part !== undefined);
}
