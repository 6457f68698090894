/**
 * Values of checks, and when two of them are equal.
 *
 *     bytes == fill(A)      all that was asked for, every byte A; no bytes equal any pattern
 *     count == ok           all that was asked for           count == short   fewer
 *     SIGBUS                either signal                    SIGBUS_POISON    that of a media error
 *
 * Values of different kinds are unequal. With a value that does not exist (a label that was never
 * bound, a slice past the end) no comparison holds, not even `!=`.
 */
import type { Comparison, Word } from './syntax.js';

export type Value =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly asked: number }
  | { readonly kind: 'count'; readonly value: number; readonly asked: number }
  | { readonly kind: 'errno'; readonly name: string }
  | { readonly kind: 'signal'; readonly isPoison: boolean; readonly offset: number | null }
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'pattern'; readonly bytes: readonly number[] }
  | { readonly kind: 'short'; readonly count: number | null };

export const NOTHING: Value = { kind: 'nothing' };
export const OK: Value = { kind: 'word', word: 'ok' };

export function truth(value: boolean): Value {
  return { kind: 'truth', value };
}

export function number(value: number): Value {
  return { kind: 'number', value };
}

/** Whether a comparison holds. */
export function compare(operator: Comparison, left: Value, right: Value): boolean {
  if (left.kind === 'nothing' || right.kind === 'nothing') return false;
  if (operator === '==') return areEqual(left, right);
  if (operator === '!=') return !areEqual(left, right);
  const a = numberIn(left);
  const b = numberIn(right);
  if (a === null || b === null) return false;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

/** The number of a number or a count, else null. */
export function numberIn(value: Value): number | null {
  return value.kind === 'number' || value.kind === 'count' ? value.value : null;
}

function areEqual(left: Value, right: Value): boolean {
  return isEqualTo(left, right) || isEqualTo(right, left);
}

function isEqualTo(found: Value, wanted: Value): boolean {
  switch (wanted.kind) {
    case 'pattern':
      return found.kind === 'bytes' && matches(found.bytes, found.asked, wanted.bytes);
    case 'short':
      return isShort(found, wanted.count);
    case 'word':
      return isWord(found, wanted.word);
    case 'errno':
      return found.kind === 'errno' && found.name === wanted.name;
    case 'signal':
      return found.kind === 'signal' && isSignal(found, wanted);
    case 'number':
    case 'count':
      return numberIn(found) === wanted.value;
    case 'bytes':
      return found.kind === 'bytes' && sameBytes(found.bytes, wanted.bytes);
    default:
      return false;
  }
}

function matches(bytes: Uint8Array, asked: number, allowed: readonly number[]): boolean {
  if (bytes.length === 0) return true;
  return bytes.length === asked && bytes.every((byte) => allowed.includes(byte));
}

function isShort(found: Value, count: number | null): boolean {
  if (found.kind !== 'bytes' && found.kind !== 'count') return false;
  const done = found.kind === 'bytes' ? found.bytes.length : found.value;
  return done < found.asked && (count === null || count === done);
}

function isWord(found: Value, word: Word): boolean {
  if (found.kind === 'word') return found.word === word;
  if (word !== 'ok') return false;
  return found.kind === 'bytes' || (found.kind === 'count' && found.value === found.asked);
}

function isSignal(
  found: Extract<Value, { kind: 'signal' }>,
  wanted: Extract<Value, { kind: 'signal' }>,
): boolean {
  if (wanted.isPoison && !found.isPoison) return false;
  return wanted.offset === null || wanted.offset === found.offset;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
