/**
 * A movdir64b beside other instructions: what power loss may leave, by axioms, equals what the
 * memory leaves, and no state shows half of it.
 */
import { expect, test } from '@jest/globals';
import { LineOp } from '../../src/memory.js';
import { disagreements, holdAll } from './agreement.js';
import { allowedOutcomes } from './axioms.js';
import type { Instruction, Op, Program } from './program.js';

const LINE_OF = [0, 0, 1, 1];
/** An instruction and its word. */
const KINDS: readonly (readonly [Op, number])[] = [
  ['movdir64b', 0],
  ['movdir64b', 2],
  ['store', 0],
  ['store', 1],
  ['store', 2],
  ['ntstore', 1],
  ['xchg', 0],
  ['clwb', 0],
  ['clflush', 0],
  ['sfence', -1],
];

/** The kinds of `numbers`, the first `split` of them on core 0. */
function programOf(numbers: readonly number[], split: number): Program {
  const cores: Instruction[][] = split < numbers.length ? [[], []] : [[]];
  numbers.forEach((number, step) => {
    const [op, word] = KINDS[number];
    const at = { op, word, value: step + 1, expected: 0, register: -1, step, conditions: [] };
    cores[step < split ? 0 : 1].push(at);
  });
  const text = cores.map((list) => list.map(({ op, word }) => `${op} ${word}`).join('; '));
  return { text: text.join(' || '), lineOf: LINE_OF, cores };
}

/** All lists of `length` kinds. */
function lists(length: number): number[][] {
  if (length === 0) return [[]];
  return lists(length - 1).flatMap((list) => KINDS.map((_kind, number) => [...list, number]));
}

/** All programs of `length` instructions with a movdir64b of line 0 among them. */
function* programs(length: number): Generator<Program> {
  for (const numbers of lists(length)) {
    if (!numbers.includes(0)) continue;
    for (let split = length; split * 2 >= length; split -= 1) yield programOf(numbers, split);
  }
}

test.each([
  [1, 1],
  [2, 38],
  [3, 542],
])('programs of %i instructions with a movdir64b leave what the axioms allow', (length, count) => {
  expect(holdAll(programs(length))).toEqual({ held: count, found: [] });
});

test('no state shows half of a movdir64b that nobody writes over', () => {
  for (const domain of ['adr', 'eadr'] as const) {
    const { anyTime } = allowedOutcomes(programOf([0, 1, 9, 7], 4), domain);
    for (const state of anyTime) {
      const words = state.split(',');
      expect([words[0], words[2]]).toEqual([words[1], words[3]]);
    }
  }
});

test('an ntstore in its place is found out', () => {
  const torn = disagreements(programOf([0], 1), 'adr', (request) => {
    if (request.op === LineOp.DirectStore) request.op = LineOp.NtStore;
  });
  expect(torn.join()).toMatch(/not allowed: .*0/);
});
