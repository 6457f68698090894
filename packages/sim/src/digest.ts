/**
 * A running digest of numbers, in order: two runs that did the same things have the same digest,
 * and checkpoints of two runs that did not can be bisected.
 *
 * Two 32-bit lanes with different multipliers, each number fed as its low and high word; 64 bits in
 * the end. It guards against mistakes, not against malice.
 */

// See space.ts: looking up a global costs much in the contexts in which tests run.
const { floor, imul } = Math;

/** Numbers in, 16 hexadecimal digits out. */
export class Digest {
  /** How many numbers were added. */
  count = 0;
  private low = 0x6a09e667 | 0;
  private high = 0xbb67ae85 | 0;

  /** Adds a whole number of less than 2^53 either way. -0 counts as 0, a fraction is cut off. */
  add(value: number): void {
    this.count += 1;
    this.mix(value | 0);
    this.mix(floor(value / 4294967296) | 0);
  }

  /** Adds a word that is known to be a 32-bit integer: half the price of `add`, another digest. */
  addWord(value: number): void {
    this.count += 1;
    this.mix(value | 0);
  }

  /** Adds a text by its UTF-16 units and its length. */
  addText(text: string): void {
    this.addWord(text.length);
    for (let i = 0; i < text.length; i += 1) this.mix(text.charCodeAt(i));
  }

  /** Adds bytes and their number. */
  addBytes(bytes: Uint8Array): void {
    this.addWord(bytes.length);
    for (let i = 0; i < bytes.length; i += 1) this.mix(bytes[i]);
  }

  /** The digest of all that was added so far, 16 hexadecimal digits. More may be added after. */
  hex(): string {
    const low = finish(this.low ^ this.count);
    const high = finish(this.high ^ imul(low, 0x9e3779b1));
    return word(high) + word(low);
  }

  /** The whole state, for `restore`. */
  save(): readonly number[] {
    return [this.count, this.low, this.high];
  }

  restore(saved: readonly number[]): void {
    [this.count, this.low, this.high] = saved as [number, number, number];
  }

  private mix(value: number): void {
    const low = imul(this.low ^ value, 0xcc9e2d51);
    this.low = ((low << 15) | (low >>> 17)) ^ this.high;
    const high = imul(this.high + value, 0x85ebca6b) | 0;
    this.high = (imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
  }
}

function finish(value: number): number {
  let h = value ^ (value >>> 16);
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
