/**
 * Reads workload files: `%` headers, `#` comments, one operation per line.
 *
 *     %title write fault in a hole
 *     %configs xfs-dax ext4-dax
 *     open f a
 *     store m 2M+4K 8 41          numbers are sums of decimal or 0x terms with K, M, G
 *
 * Everything is checked here — words, numbers, handles that no line opens — so that running a
 * workload meets no malformed operation. Errors say file and line.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { OP_FORMS, TIMEOUT } from './op-forms.js';
import type { OpForm, Parameter } from './op-forms.js';

/** One operation. Fields that its form has no parameter for are empty or 0. */
export interface WorkloadOp {
  /** Words with single blanks, as records repeat them. */
  readonly text: string;
  /** Word of the operation itself, behind any `timeout`. */
  readonly name: string;
  readonly file: string;
  readonly file2: string;
  readonly mapping: string;
  readonly path: string;
  readonly offset: number;
  readonly offset2: number;
  readonly length: number;
  readonly step: number;
  readonly byte: number;
  readonly choice: string;
  readonly choice2: string;
  /** Optional words, those with a number without it: `colour=`. */
  readonly options: ReadonlySet<string>;
  /** Pages by which the address of an mmap is shifted. */
  readonly colour: number;
  /** A signal comes every so many milliseconds; 0 is never. */
  readonly timeoutMs: number;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Configs to run under; null is all. */
  readonly configs: readonly string[] | null;
  readonly ops: readonly WorkloadOp[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TERM = /([+-]?)(0[xX][0-9a-fA-F]+|\d+)([KMG]?)/y;
const SUFFIX: { readonly [suffix: string]: number } = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Parses the text of a workload file. Throws ConfigError with `path:line`. */
export function parseWorkload(name: string, path: string, text: string): Workload {
  let title = '';
  let configs: readonly string[] | null = null;
  const ops: WorkloadOp[] = [];
  const handles = new Set<string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') continue;
    const where = `${path}:${index + 1}`;
    if (line.startsWith('%')) {
      const [header = '', ...words] = line.slice(1).split(/\s+/);
      if (header === 'title') title = words.join(' ');
      if (header === 'configs') configs = words;
      continue;
    }
    const op = parseOp(where, line.split(/\s+/));
    checkHandles(where, op, handles);
    ops.push(op);
  }
  return { name, title, configs, ops };
}

/** Parses one operation, as in records that come without their workload file. */
export function parseOpText(where: string, text: string): WorkloadOp {
  return parseOp(where, text.trim().split(/\s+/));
}

function parseOp(where: string, words: readonly string[]): WorkloadOp {
  const op: Mutable<WorkloadOp> = {
    text: words.join(' '),
    name: '',
    file: '',
    file2: '',
    mapping: '',
    path: '',
    offset: 0,
    offset2: 0,
    length: 0,
    step: 0,
    byte: 0,
    choice: '',
    choice2: '',
    options: new Set(),
    colour: 0,
    timeoutMs: 0,
  };
  let rest = words;
  if (rest[0] === TIMEOUT) {
    op.timeoutMs = parseNumber(where, rest[1] ?? '');
    rest = rest.slice(2);
  }
  const [name = ''] = rest;
  const form = OP_FORMS.get(name);
  if (form === undefined) {
    const names = [...OP_FORMS.keys(), TIMEOUT];
    throw new ConfigError({
      where,
      found: name === '' ? 'no operation' : `unknown operation "${name}"`,
      allowed: `one of ${names.join(', ')}`,
      nearest: nearestName(name, names),
    });
  }
  op.name = name;
  fill(where, op, form, rest.slice(1));
  return op;
}

function fill(
  where: string,
  op: Mutable<WorkloadOp>,
  form: OpForm,
  words: readonly string[],
): void {
  const { parameters } = form;
  if (words.length < parameters.length) {
    throw new ConfigError({
      where,
      found: `${op.name} with ${words.length} of its ${parameters.length} words`,
      allowed: `${op.name} ${parameters.join(' ').toUpperCase()}`,
    });
  }
  for (const [i, parameter] of parameters.entries()) {
    setParameter(where, op, form, parameter, words[i] ?? '');
  }
  const options = new Set<string>();
  for (const word of words.slice(parameters.length)) options.add(option(where, op, form, word));
  op.options = options;
  if (op.step === 0 && parameters.includes('step')) {
    throw new ConfigError({ where, found: 'a step of 0', allowed: 'a step of 1 or more' });
  }
}

function setParameter(
  where: string,
  op: Mutable<WorkloadOp>,
  form: OpForm,
  parameter: Parameter,
  word: string,
): void {
  switch (parameter) {
    case 'file':
    case 'file2':
    case 'mapping':
    case 'path':
      op[parameter] = word;
      return;
    case 'byte':
      op.byte = parseByte(where, word);
      return;
    case 'choice':
      op.choice = oneOf(where, word, form.choices ?? []);
      return;
    case 'choice2':
      op.choice2 = oneOf(where, word, form.choices2 ?? []);
      return;
    default:
      op[parameter] = parseNumber(where, word);
  }
}

function option(where: string, op: Mutable<WorkloadOp>, form: OpForm, word: string): string {
  const allowed = form.options ?? [];
  const at = word.indexOf('=') + 1;
  if (at > 0 && allowed.includes(word.slice(0, at))) {
    op.colour = parseNumber(where, word.slice(at));
    return word.slice(0, at);
  }
  return oneOf(where, word, allowed);
}

function oneOf(where: string, word: string, allowed: readonly string[]): string {
  if (allowed.includes(word)) return word;
  throw new ConfigError({
    where,
    found: `unknown word "${word}"`,
    allowed: allowed.length === 0 ? 'no further word' : `one of ${allowed.join(', ')}`,
    nearest: nearestName(word, allowed),
  });
}

/** `2M+4K`, `4M-1`, `0x1000`. */
export function parseNumber(where: string, word: string): number {
  let sum = 0;
  let at = 0;
  while (at < word.length) {
    TERM.lastIndex = at;
    const term = TERM.exec(word);
    if (term === null || (at > 0 && term[1] === '')) break;
    const value = Number(term[2]) * (SUFFIX[term[3] ?? ''] ?? 1);
    sum += term[1] === '-' ? -value : value;
    at = TERM.lastIndex;
  }
  if (at === word.length && at > 0 && Number.isSafeInteger(sum)) return sum;
  throw new ConfigError({
    where,
    found: `"${word}" for a number`,
    allowed: 'decimal or 0x numbers with K, M or G, and sums of them as in 2M+4K',
  });
}

function parseByte(where: string, word: string): number {
  if (/^[0-9a-fA-F]{1,2}$/.test(word)) return Number.parseInt(word, 16);
  throw new ConfigError({ where, found: `"${word}" for a byte`, allowed: 'two hex digits' });
}

/** A file handle must be opened by an earlier line. */
function checkHandles(where: string, op: WorkloadOp, handles: Set<string>): void {
  if (op.name === 'open') {
    handles.add(op.file);
    return;
  }
  for (const handle of [op.file, op.file2]) {
    if (handle === '' || handles.has(handle)) continue;
    throw new ConfigError({
      where,
      found: `${op.name} of "${handle}", which no line before opens`,
      allowed: handles.size === 0 ? 'open first' : `one of ${[...handles].join(', ')}`,
      nearest: nearestName(handle, handles),
    });
  }
}
