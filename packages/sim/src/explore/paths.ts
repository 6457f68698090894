/** Numbers of ways, exact: plain numbers as long as those are. */
export type Paths = number | bigint;

export function plus(a: Paths, b: Paths): Paths {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return BigInt(a) + BigInt(b);
}
