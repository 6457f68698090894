/** Mixes a word and its place into 32 bits; sums of these do not depend on any order. */
export function mixWord(index: number, value: number, seed: number): number {
  let h = Math.imul((index | 0) ^ seed, 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 15) ^ ((index / 4294967296) | 0), 0x1b873593);
  h = Math.imul(h ^ value, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
