/**
 * A count that outgrows every number: so many states that only their order of magnitude is of
 * interest. Exact below 2^53, to some 15 digits above. Only products and quotients with powers of
 * ten that are exact, so it is the same on every machine.
 */
const BLOCK_DIGITS = 100;
const TEN_TO_BLOCK = 1e100;

/** A count in two numbers, for answers that travel. */
export type CountParts = readonly [mantissa: number, blocks: number];

export class LargeCount {
  private mantissa = 0;
  /** Powers of 10^100. */
  private blocks = 0;

  static of([mantissa, blocks]: CountParts): LargeCount {
    const count = new LargeCount();
    count.mantissa = mantissa;
    count.blocks = blocks;
    return count;
  }

  parts(): CountParts {
    return [this.mantissa, this.blocks];
  }

  add(count: number): void {
    const other = new LargeCount();
    other.mantissa = count;
    this.addAll(other);
  }

  addAll(other: LargeCount): void {
    if (other.blocks > this.blocks + 1 || this.mantissa === 0) {
      this.mantissa = other.mantissa;
      this.blocks = other.blocks;
      return;
    }
    if (other.blocks > this.blocks) {
      this.mantissa = this.mantissa / TEN_TO_BLOCK + other.mantissa;
      this.blocks = other.blocks;
    } else if (other.blocks === this.blocks) {
      this.mantissa += other.mantissa;
    } else if (other.blocks === this.blocks - 1) {
      this.mantissa += other.mantissa / TEN_TO_BLOCK;
    }
    this.normalise();
  }

  multiply(by: number): void {
    this.mantissa *= by;
    this.normalise();
  }

  /** The count where a number holds it exactly, else text such as `4.5e+488`. */
  toJSON(): number | string {
    if (this.blocks === 0 && this.mantissa <= Number.MAX_SAFE_INTEGER) return this.mantissa;
    const [digits = '0', exponent = '0'] = this.mantissa.toExponential(1).split('e');
    return `${digits}e+${Number(exponent) + this.blocks * BLOCK_DIGITS}`;
  }

  private normalise(): void {
    while (this.mantissa >= TEN_TO_BLOCK) {
      this.mantissa /= TEN_TO_BLOCK;
      this.blocks += 1;
    }
  }
}
