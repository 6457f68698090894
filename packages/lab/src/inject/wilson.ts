/**
 * Wilson's interval for a share: 95 % of such intervals hold the true one. Unlike the usual one it
 * stays within 0 … 1 and says something when none or all of the cases counted (Wilson, JASA 22,
 * 1927). Only sums, products, quotients and one square root, which are the same on every machine.
 */
const Z = 1.959964;

/** A share with its interval, rounded to 6 decimals. */
export interface Share {
  readonly count: number;
  readonly share: number;
  readonly interval: readonly [low: number, high: number];
}

/** The share of `count` in `total` cases. Of no cases nothing is known: 0 within 0 … 1. */
export function shareOf(count: number, total: number): Share {
  if (total === 0) return { count, share: 0, interval: [0, 1] };
  const share = count / total;
  const z2 = Z * Z;
  const middle = share + z2 / (2 * total);
  const spread = Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  const low = count === 0 ? 0 : (middle - spread) / scale;
  const high = count === total ? 1 : (middle + spread) / scale;
  return { count, share: rounded(share), interval: [rounded(low), rounded(high)] };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
