/**
 * Reads a file of scenarios, line by line; `#` begins a comment.
 *
 *     scenario TEST CLAIM…      opens a scenario
 *     on FS…                    file systems; `dax` and `all` stand for several
 *     device BYTES              of the device
 *     defect KNOB=VALUE [on FS…]
 *     OPERATION [-> OUTCOME [| OUTCOME]…]
 *     expect CLAIM              see parse-claim.ts
 *     note   remount   cut      during … end      repeat COUNT … end, with {aK+b} for the round
 *     race … end                lines `1: OPERATION`, `2: OPERATION`: tasks, in every order
 *
 * Operations are those of workload files and of `name-calls.ts`. Without an outcome an operation
 * must succeed, and a transfer be whole. Handles are gone after `cut` and `remount`.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { OP_FORMS } from '../conform/op-forms.js';
import { parseNumber, parseOpText } from '../conform/workload.js';
import { isRun, parseRuns } from './byte-runs.js';
import { CALL_NAMES, isCall, wrongWords } from './name-calls.js';
import { alternatives, parseClaim } from './parse-claim.js';
import type { OpStatement, Outcome, Scenario, ScenarioDefect, Statement } from './scenario.js';

const DEVICE_BYTES = 16 * 1024 * 1024;
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['dax', ['xfs-dax', 'ext4-dax']],
  ['all', ['xfs-dax', 'ext4-dax', 'xfs-pagecache']],
]);
const ROUND = /\{(\d*)([KMG]?)(?:\+(\w+))?\}/g;

interface Line {
  readonly where: string;
  readonly text: string;
}

/** Parses a file. Throws ConfigError with `path:line`. */
export function parseScenarios(path: string, text: string): readonly Scenario[] {
  const lines: Line[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*$/, '').trim().replace(/\s+/g, ' ');
    if (line !== '') lines.push({ where: `${path}:${index + 1}`, text: line });
  }
  const scenarios: Scenario[] = [];
  for (let at = 0; at < lines.length;) {
    const first = lines[at];
    if (first === undefined) break;
    if (!first.text.startsWith('scenario ')) {
      const allowed = 'scenario TEST CLAIM';
      throw new ConfigError({ where: first.where, found: `"${first.text}"`, allowed });
    }
    let end = at + 1;
    while (end < lines.length && lines[end]?.text.startsWith('scenario ') !== true) end += 1;
    scenarios.push(parseScenario(first, lines.slice(at + 1, end)));
    at = end;
  }
  return scenarios;
}

function parseScenario(first: Line, lines: readonly Line[]): Scenario {
  const [, test = '', ...claim] = first.text.split(' ');
  let on = GROUPS.get('dax') ?? [];
  let deviceBytes = DEVICE_BYTES;
  const defects: ScenarioDefect[] = [];
  let at = 0;
  for (; at < lines.length; at += 1) {
    const { where, text } = lines[at] ?? first;
    const [word = '', ...rest] = text.split(' ');
    if (word === 'on') on = rest.flatMap((name) => GROUPS.get(name) ?? [name]);
    else if (word === 'device') deviceBytes = parseNumber(where, rest[0] ?? '');
    else if (word === 'defect') defects.push(parseDefect(where, rest));
    else break;
  }
  const body = new BodyParser(lines.slice(at));
  const statements = body.parse(false);
  return { test, claim: claim.join(' '), on, deviceBytes, defects, statements, where: first.where };
}

function parseDefect(where: string, words: readonly string[]): ScenarioDefect {
  const [setting = '', on, ...names] = words;
  const [knob = '', value = ''] = setting.split('=');
  if (knob !== '' && value !== '' && (on === undefined || on === 'on')) {
    return { knob, value, on: names.length === 0 ? null : names };
  }
  const allowed = 'KNOB=VALUE, or KNOB=VALUE on FS…';
  throw new ConfigError({ where, found: `defect ${words.join(' ')}`, allowed });
}

class BodyParser {
  private at = 0;
  private handles = new Set<string>();

  constructor(private readonly lines: readonly Line[]) {}

