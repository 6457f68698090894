/**
 * A quarter of the long differential run, for `differential-N.long.test.ts`: 2,500 sequences of
 * each kind for each pair of file systems, from the seed of the long tests. A quarter is what a run
 * that was killed does again.
 */
import { expect, test } from '@jest/globals';
import { DifferentialRun, findingText } from './differential.js';
import { PAIRINGS, isPossible, nameOf } from './pairings.js';
import type { Pairing } from './differential.js';

const SEQUENCES = 2500;
const BATCH = 250;
const OPERATIONS = 100;
const TIMEOUT_MS = 3_600_000;

/** Defines the tests of quarter 0 … 3. The streams of the short form are other ones. */
export function testQuarter(quarter: number, seed: number): void {
  for (const pairing of PAIRINGS) {
    const when = isPossible(pairing) ? test : test.skip;
    const claim = `${SEQUENCES} sequences agree with the kernel of this machine`;
    when(nameOf(pairing, claim), () => runQuarter(pairing, quarter, seed), TIMEOUT_MS);
  }
}

function runQuarter(pairing: Pairing, quarter: number, seed: number): void {
  const run = new DifferentialRun(pairing, seed);
  try {
    for (let done = 0; done < SEQUENCES; done += BATCH) {
      const first = 1000 + quarter * SEQUENCES + done;
      for (const kind of ['files', 'people'] as const) {
        const findings = run.findings(first, BATCH, OPERATIONS, 3, kind);
        expect(findings.map(findingText)).toEqual([]);
      }
    }
  } finally {
    run.close();
  }
}
