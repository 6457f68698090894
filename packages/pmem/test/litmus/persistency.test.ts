/**
 * Persistency litmus: what power loss may leave of a program on x86, by axioms, equals what every
 * schedule on the untimed memory leaves.
 *
 * All 74 programs of the fixture can be written with the instructions of `program.ts`; none is left
 * out. The long form runs all programs of four instructions and longer drawn ones.
 */
import { Prng } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import { LineOp, type LineRequest } from '../../src/memory.js';
import { differences, disagreements, holdAll } from './agreement.js';
import { allowedOutcomes } from './axioms.js';
import { canonicalPrograms, drawPrograms } from './canonical.js';
import { reachedOutcomes } from './machine.js';
import { readNamedTests } from './named.js';

const named = readNamedTests();

describe('named programs', () => {
  test('there are 74', () => {
    expect(named).toHaveLength(74);
  });

  test.each(named)('$id: axioms and memory give what is written', (written) => {
    const { program, domain, expected } = written;
    expect(differences(expected, allowedOutcomes(program, domain))).toEqual([]);
    expect(differences(expected, reachedOutcomes(program, { domain, evicting: true }))).toEqual([]);
    expect(disagreements(program, domain)).toEqual([]);
  });
});

describe('all programs', () => {
  test.each([
    [1, 8],
    [2, 183],
    [3, 4096],
  ])('of %i instructions leave what the axioms allow: %i', (length, count) => {
    expect(holdAll(canonicalPrograms(length))).toEqual({ held: count, found: [] });
  });

  test('drawn with up to four instructions on each of two cores leave it, too', () => {
    expect(holdAll(drawPrograms(new Prng(1), 15, 4))).toEqual({ held: 15, found: [] });
  });
});

describe('what makes the agreement fail', () => {
  const isFence = (op: number) => op === LineOp.Sfence || op === LineOp.Mfence;
  const defects: readonly (readonly [string, (request: LineRequest) => void])[] = [
    [
      'a fence that completes nothing',
      (request) => {
        if (isFence(request.op)) request.op = LineOp.Load;
      },
    ],
    [
      'a fence that completes what another core sent',
      (request) => {
        if (request.source < 2) request.source = 0;
      },
    ],
    [
      'a clwb that is lost',
      (request) => {
        if (request.op === LineOp.Clwb) request.op = LineOp.Load;
      },
    ],
    [
      'an ntstore that stays in the cache',
      (request) => {
        if (request.op === LineOp.NtStore) request.op = LineOp.Store;
      },
    ],
    [
      'an atomic that waits for nothing',
      (request) => {
        if (request.op === LineOp.Atomic) request.op = LineOp.Store;
      },
    ],
    [
      'a store that passes the caches',
      (request) => {
        if (request.op === LineOp.Store) request.op = LineOp.NtStore;
      },
    ],
  ];

  test.each(defects)('%s', (_name, meddle) => {
    const isFound =
      named.some(({ program, domain }) => disagreements(program, domain, meddle).length > 0) ||
      holdAll(canonicalPrograms(3), meddle).found.length > 0;
    expect(isFound).toBe(true);
  });
});
