/**
 * A place in the bytes of a line, and the numbers that may stand there. Formats of memory traces
 * are columns of numbers; a line is read by asking for them in order, without making a string.
 *
 *   0x0001ff00 R:12
 *   ^at        └ word, then decimal
 *
 * A number that is not there is NONE, and the caller gives the line up.
 */
import { NONE } from '../record.js';

const space = 32;
const lineFeed = 10;

/** Value of a hexadecimal digit by its byte, −1 of any other byte. */
const digitOf = new Int8Array(256).fill(-1);
for (let i = 0; i < 16; i += 1) {
  const digit = i.toString(16);
  digitOf[digit.charCodeAt(0)] = i;
  digitOf[digit.toUpperCase().charCodeAt(0)] = i;
}

export class TextScan {
  at = 0;
  /** What `hex64` read, as signed halves. */
  low = 0;
  high = 0;
  bytes: Uint8Array = new Uint8Array(0);

  /** Goes to bytes[at]. */
  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes;
    this.at = at;
  }

  /** The byte here; the line's end is one, so there always is a byte. */
  peek(): number {
    return this.bytes[this.at] as number;
  }

  /** Passes blanks (not the line's end). */
  blanks(): void {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at] as number;
    while (byte <= space && byte !== lineFeed) {
      at += 1;
      byte = bytes[at] as number;
    }
    this.at = at;
  }

  /** Passes `byte`; false if it is not here. */
  pass(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** Passes `0x`, if it is here. */
  prefix(): void {
    if (this.bytes[this.at] === 48 && ((this.bytes[this.at + 1] as number) | 32) === 120) {
      this.at += 2;
    }
  }

  /** Hexadecimal number below 2^53, with or without `0x`; NONE if there is none. */
  hex(): number {
    this.prefix();
    const { bytes } = this;
    const from = this.at;
    let at = from;
    let value = 0;
    for (;;) {
      const digit = digitOf[bytes[at] as number] as number;
      if (digit < 0) break;
      value = value * 16 + digit;
      at += 1;
    }
    this.at = at;
    return at === from || value > Number.MAX_SAFE_INTEGER ? NONE : value;
  }

  /** Hexadecimal number of up to 16 digits into `low` and `high`; how many digits it has. */
  hex64(): number {
    this.prefix();
    const from = this.at;
    this.low = 0;
    this.high = 0;
    for (;;) {
      const digit = digitOf[this.bytes[this.at] as number] as number;
      if (digit < 0) return this.at - from;
      this.high = (this.high << 4) | (this.low >>> 28);
      this.low = (this.low << 4) | digit;
      this.at += 1;
    }
  }

  /** Decimal number below 2^53; NONE if there is none. */
  decimal(): number {
    const { bytes } = this;
    const from = this.at;
    let at = from;
    let value = 0;
    let byte = bytes[at] as number;
    while (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      at += 1;
      byte = bytes[at] as number;
    }
    this.at = at;
    return at === from || value > Number.MAX_SAFE_INTEGER ? NONE : value;
  }

  /** Seconds and microseconds as `SEC.USEC`, in nanoseconds; NONE if there are none. */
  seconds(): number {
    const seconds = this.decimal();
    if (seconds < 0 || !this.pass(46)) return NONE;
    const from = this.at;
    const fraction = this.decimal();
    const digits = this.at - from;
    if (fraction < 0 || digits > 9) return NONE;
    return seconds * 1e9 + fraction * (powersOfTen[9 - digits] as number);
  }

  /** Goes behind the word that is here; false if there is none. */
  word(): boolean {
    const from = this.at;
    while ((this.bytes[this.at] as number) > space) this.at += 1;
    return this.at > from;
  }

  /** Whether bytes[from … at) are `text` (ASCII). */
  is(from: number, text: string): boolean {
    if (this.at - from !== text.length) return false;
    for (let i = 0; i < text.length; i += 1) {
      if (this.bytes[from + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }
}

const powersOfTen = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
