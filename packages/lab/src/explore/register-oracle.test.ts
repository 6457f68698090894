/** What a read may see while writes race with it. Write 1 writes "A", write 2 writes "B". */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { StateSpace } from '@daxsim/sim';
import { RegisterOracle } from './register-oracle.js';

const A = 65;
const B = 66;
let space: StateSpace;
let oracle: RegisterOracle;

beforeEach(() => {
  space = new StateSpace();
  space.startHashing();
  oracle = new RegisterOracle(space, [[0, 8, 16]], [0, A, B], 2);
});

const write = (number: number, from = 0, to = 8): void => {
  oracle.writeBegins(number, 0, from, to);
  oracle.writeEnds(number, 0, from, to, true);
};
const sees = (byte: number, offset = 0): boolean => oracle.judge(0, 0, offset, byte) === null;

describe('a read', () => {
  test('after a write sees its bytes and not the zeros before', () => {
    write(1);
    oracle.readBegins(0, 0, 0, 16);
    expect([sees(A), sees(0), sees(0, 8), sees(A, 8)]).toEqual([true, false, true, false]);
  });

  test('that a write overlaps sees either', () => {
    oracle.writeBegins(1, 0, 0, 8);
    oracle.readBegins(0, 0, 0, 8);
    oracle.writeEnds(1, 0, 0, 8, true);
    expect([sees(0), sees(A), sees(B)]).toEqual([true, true, false]);
  });

  test('during which a write begins may see it', () => {
    oracle.readBegins(0, 0, 0, 8);
    oracle.writeBegins(2, 0, 0, 8);
    expect([sees(0), sees(B)]).toEqual([true, true]);
  });

  test('after two writes that overlapped sees either, and not what was before both', () => {
    oracle.writeBegins(1, 0, 0, 8);
    oracle.writeBegins(2, 0, 0, 8);
    oracle.writeEnds(1, 0, 0, 8, true);
    oracle.writeEnds(2, 0, 0, 8, true);
    oracle.readBegins(0, 0, 0, 8);
    expect([sees(A), sees(B), sees(0)]).toEqual([true, true, false]);
  });

  test('after one write followed another sees only the second', () => {
    write(1);
    write(2);
    oracle.readBegins(0, 0, 0, 8);
    expect([sees(A), sees(B)]).toEqual([false, true]);
  });

  test('after a failed write may see its bytes or those before', () => {
    oracle.writeBegins(1, 0, 0, 8);
    oracle.writeEnds(1, 0, 0, 8, false);
    oracle.readBegins(0, 0, 0, 8);
    expect([sees(0), sees(A)]).toEqual([true, true]);
  });
});

test('the verdict of an oracle that was rewound is that of its mark', () => {
  const mark = space.mark();
  const hash = space.hash();
  write(1);
  expect(space.hash()).not.toBe(hash);
  space.rewind(mark);
  expect(space.hash()).toBe(hash);
  oracle.readBegins(0, 0, 0, 8);
  expect([sees(0), sees(A)]).toEqual([true, false]);
});
