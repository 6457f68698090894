/**
 * Ours against this machine's kernel: sequences of 100 operations for each pair of file systems,
 * and a planted mistake that must be found. Needs the superuser, loop devices, cc and mkfs; without
 * them the names of the tests say what is missing. DIFFERENTIAL_SEQUENCES says how many sequences:
 * `.ci/run` asks for 300, a plain run makes fewer.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ExtentState } from '@daxsim/daxfs';
import type { World } from '@daxsim/daxfs';
import { DifferentialRun, findingText } from './differential.js';
import { PAIRINGS, isPossible, nameOf } from './pairings.js';

const SEED = 1;
const SEQUENCES = Number(process.env['DIFFERENTIAL_SEQUENCES'] ?? 12);
const OPERATIONS = 100;
/** Far more than it takes, for machines that do other things as well. */
const TIMEOUT_MS = 1_200_000;

describe.each(PAIRINGS)('the kernel of this machine', (pairing) => {
  const when = isPossible(pairing) ? test : test.skip;
  let run: DifferentialRun | null = null;

  beforeAll(() => {
    if (isPossible(pairing)) run = new DifferentialRun(pairing, SEED);
  }, TIMEOUT_MS);

  afterAll(() => {
    run?.close();
  });

  when(
    nameOf(pairing, 'users, owners, stamps and extended attributes agree'),
    () => {
      const findings = run?.findings(0, SEQUENCES, OPERATIONS, 3, 'people');
      expect(findings?.map(findingText)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  when(
    nameOf(pairing, 'answers, sizes, bytes, holes and extents agree'),
    () => {
      const findings = run?.findings(0, SEQUENCES, OPERATIONS);
      expect(findings?.map(findingText)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** Converting the rear of an unwritten extent takes one block more, when there is one. */
function convertOneMore({ volume }: World): void {
  const { extents } = volume;
  const convert = extents.convert.bind(extents);
  extents.convert = (inode, start, length) => {
    const isRear = start > 0 && extents.lookup(inode, start - 1) === ExtentState.Unwritten;
    extents.lookup(inode, start);
    const isInside = isRear && extents.length > length;
    return convert(inode, start, isInside ? length + 1 : length);
  };
}

describe('a planted mistake in the extent map', () => {
  const [pairing] = PAIRINGS;
  const when = pairing !== undefined && isPossible(pairing) ? test : test.skip;

  when(
    'is found, and shrunk to six operations at most',
    () => {
      if (pairing === undefined) return;
      const run = new DifferentialRun(pairing, SEED, convertOneMore);
      const [finding] = run.findings(0, 40, OPERATIONS, 1);
      run.close();
      expect(finding).toBeDefined();
      expect(finding?.operations.length).toBeLessThanOrEqual(6);
    },
    TIMEOUT_MS,
  );
});
