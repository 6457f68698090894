/** Evaluates a check against what a scenario did and what a file system shows. */
import { NOTHING, OK, compare, number, numberIn, truth } from './values.js';
import type { Expression } from './syntax.js';
import type { Value } from './values.js';

/** What a check may ask. */
export interface CheckView {
  /** Result of an operation; nothing while it is not bound. */
  label(name: string): Value;
  isDone(name: string): boolean;
  isStarted(name: string): boolean;
  /** Whether `later` began after `earlier` had returned. */
  isAfter(later: string, earlier: string): boolean;
  size(file: string): number;
  blocks(file: string): number;
  exists(file: string): boolean;
  extentState(file: string, block: number): Value;
  blockOf(file: string, block: number): Value;
  pread(file: string, offset: number, length: number): Value;
  load(map: string, offset: number, length: number): Value;
  pteBlock(map: string, page: number): Value;
  freeBlocks(): number;
  freeBlocksAtStart(): number;
}

/** Whether a check holds. */
export function holds(expression: Expression, view: CheckView): boolean {
  return isTrue(expression, view, new Map());
}

type Variables = Map<string, number>;

function isTrue(expression: Expression, view: CheckView, variables: Variables): boolean {
  const value = evaluate(expression, view, variables);
  return value.kind === 'truth' && value.value;
}

function evaluate(expression: Expression, view: CheckView, variables: Variables): Value {
  switch (expression.kind) {
    case 'forall':
      return truth(holdsForAll(expression, view, variables));
    case 'implies': {
      const isGiven = isTrue(expression.left, view, variables);
      return truth(!isGiven || isTrue(expression.right, view, variables));
    }
    case 'or': {
      const isGiven = isTrue(expression.left, view, variables);
      return truth(isGiven || isTrue(expression.right, view, variables));
    }
    case 'and': {
      const isGiven = isTrue(expression.left, view, variables);
      return truth(isGiven && isTrue(expression.right, view, variables));
    }
    case 'not':
      return truth(!isTrue(expression.body, view, variables));
    case 'compare': {
      const left = evaluate(expression.left, view, variables);
      const right = evaluate(expression.right, view, variables);
      return truth(compare(expression.operator, left, right));
    }
    case 'in': {
      const left = evaluate(expression.left, view, variables);
      const isEqual = (choice: Expression): boolean =>
        compare('==', left, evaluate(choice, view, variables));
      return truth(expression.choices.some(isEqual));
    }
    case 'sum':
      return calculate(expression, view, variables);
    default:
      return atom(expression, view, variables);
  }
}

function holdsForAll(
  expression: Extract<Expression, { kind: 'forall' }>,
  view: CheckView,
  variables: Variables,
): boolean {
  const from = numberIn(evaluate(expression.from, view, variables));
  const to = numberIn(evaluate(expression.to, view, variables));
  if (from === null || to === null) return false;
  const inner = new Map(variables);
  for (let i = from; i <= to; i += 1) {
    inner.set(expression.name, i);
    if (!isTrue(expression.body, view, inner)) return false;
  }
  return true;
}

function calculate(
  expression: Extract<Expression, { kind: 'sum' }>,
  view: CheckView,
  variables: Variables,
): Value {
  const a = numberIn(evaluate(expression.left, view, variables));
  const b = numberIn(evaluate(expression.right, view, variables));
  if (a === null || b === null) return NOTHING;
  if (expression.operator === '*') return number(a * b);
  return number(expression.operator === '+' ? a + b : a - b);
}

function atom(expression: Expression, view: CheckView, variables: Variables): Value {
  switch (expression.kind) {
    case 'number':
      return number(expression.value);
    case 'variable':
      return number(variables.get(expression.name) ?? 0);
    case 'label':
      return sliced(expression, view, variables);
    case 'word':
      return expression.word === 'ok' ? OK : { kind: 'word', word: expression.word };
    case 'errno':
      return { kind: 'errno', name: expression.name };
    case 'pattern':
      return { kind: 'pattern', bytes: expression.bytes };
    case 'short':
      return { kind: 'short', count: optional(expression.count, view, variables) };
    case 'signal': {
      const offset = optional(expression.offset, view, variables);
      return { kind: 'signal', isPoison: expression.isPoison, offset };
    }
    case 'file':
      return ofFile(expression, view, variables);
    case 'mapping':
      return ofMapping(expression, view, variables);
    case 'free':
      return number(expression.atStart ? view.freeBlocksAtStart() : view.freeBlocks());
    case 'after':
      return truth(view.isAfter(expression.later, expression.earlier));
    case 'done':
      return truth(view.isDone(expression.label));
    case 'started':
      return truth(view.isStarted(expression.label));
    default:
      return NOTHING;
  }
}

function optional(part: Expression | null, view: CheckView, variables: Variables): number | null {
  return part === null ? null : numberIn(evaluate(part, view, variables));
}

function sliced(
  expression: Extract<Expression, { kind: 'label' }>,
  view: CheckView,
  variables: Variables,
): Value {
  const value = view.label(expression.name);
  if (expression.slice === null) return value;
  if (value.kind !== 'bytes') return NOTHING;
  const from = optional(expression.slice.from, view, variables) ?? 0;
  const to = optional(expression.slice.to, view, variables) ?? value.bytes.length;
  if (from > to || to > value.bytes.length) return NOTHING;
  return { kind: 'bytes', bytes: value.bytes.subarray(from, to), asked: to - from };
}

function ofFile(
  expression: Extract<Expression, { kind: 'file' }>,
  view: CheckView,
  variables: Variables,
): Value {
  const { file } = expression;
  const [a = 0, b = 0] = expression.arguments.map((one) => {
    return numberIn(evaluate(one, view, variables)) ?? -1;
  });
  switch (expression.function) {
    case 'size':
      return number(view.size(file));
    case 'blocks':
      return number(view.blocks(file));
    case 'exists':
      return truth(view.exists(file));
    case 'extent_state':
      return view.extentState(file, a);
    case 'block_of':
      return view.blockOf(file, a);
    default:
      return view.pread(file, a, b);
  }
}

function ofMapping(
  expression: Extract<Expression, { kind: 'mapping' }>,
  view: CheckView,
  variables: Variables,
): Value {
  const [a = 0, b = 0] = expression.arguments.map((one) => {
    return numberIn(evaluate(one, view, variables)) ?? -1;
  });
  if (expression.function === 'pte_block') return view.pteBlock(expression.map, a);
  return view.load(expression.map, a, b);
}
