/**
 * All programs over a small instruction set, up to symmetry.
 *
 *   words 0 and 1 share line 0, words 2 and 3 line 1
 *   per word    store, ntstore, xchg, gate (a load: if it finds 0, the core stops)
 *   per line    clflush, clwb (in every second program clflushopt)
 *   sfence, mfence                                                   22 kinds in all
 *
 * Every write has a value of its own, so an outcome tells which write of a word it shows. Swapped
 * lines, swapped words of a line and, if both programs are equally long, swapped cores make the
 * same program; the first in order stands for all.
 */
import type { Prng } from '@daxsim/sim';
import type { Instruction, Op, Program } from './program.js';

const WORD_OPS = ['store', 'ntstore', 'xchg', 'load'] as const;
const LINE_KINDS = 16;
const SFENCE_KIND = 20;
const MFENCE_KIND = 21;
const KINDS = 22;
const LINE_OF = [0, 0, 1, 1];

/** What happens to words 0 … 3 under each swap of lines and of words within lines. */
const SYMMETRIES = [
  [0, 1, 2, 3],
  [1, 0, 2, 3],
  [0, 1, 3, 2],
  [1, 0, 3, 2],
  [2, 3, 0, 1],
  [3, 2, 0, 1],
  [2, 3, 1, 0],
  [3, 2, 1, 0],
];

function imageOfKind(kind: number, words: readonly number[]): number {
  if (kind < LINE_KINDS) return (kind & ~3) | words[kind & 3];
  if (kind >= SFENCE_KIND) return kind;
  return (kind & ~1) | LINE_OF[words[(kind & 1) * 2]];
}

const IMAGES = SYMMETRIES.map((words) =>
  Array.from({ length: KINDS }, (_unused, kind) => imageOfKind(kind, words)),
);

function numberOf(kinds: readonly number[], image: readonly number[], from: number): number {
  let number = 0;
  for (let i = 0; i < kinds.length; i += 1) {
    number = number * KINDS + image[kinds[(i + from) % kinds.length]];
  }
  return number;
}

function isFirstOfItsKind(number: number, kinds: readonly number[], split: number): boolean {
  const mayTurn = split * 2 === kinds.length;
  return IMAGES.every(
    (image) =>
      numberOf(kinds, image, 0) >= number && (!mayTurn || numberOf(kinds, image, split) >= number),
  );
}

function opOfKind(kind: number, number: number): Op {
  if (kind < LINE_KINDS) return WORD_OPS[kind >> 2];
  if (kind === SFENCE_KIND) return 'sfence';
  if (kind === MFENCE_KIND) return 'mfence';
  if (kind < LINE_KINDS + 2) return 'clflush';
  return number % 2 === 0 ? 'clwb' : 'clflushopt';
}

/** The program that runs the first `split` kinds on core 0 and the others on core 1. */
function programOf(kinds: readonly number[], split: number, number: number): Program {
  const cores: Instruction[][] = split < kinds.length ? [[], []] : [[]];
  const gates: number[][] = [[], []];
  const texts: string[][] = cores.map(() => []);
  kinds.forEach((kind, i) => {
    const core = i < split ? 0 : 1;
    const op = opOfKind(kind, number);
    const isFence = kind >= SFENCE_KIND;
    const word = isFence ? -1 : kind < LINE_KINDS ? kind & 3 : (kind & 1) * 2;
    const conditions = gates[core].map((register) => ({ register, value: 0, isEqual: false }));
    if (op === 'load') gates[core].push(i);
    const register = op === 'load' ? i : -1;
    cores[core].push({ op, word, value: i + 1, expected: 0, register, step: i, conditions });
    texts[core].push(isFence ? op : `${op} ${word}`);
  });
  return {
    text: texts.map((list) => list.join('; ')).join(' || '),
    lineOf: LINE_OF,
    cores,
  };
}

/** All programs of exactly `length` instructions on one core or two, one of each symmetry. */
export function* canonicalPrograms(length: number): Generator<Program> {
  let count = 1;
  for (let i = 0; i < length; i += 1) count *= KINDS;
  const kinds = new Array<number>(length).fill(0);
  for (let number = 0; number < count; number += 1) {
    let rest = number;
    for (let i = length - 1; i >= 0; i -= 1) {
      kinds[i] = rest % KINDS;
      rest = Math.floor(rest / KINDS);
    }
    for (let split = length; split * 2 >= length; split -= 1) {
      if (isFirstOfItsKind(number, kinds, split)) yield programOf(kinds, split, number);
    }
  }
}

/** Of the programs of `canonicalPrograms`, those whose index leaves `rest` when divided. */
export function* everyNth(length: number, divisor: number, rest: number): Generator<Program> {
  let index = 0;
  for (const program of canonicalPrograms(length)) {
    if (index % divisor === rest) yield program;
    index += 1;
  }
}

/** Programs of two cores with 2 to `perCoreMax` instructions each. */
export function* drawPrograms(prng: Prng, count: number, perCoreMax: number): Generator<Program> {
  for (let i = 0; i < count; i += 1) {
    const split = 2 + prng.below(perCoreMax - 1);
    const length = split + 2 + prng.below(perCoreMax - 1);
    const kinds = Array.from({ length }, () => prng.below(KINDS));
    yield programOf(kinds, split, prng.below(2));
  }
}