  parse(isBlock: boolean): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      const line = this.lines[this.at];
      if (line === undefined || line.text === 'end') {
        if (isBlock === (line !== undefined)) break;
        const where = line?.where ?? this.lines.at(-1)?.where ?? '';
        const found = isBlock ? 'a block that does not end' : 'an end of nothing';
        throw new ConfigError({ where, found, allowed: 'during … end, repeat COUNT … end' });
      }
      this.at += 1;
      if (line.text.startsWith('repeat ')) statements.push(...this.repeated(line));
      else statements.push(this.statement(line));
    }
    return statements;
  }

  /** The block as often as asked for, each time with the number of the round put in. */
  private repeated({ where, text }: Line): Statement[] {
    const count = parseNumber(where, text.slice('repeat '.length));
    const from = this.at;
    let depth = 1;
    while (depth > 0 && this.at < this.lines.length) {
      const word = this.lines[this.at]?.text.split(' ')[0];
      if (word === 'during' || word === 'repeat' || word === 'race') depth += 1;
      if (word === 'end') depth -= 1;
      this.at += 1;
    }
    if (depth > 0) {
      const found = 'a block that does not end';
      throw new ConfigError({ where, found, allowed: 'repeat COUNT … end' });
    }
    const body = this.lines.slice(from, this.at - 1);
    const statements: Statement[] = [];
    for (let round = 0; round < count; round += 1) {
      const lines = body.map((line) => ({ ...line, text: withRound(line, round) }));
      const parser = new BodyParser(lines);
      parser.handles = this.handles;
      statements.push(...parser.parse(false));
      this.handles = parser.handles;
    }
    return statements;
  }

  private statement({ where, text }: Line): Statement {
    const place = { where, text };
    const [word = '', ...rest] = text.split(' ');
    switch (word) {
      case 'note':
        return { ...place, kind: 'note' };
      case 'remount':
      case 'cut':
        this.handles = new Set();
        return { ...place, kind: word };
      case 'during': {
        const body = this.parse(true);
        this.at += 1;
        this.handles = new Set();
        return { ...place, kind: 'during', body };
      }
      case 'race':
        return { ...place, kind: 'race', threads: this.race() };
      case 'expect':
        return { ...place, kind: 'expect', claim: parseClaim(where, rest) };
      default:
        return this.operation(place);
    }
  }

  /** Lines up to `end`, by the number of their task. */
  private race(): OpStatement[][] {
    const threads: OpStatement[][] = [];
    for (let line = this.lines[this.at]; line?.text !== 'end'; line = this.lines[this.at]) {
      const match = /^([1-3]): (.+)$/.exec(line?.text ?? '');
      const where = line?.where ?? this.lines.at(-1)?.where ?? '';
      const found = line?.text ?? 'a race that does not end';
      const statement = this.operation({ where, text: match?.[2] ?? found });
      if (match === null || statement.kind !== 'op') {
        throw new ConfigError({ where, found, allowed: '1: OPERATION, 2: OPERATION … end' });
      }
      const task = Number(match[1]) - 1;
      while (threads.length <= task) threads.push([]);
      threads[task]?.push(statement);
      this.at += 1;
    }
    this.at += 1;
    this.handles = new Set();
    return threads;
  }

  private operation(place: Line): Statement {
    const { where, text } = place;
    const [before = '', after] = text.split(' -> ');
    const outcomes = after === undefined ? [] : parseOutcomes(where, after.split(' '));
    const [name = '', ...words] = before.split(' ');
    if (isCall(name)) {
      const allowed = wrongWords(name, words.length);
      if (allowed === null) return { ...place, kind: 'call', name, words, outcomes };
      throw new ConfigError({ where, found: `${name} with ${words.length} words`, allowed });
    }
    if (!OP_FORMS.has(name) && name !== 'timeout') throw unknownOperation(where, name);
    const op = parseOpText(where, before);
    if (op.name === 'open') this.handles.add(op.file);
    for (const handle of [op.file, op.file2]) {
      if (handle === '' || this.handles.has(handle)) continue;
      const found = `${op.name} of "${handle}", which is not open`;
      throw new ConfigError({ where, found, allowed: [...this.handles].join(', ') });
    }
    return { ...place, kind: 'op', op, outcomes };
  }
}

/** `{4K+8K}` is 4 KiB times the round, and 8 KiB; `{}` the round itself. */
function withRound({ where, text }: Line, round: number): string {
  return text.replace(ROUND, (_, factor: string, unit: string, add: string | undefined) => {
    const step = parseNumber(where, `${factor === '' ? '1' : factor}${unit}`);
    return String(step * round + (add === undefined ? 0 : parseNumber(where, add)));
  });
}

function parseOutcomes(where: string, words: readonly string[]): Outcome[] {
  return alternatives(words).map((part) => {
    const [word = ''] = part;
    if (word === 'any') return { kind: 'any' };
    if (isRun(word)) return { kind: 'bytes', runs: parseRuns(where, part) };
    if (/^(E|SIG)[A-Z0-9]+$/.test(word)) return { kind: 'name', name: word };
    return { kind: 'number', value: parseNumber(where, word) };
  });
}

function unknownOperation(where: string, name: string): ConfigError {
  const others = ['expect', 'note', 'remount', 'cut', 'during', 'repeat'];
  const names = [...others, ...CALL_NAMES, ...OP_FORMS.keys()];
  return new ConfigError({
    where,
    found: `unknown statement "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
