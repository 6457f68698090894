/**
 * The three kinds of failure, never mixed.
 *
 *   simulated result   errno, SIGBUS: plain data, returned, never thrown; not in this file
 *   user error         ConfigError, TraceError, UsageError: where, found, allowed, nearest; exit 2
 *   our own error      InvariantError through `assert`; exit 70
 *
 * A user error carries its parts apart, so that the terminal and JSON can show them differently.
 */

/** The parts of a message to somebody whose input cannot be used. */
export interface UserErrorParts {
  /** Where it was found: `file`, `file:line`, `file:line:column` or an option's name. */
  readonly where: string;
  /** What was found there, as a clause: `unknown machine "optnae"`. */
  readonly found: string;
  /** What would have been accepted, as a phrase: `one of a, b, c`; empty when obvious. */
  readonly allowed?: string;
  /** The nearest valid name, when there is one close enough to suggest. */
  readonly nearest?: string | undefined;
  /** The source line with a caret below it, when the input is a text file. */
  readonly excerpt?: string | undefined;
}

/** Somebody's input is wrong. Exit status 2; never a stack trace. */
export class UserError extends Error {
  readonly parts: UserErrorParts;
  constructor(parts: UserErrorParts) {
    super(formatUserError(parts));
    this.name = 'UserError';
    this.parts = parts;
  }
}

/** A configuration, scenario or option value is wrong. */
export class ConfigError extends UserError {
  constructor(parts: UserErrorParts) {
    super(parts);
    this.name = 'ConfigError';
  }
}

/** A trace or saved container cannot be read. */
export class TraceError extends UserError {
  constructor(parts: UserErrorParts) {
    super(parts);
    this.name = 'TraceError';
  }
}

/** One of our own invariants does not hold: a bug in the simulator. Exit status 70. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/** Something goes round and round, or grows without end: stopped before it takes the machine. */
export class RunawayError extends InvariantError {
  constructor(message: string) {
    super(message);
    this.name = 'RunawayError';
  }
}

/** Throws an `InvariantError` unless `condition` holds. Keep `message` a constant in hot code. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Renders the parts as the lines a terminal shows (without colour). */
export function formatUserError(parts: UserErrorParts): string {
  let text = `${parts.where}: ${parts.found}`;
  if (parts.allowed !== undefined && parts.allowed !== '') text += `; allowed: ${parts.allowed}`;
  if (parts.nearest !== undefined) text += `; did you mean "${parts.nearest}"?`;
  if (parts.excerpt !== undefined) text += `\n${parts.excerpt}`;
  return text;
}

/**
 * The valid name closest to `name`, or undefined when none is within a third of its length
 * (at least two edits), so that nonsense is not answered with a guess.
 */
export function nearestName(name: string, valid: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of valid) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance with neighbouring transpositions counted as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
