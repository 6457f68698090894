/**
 * What a line of results says, and how two of them compare.
 *
 *     ret errno [key=value …]         h bytes read   f size:links   b sectors   x extents
 *                                     s data and holes   c content   m stat   l names   t target
 *
 * The kernel's side prints all it can; ours leaves out what is not to be compared, so a key that
 * only the kernel's line has says nothing.
 */

/** One operation in words, as `execute.c` reads it. */
export type Operation = string;

/** Line of ours for what is not to be compared. */
export const ANYTHING = '*';

/** Where two runs of a sequence part. */
export interface Difference {
  /** Number of the operation in its sequence, from 0. */
  readonly at: number;
  readonly operation: Operation;
  readonly field: string;
  readonly kernel: string;
  readonly ours: string;
}

function fieldsOf(line: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [index, word] of line.split(' ').entries()) {
    const at = word.indexOf('=');
    if (at > 0) fields.set(word.slice(0, at), word.slice(at + 1));
    else fields.set(['ret', 'errno'][index] ?? word, word);
  }
  return fields;
}

/** Runs of blocks without their states: `3+2;5+1u;9+1;` becomes `3+3;9+1;`. */
export function withoutStates(runs: string): string {
  let text = '';
  let start = 0;
  let end = 0;
  for (const run of runs.split(';').filter((one) => one !== '')) {
    const [first = 0, length = 0] = run.replace('u', '').split('+').map(Number);
    if (first !== end || text === '') start = first;
    else text = text.slice(0, text.lastIndexOf(';', text.length - 2) + 1);
    end = first + length;
    text += `${start}+${end - start};`;
  }
  return text;
}

/** The first difference of two runs of the same operations, or null. */
export function firstDifference(
  operations: readonly Operation[],
  kernel: readonly string[],
  ours: readonly string[],
  hasStates = true,
): Difference | null {
  for (const [at, operation] of operations.entries()) {
    if (ours[at] === ANYTHING) continue;
    const theirs = fieldsOf(kernel[at] ?? '(nothing)');
    for (const [field, value] of fieldsOf(ours[at] ?? '(nothing)')) {
      let found = theirs.get(field) ?? '(nothing)';
      if (field === 'x' && !hasStates) found = withoutStates(found);
      if (found !== value) return { at, operation, field, kernel: found, ours: value };
    }
  }
  return null;
}

/** A difference in one line. */
export function differenceText({ at, operation, field, kernel, ours }: Difference): string {
  return `${at}: ${operation}: ${field} is ${kernel} in the kernel, ${ours} here`;
}
