/**
 * Makes a failing list smaller: drops what is not needed for the failure, then simplifies what is.
 *
 *      a b c d e f g h    drop halves, quarters, … single elements, as long as it still fails;
 *      · b · · · f · ·    then try smaller values of each element; repeat until nothing helps
 *
 * The idea is Zeller's delta debugging. It knows nothing of what the elements are: operations of a
 * workload, tasks, or choices. `fails` must answer the same for the same list each time.
 */

export interface ShrinkOptions<T> {
  /** Simpler values to try in place of an element, most radical first; default none. */
  readonly simpler?: (element: T) => readonly T[];
  /** Give up improving after so many calls of `fails`; default 10 000. */
  readonly maxTries?: number;
}

export interface Shrunk<T> {
  readonly list: readonly T[];
  /** Calls of `fails`. */
  readonly tries: number;
  /** False when `maxTries` ended it; then the list may not be minimal. */
  readonly isMinimal: boolean;
}

/**
 * A list, made of elements of `list` or simpler ones in the same order, for which `fails` still
 * answers true, and from which no single element can be dropped. `list` itself must fail.
 */
export function shrinkList<T>(
  list: readonly T[],
  fails: (candidate: readonly T[]) => boolean,
  options: ShrinkOptions<T> = {},
): Shrunk<T> {
  const budget = new Budget(fails, options.maxTries ?? 10000);
  let best = list;
  for (let improved = true; improved;) {
    const shorter = dropParts(best, budget);
    const simpler = options.simpler ? simplify(shorter, options.simpler, budget) : shorter;
    improved = simpler !== best && simpler !== shorter;
    best = simpler;
  }
  return { list: best, tries: budget.tries, isMinimal: !budget.isSpent };
}

/**
 * Shrinks a choice list, for which `fails` replays leniently (an absent choice is 0): trailing
 * zeros go for nothing, choices become 0 (the undisturbed one) or else smaller, and others are
 * dropped.
 */
export function shrinkChoices(
  choices: readonly number[],
  fails: (candidate: readonly number[]) => boolean,
  maxTries = 10000,
): Shrunk<number> {
  const simpler = (choice: number): number[] => {
    const smaller = [0, choice >> 1, choice - 1].filter((value) => value >= 0 && value < choice);
    return [...new Set(smaller)];
  };
  const shrunk = shrinkList(withoutTail(choices), fails, { simpler, maxTries });
  return { ...shrunk, list: withoutTail(shrunk.list) };
}

/** Counts calls, and answers false without calling when there were enough. */
class Budget<T> {
  tries = 0;
  isSpent = false;

  constructor(
    private readonly predicate: (candidate: readonly T[]) => boolean,
    private readonly maxTries: number,
  ) {}

  fails(candidate: readonly T[]): boolean {
    if (this.tries >= this.maxTries) {
      this.isSpent = true;
      return false;
    }
    this.tries += 1;
    return this.predicate(candidate);
  }
}

function dropParts<T>(list: readonly T[], budget: Budget<T>): readonly T[] {
  let best = list;
  let size = Math.ceil(best.length / 2);
  while (best.length > 0) {
    const before = best;
    for (let from = best.length - size; from > -size && best.length > 0; from -= size) {
      const candidate = [...best.slice(0, Math.max(0, from)), ...best.slice(from + size)];
      if (budget.fails(candidate)) best = candidate;
    }
    // Dropping one may make another one superfluous, so single elements are tried until none goes.
    if (size > 1) size = Math.ceil(size / 2);
    else if (best === before) return best;
  }
  return best;
}

function simplify<T>(
  list: readonly T[],
  simpler: (element: T) => readonly T[],
  budget: Budget<T>,
): readonly T[] {
  let best = list;
  for (let at = 0; at < best.length; at += 1) {
    for (const element of simpler(best[at])) {
      const candidate = [...best];
      candidate[at] = element;
      if (!budget.fails(candidate)) continue;
      best = candidate;
      break;
    }
  }
  return best;
}

function withoutTail(choices: readonly number[]): readonly number[] {
  let length = choices.length;
  while (length > 0 && choices[length - 1] === 0) length -= 1;
  return choices.slice(0, length);
}
