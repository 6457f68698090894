/**
 * Reads what stands behind `expect`:
 *
 *     size A 64K | 0          blocks A 64K           links A 2          extents A 3
 *     bytes A OFF LEN 41x4K 00x4K | 41x8K            each A OFF LEN 41 00
 *     layout A written 4K hole 8K unwritten 4K | …   names D x y | x
 *     xattr A user.x 41x100 | none
 *     exists A B     absent A B     one A B     same A B     partner A B C
 *     stamp A mtime moved|kept      free
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { parseNumber } from '../conform/workload.js';
import { parseRuns, sizeText } from './byte-runs.js';
import type { ByteRun, Claim } from './scenario.js';

const KINDS = [
  'size',
  'blocks',
  'links',
  'bytes',
  'each',
  'xattr',
  'layout',
  'extents',
  'names',
  'exists',
  'absent',
  'one',
  'same',
  'partner',
  'stamp',
  'free',
];
const STATES = ['written', 'unwritten', 'delayed', 'shared', 'hole'];

/** Parses the words of a claim. Throws ConfigError. */
export function parseClaim(where: string, words: readonly string[]): Claim {
  const [kind = '', ...rest] = words;
  const [path = ''] = rest;
  const numbers = (): number[] => rest.slice(1).flatMap((word) => numberIn(where, word));
  if (!KINDS.includes(kind)) throw unknown(where, 'claim', kind, KINDS);
  if (rest.length === 0 && kind !== 'free') {
    throw new ConfigError({ where, found: `expect ${kind} of nothing`, allowed: 'a path' });
  }
  switch (kind) {
    case 'size':
      return { kind, path, sizes: numbers() };
    case 'blocks':
      return { kind, path, bytes: numbers() };
    case 'links':
    case 'extents':
      return { kind, path, counts: numbers() };
    case 'bytes':
    case 'each':
      return contentClaim(where, kind, rest);
    case 'xattr':
      return { kind, path, name: rest[1] ?? '', values: valuesOf(where, rest.slice(2)) };
    case 'layout':
      return {
        kind,
        path,
        layouts: alternatives(rest.slice(1)).map((part) => layout(where, part)),
      };
    case 'names':
      return { kind, path, lists: alternatives(rest.slice(1)).map(listText) };
    case 'exists':
    case 'absent':
    case 'one':
    case 'same':
    case 'partner':
      return { kind, paths: rest };
    case 'stamp':
      return stampClaim(where, rest);
    default:
      return { kind: 'free' };
  }
}

/** The parts between bars. */
export function alternatives(words: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === '|') parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

/** Names of a directory in order, as text. */
export function listText(names: readonly string[]): string {
  return [...names].sort((a, b) => (a < b ? -1 : 1)).join(' ');
}

function numberIn(where: string, word: string): number[] {
  return word === '|' ? [] : [parseNumber(where, word)];
}

function contentClaim(where: string, kind: 'bytes' | 'each', rest: readonly string[]): Claim {
  const [path = '', offsetWord = '', lengthWord = '', ...contents] = rest;
  const offset = parseNumber(where, offsetWord);
  const length = parseNumber(where, lengthWord);
  if (kind === 'each') {
    return {
      kind,
      path,
      offset,
      length,
      allowed: contents.map((word) => Number.parseInt(word, 16)),
    };
  }
  const parsed = alternatives(contents).map((part) => parseRuns(where, part));
  for (const runs of parsed) {
    const sum = runs.reduce((bytes, { count }) => bytes + count, 0);
    if (sum <= length) continue;
    throw new ConfigError({ where, found: `${sum} bytes of ${length}`, allowed: 'no more' });
  }
  return { kind, path, offset, length, contents: parsed };
}

function valuesOf(where: string, words: readonly string[]): (readonly ByteRun[] | null)[] {
  return alternatives(words).map((part) => (part[0] === 'none' ? null : parseRuns(where, part)));
}

function layout(where: string, words: readonly string[]): string {
  const runs: string[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const state = words[i] ?? '';
    if (!STATES.includes(state)) throw unknown(where, 'state of blocks', state, STATES);
    runs.push(`${state} ${sizeText(parseNumber(where, words[i + 1] ?? ''))}`);
  }
  return runs.join(' ');
}

function stampClaim(where: string, rest: readonly string[]): Claim {
  const [path = '', stamp = '', change = ''] = rest;
  if (stamp !== 'mtime' && stamp !== 'ctime') {
    throw unknown(where, 'stamp', stamp, ['mtime', 'ctime']);
  }
  if (change !== 'moved' && change !== 'kept') {
    throw unknown(where, 'change', change, ['moved', 'kept']);
  }
  return { kind: 'stamp', path, stamp, moved: change === 'moved' };
}

function unknown(
  where: string,
  what: string,
  found: string,
  valid: readonly string[],
): ConfigError {
  return new ConfigError({
    where,
    found: `unknown ${what} "${found}"`,
    allowed: `one of ${valid.join(', ')}`,
    nearest: nearestName(found, valid),
  });
}
