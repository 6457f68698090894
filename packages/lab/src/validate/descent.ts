/**
 * Coordinate descent within bounds: one number after the other is moved by its step, up and down,
 * and stays where the error is least; when none moves, all steps are halved.
 *
 *   round 1: a ± 10 %   b ± 10 %   …        round 2: the same, or ± 5 % if nothing moved
 *
 * The error is a function of the values alone, so the way down is the same on every run. What it
 * finds is a valley, not the deepest one.
 */
import type { Changes, FittedNumber } from './variants.js';

export interface Descent {
  readonly changes: Changes;
  readonly error: number;
}

const FIRST_STEP = 0.1;

/** `onMove` hears of every step that made the error less. */
export function descend(
  numbers: readonly FittedNumber[],
  rounds: number,
  errorOf: (changes: Changes) => number,
  onMove: (path: string, value: number, error: number) => void = () => undefined,
): Descent {
  let changes: Changes = Object.fromEntries(numbers.map(({ path, value }) => [path, value]));
  let error = errorOf(changes);
  let step = FIRST_STEP;
  for (let round = 0; round < rounds; round += 1) {
    let hasMoved = false;
    for (const number of numbers) {
      for (const factor of [1 + step, 1 - step]) {
        const value = within(number, Number(changes[number.path]) * factor);
        if (value === changes[number.path]) continue;
        const tried = { ...changes, [number.path]: value };
        const triedError = errorOf(tried);
        if (triedError >= error) continue;
        changes = tried;
        error = triedError;
        hasMoved = true;
        onMove(number.path, value, error);
        break;
      }
    }
    if (!hasMoved) step /= 2;
  }
  return { changes, error };
}

/** Three digits are enough; counts are whole. */
function within({ isWhole, bounds }: FittedNumber, value: number): number {
  const rounded = isWhole ? Math.round(value) : Number(value.toPrecision(3));
  return Math.min(bounds[1], Math.max(bounds[0], rounded));
}
