/**
 * A configuration text checked against its schema, with errors that point at the place.
 *
 *     text ─▶ YAML 1.2 (JSON is a part of it) ─▶ plain value ─▶ schema ─▶ checked value
 *                 │ syntax                            │ issue with a path
 *                 └──────── file:line:column, the line, a caret, the nearest valid name
 *
 * The schema is zod's, but only its `safeParse` is asked for, so that this file knows no library of
 * schemas. Issues name a path of keys; the YAML document knows where each key and value stands.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { LineCounter, isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';

/** Longest line that is shown whole, and how much of a longer one before the place. */
const EXCERPT_MOST = 110;
const EXCERPT_BEFORE = 50;

/** One complaint of a schema. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of `invalid_value`: what is allowed. */
  readonly values?: readonly unknown[];
  /** Of `invalid_union`: the issues of each alternative. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** What this file asks of a schema; a zod schema is one. */
export interface Schema<T> {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly unknown[] } };
}

/** A text that parsed, with what is needed to point into it. */
export interface ParsedText {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Parses YAML or JSON. Throws ConfigError at the first syntax error. */
export function parseText(text: string, file: string): ParsedText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    throw errorAt({ file, text, lines }, error.pos[0], firstSentence(error.message));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    throw new ConfigError({ where: file, found: thrown instanceof Error ? thrown.message : '' });
  }
  return { file, text, value, document, lines };
}

/** Parses and checks. Throws ConfigError that points at the first thing the schema refuses. */
export function checkText<T>(text: string, file: string, schema: Schema<T>): T {
  return check(parseText(text, file), schema);
}

/** Checks a parsed text. */
export function check<T>(parsed: ParsedText, schema: Schema<T>): T {
  const result = schema.safeParse(parsed.value);
  if (result.success) return result.data;
  const issues = result.error.issues as readonly SchemaIssue[];
  // A misspelt key makes another one missing; the misspelling is what the user can see.
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (first === undefined) throw new ConfigError({ where: parsed.file, found: 'refused' });
  const issue = deepest(first);
  throw issueError(parsed, issue, keysAt(schema, issue.path));
}

/** Of a union's alternatives the one that got furthest says what was meant. */
function deepest(issue: SchemaIssue): SchemaIssue {
  if (issue.code !== 'invalid_union' || issue.errors === undefined) return issue;
  let best: SchemaIssue | undefined;
  for (const issues of issue.errors) {
    const first = issues[0];
    if (first === undefined) continue;
    const found = deepest({ ...first, path: [...issue.path, ...first.path] });
    if (best === undefined || found.path.length > best.path.length) best = found;
  }
  return best !== undefined && best.path.length > issue.path.length ? best : issue;
}

function issueError(parsed: ParsedText, issue: SchemaIssue, valid: readonly string[]): ConfigError {
  const place = issue.path.map((key) => (typeof key === 'symbol' ? '' : key));
  if (issue.code === 'unrecognized_keys' && issue.keys?.[0] !== undefined) {
    const key = issue.keys[0];
    const found = `unknown key "${key}"${place.length > 0 ? ` in ${place.join('.')}` : ''}`;
    const at = keyOffset(parsed.document, [...place, key]);
    return errorAt(parsed, at, found, valid.join(', '), nearestName(key, valid));
  }
  const at = valueOffset(parsed.document, place);
  const name = place.length > 0 ? `${place.join('.')}: ` : '';
  const value = valueAt(parsed.value, place);
  if (issue.code === 'invalid_value' && issue.values !== undefined) {
    const allowed = issue.values.map(String);
    const near = typeof value === 'string' ? nearestName(value, allowed) : undefined;
    const found = `${name}${shown(value)} is not allowed`;
    return errorAt(parsed, at, found, `one of ${allowed.join(', ')}`, near);
  }
  return errorAt(parsed, at, `${name}${issue.message}`);
}

/** What is asked of a schema to list the keys that it knows. */
interface SchemaShape {
  readonly shape?: Readonly<Record<string, SchemaShape>>;
  readonly def?: {
    readonly innerType?: SchemaShape;
    readonly element?: SchemaShape;
    readonly valueType?: SchemaShape;
    readonly in?: SchemaShape;
    readonly options?: readonly SchemaShape[];
  };
}

/** Keys that an object at a path may have, as far as the schema tells. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  let open = unwrapped(schema as SchemaShape);
  for (const key of path) {
    open = open.flatMap((one) => {
      const inner = one.shape?.[String(key)] ?? one.def?.element ?? one.def?.valueType;
      return inner === undefined ? [] : unwrapped(inner);
    });
  }
  return [...new Set(open.flatMap((one) => Object.keys(one.shape ?? {})))];
}

/** Behind options, defaults, transforms and unions. */
function unwrapped(schema: SchemaShape): SchemaShape[] {
  if (schema.shape !== undefined) return [schema];
  const { def } = schema;
  if (def?.options !== undefined) return def.options.flatMap(unwrapped);
  const inner = def?.innerType ?? def?.in;
  return inner === undefined ? [schema] : unwrapped(inner);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function valueAt(value: unknown, place: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of place) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** Offset of the value at a path, or of the nearest thing around it that exists. */
function valueOffset(document: Document, place: readonly (string | number)[]): number {
  for (let length = place.length; length >= 0; length -= 1) {
    const node = document.getIn(place.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Offset of a key itself. */
function keyOffset(document: Document, place: readonly (string | number)[]): number {
  const owner = place.length === 1 ? document.contents : document.getIn(place.slice(0, -1), true);
  const key = place[place.length - 1];
  if (isMap(owner)) {
    for (const item of owner.items) {
      if (!isPair(item) || !isScalar(item.key) || item.key.value !== key) continue;
      if (item.key.range) return item.key.range[0];
    }
  }
  return valueOffset(document, place);
}

function errorAt(
  source: { readonly file: string; readonly text: string; readonly lines: LineCounter },
  offset: number,
  found: string,
  allowed?: string,
  nearest?: string,
): ConfigError {
  const { line, col } = source.lines.linePos(offset);
  const at = line > 0 ? line : 1;
  const text = source.text.split('\n')[at - 1]?.replace('\r', '') ?? '';
  const column = Math.max(1, col);
  return new ConfigError({
    where: `${source.file}:${at}:${column}`,
    found,
    ...(allowed === undefined || allowed === '' ? {} : { allowed }),
    nearest,
    excerpt: excerptOf(text, column),
  });
}

/** The line with a mark under the column; of a long one, as of packed JSON, what is around it. */
function excerptOf(text: string, column: number): string {
  const from = text.length <= EXCERPT_MOST ? 0 : Math.max(0, column - 1 - EXCERPT_BEFORE);
  const head = from > 0 ? '… ' : '';
  const tail = from + EXCERPT_MOST < text.length ? ' …' : '';
  const shownText = `${head}${text.slice(from, from + EXCERPT_MOST)}${tail}`;
  return `  ${shownText}\n  ${' '.repeat(head.length + column - 1 - from)}^`;
}

function firstSentence(message: string): string {
  return message.split('\n')[0] ?? message;
}
