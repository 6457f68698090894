/**
 * Which pending stores survive power loss, as a list of cases to try.
 *
 *     metadata lines   log and tables: few; each may be lost, cut or kept        3 ^ lines, or
 *                      none, all, and all but one, with that one lost or cut
 *     data lines       each byte of a file depends on its own line only, so it is enough that every
 *                      line is lost, cut and kept in some case, next to lines that are not
 *
 * Each case of the one kind is tried with each of the other. The rest of the product is represented
 * by these, not executed.
 */
import type { PendingLine } from '@daxsim/pmem';

/** How many units of each line survive, by line; a line that is missing keeps nothing. */
export type Survivors = ReadonlyMap<number, number>;

const PRODUCT_LINES_MAX = 3;

/** All cases for what is pending; lines before `firstDataLine` are metadata. */
export function survivorCases(
  pending: readonly PendingLine[],
  firstDataLine: number,
): readonly Survivors[] {
  const metadata = casesOf(pending.filter(({ line }) => line < firstDataLine));
  const data = dataCases(pending.filter(({ line }) => line >= firstDataLine));
  return metadata.flatMap((one) => data.map((other) => new Map([...one, ...other])));
}

type Case = readonly (readonly [number, number])[];

function keep({ line, units }: PendingLine, share: number): readonly [number, number] {
  return [line, Math.floor(units * share)];
}

function casesOf(lines: readonly PendingLine[]): readonly Case[] {
  if (lines.length === 0) return [[]];
  if (lines.length <= PRODUCT_LINES_MAX) return productOf(lines);
  const cases: Case[] = [lines.map((one) => keep(one, 0)), lines.map((one) => keep(one, 1))];
  for (const weak of lines) {
    for (const share of weak.units > 1 ? [0, 0.5] : [0]) {
      cases.push(lines.map((one) => keep(one, one === weak ? share : 1)));
    }
    cases.push(lines.map((one) => keep(one, one === weak ? 1 : 0)));
  }
  return cases;
}

function productOf(lines: readonly PendingLine[]): readonly Case[] {
  let cases: Case[] = [[]];
  for (const one of lines) {
    const shares = one.units > 1 ? [0, 0.5, 1] : [0, 1];
    cases = cases.flatMap((before) => shares.map((share) => [...before, keep(one, share)]));
  }
  return cases;
}

function dataCases(lines: readonly PendingLine[]): readonly Case[] {
  if (lines.length <= 2) return productOf(lines);
  const by = (shareOf: (index: number) => number): Case =>
    lines.map((one, index) => keep(one, shareOf(index)));
  const half = lines.length / 2;
  return [
    by(() => 0),
    by(() => 1),
    by((index) => index % 2),
    by((index) => 1 - (index % 2)),
    by((index) => (index < half ? 1 : 0)),
    by((index) => (index < half ? 0 : 1)),
    by(() => 0.5),
  ];
}
