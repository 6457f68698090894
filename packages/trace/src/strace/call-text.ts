/**
 * One call as strace prints it, cut into arguments.
 *
 *   name ( arg , {a=1, b=[2, 3]} , "with \", ( escapes"... , 3</path, as -y adds> ) = 0 <0.000012>
 *          └ 0 ┘ └───── 1 ─────┘   └─────── 2 ────────┘      └────── 3 ─────────┘
 *
 * Commas count at depth zero only; strings, comments and descriptor annotations hide everything in
 * them. Half a call (before `<unfinished ...>`) is cut the same way as far as it goes. Arguments
 * are kept as places in the text and become values when somebody asks. Source: strace 6.1 output.
 */

const quote = 34;
const openRound = 40;
const closeRound = 41;
const comma = 44;
const slash = 47;
const less = 60;
const openSquare = 91;
const closeSquare = 93;
const openCurly = 123;
const closeCurly = 125;
const backslash = 92;
const space = 32;
const maxArguments = 16;

export class CallText {
  text = '';
  /** How many arguments there are. */
  count = 0;
  /** Index of the closing parenthesis, −1 if the call is only half there. */
  closeAt = -1;
  private readonly from = new Int32Array(maxArguments);
  private readonly to = new Int32Array(maxArguments);

  /** Cuts the arguments of `text` that begin behind the parenthesis at `from − 1`. */
  cut(text: string, from: number): void {
    this.text = text;
    this.count = 0;
    this.closeAt = -1;
    let start = from;
    let depth = 0;
    let at = from;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === quote) at = stringEnd(text, at);
      else if (code === openCurly || code === openSquare || code === openRound) depth += 1;
      else if (code === comma && depth === 0) {
        this.add(start, at);
        start = at + 1;
      } else if (code === closeCurly || code === closeSquare) depth -= 1;
      else if (code === closeRound) {
        if (depth === 0) break;
        depth -= 1;
      } else if (code === less) at = annotationEnd(text, at);
      else if (code === slash && text.charCodeAt(at + 1) === 42) at = commentEnd(text, at);
    }
    if (at < text.length) this.closeAt = at;
    this.add(start, Math.min(at, text.length));
  }

  private add(start: number, end: number): void {
    if (this.count === maxArguments) return;
    let from = start;
    let to = end;
    while (from < to && this.text.charCodeAt(from) === space) from += 1;
    while (to > from && this.text.charCodeAt(to - 1) === space) to -= 1;
    if (from === to) return;
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.count += 1;
  }

  /** Argument `index` as it is printed; empty if there is none. */
  raw(index: number): string {
    if (index >= this.count) return '';
    return this.text.slice(this.from[index], this.to[index]);
  }

  /** Whether argument `index` is a string. */
  isString(index: number): boolean {
    return index < this.count && this.text.charCodeAt(this.from[index] as number) === quote;
  }

  /** Argument `index` as a string, escapes resolved; undefined if it is not one. */
  string(index: number): string | undefined {
    if (!this.isString(index)) return undefined;
    const from = (this.from[index] as number) + 1;
    const to = stringEnd(this.text, from - 1);
    return unescape(this.text.slice(from, to));
  }

  /** Argument `index` as a number, decimal or hexadecimal; NaN if it is none. */
  number(index: number): number {
    if (index >= this.count) return NaN;
    return numberAt(this.text, this.from[index] as number);
  }

  /** Number in brackets (`[4096]`, `[0] => [4096]`): what a pointer argument pointed at. */
  pointed(index: number): number {
    if (index >= this.count) return NaN;
    const from = this.from[index] as number;
    return this.text.charCodeAt(from) === openSquare ? numberAt(this.text, from + 1) : NaN;
  }

  /** Path that `-y` prints behind a descriptor (`3</path>`); undefined if there is none. */
  annotation(index: number): string | undefined {
    if (index >= this.count) return undefined;
    const from = this.text.indexOf('<', this.from[index]);
    const to = this.to[index] as number;
    if (from < 0 || from >= to || this.text.charCodeAt(from + 1) !== slash) return undefined;
    return unescape(this.text.slice(from + 1, annotationEnd(this.text, from)));
  }

  /** Number behind `key=` inside argument `index`; NaN if it is not there. */
  field(index: number, key: string): number {
    if (index >= this.count) return NaN;
    const at = this.text.indexOf(`${key}=`, this.from[index]);
    if (at < 0 || at >= (this.to[index] as number)) return NaN;
    return numberAt(this.text, at + key.length + 1);
  }

  /** Sum of the numbers behind every `key=` inside argument `index`. */
  fieldSum(index: number, key: string): number {
    if (index >= this.count) return 0;
    const to = this.to[index] as number;
    let sum = 0;
    let at = this.text.indexOf(`${key}=`, this.from[index]);
    while (at >= 0 && at < to) {
      const value = numberAt(this.text, at + key.length + 1);
      if (value === value) sum += value;
      at = this.text.indexOf(`${key}=`, at + 1);
    }
    return sum;
  }
}

/** Index of the quote that closes the string whose opening quote is at `at`. */
function stringEnd(text: string, at: number): number {
  let i = at + 1;
  for (; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash) i += 1;
  }
  return text.length;
}

/** Index of the `>` that ends a descriptor's annotation begun at `at`; `at` if it is not one. */
function annotationEnd(text: string, at: number): number {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at + 1);
  const isAnnotation = (isDigit(before) || before === 68) && after !== less && !isDigit(after);
  if (!isAnnotation) return at;
  const end = text.indexOf('>', at);
  if (end < 0) return text.length;
  // `3<TCP:[1.2.3.4:5->6.7.8.9:10]>`, as -yy shows a socket, has one inside.
  const bracket = after === slash ? -1 : text.indexOf('[', at);
  if (bracket < 0 || bracket > end) return end;
  const close = text.indexOf(']>', bracket);
  return close < 0 ? text.length : close + 1;
}

function commentEnd(text: string, at: number): number {
  const end = text.indexOf('*/', at);
  return end < 0 ? text.length : end + 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Number that begins at `at`: optional sign, decimal or 0x; NaN if there is none. */
export function numberAt(text: string, at: number): number {
  const isNegative = text.charCodeAt(at) === 45;
  let i = isNegative ? at + 1 : at;
  if (text.charCodeAt(i) === 48 && text.charCodeAt(i + 1) === 120) {
    const value = hexAt(text, i + 2);
    return isNegative ? -value : value;
  }
  let code = text.charCodeAt(i);
  if (!isDigit(code)) return NaN;
  let value = 0;
  do {
    value = value * 10 + (code - 48);
    i += 1;
    code = text.charCodeAt(i);
  } while (isDigit(code));
  return isNegative ? -value : value;
}

function hexAt(text: string, from: number): number {
  let value = 0;
  let i = from;
  for (; ; i += 1) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) value = value * 16 + (code - 48);
    else if (code >= 97 && code <= 102) value = value * 16 + (code - 87);
    else break;
  }
  return i === from ? NaN : value;
}

const simpleEscapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  f: 12,
  v: 11,
  a: 7,
  b: 8,
};

/** Resolves C escapes; the bytes that come of it are UTF-8. */
export function unescape(text: string): string {
  if (!text.includes('\\') && isAscii(text)) return text;
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char !== '\\') {
      bytes.push(text.charCodeAt(i) & 255);
      continue;
    }
    const escape = /^(?:x([0-9a-f]{1,2})|([0-7]{1,3})|(.))/.exec(text.slice(i + 1, i + 4));
    if (escape === null) break;
    i += escape[0].length;
    const [, hex, octal, other] = escape;
    if (hex !== undefined) bytes.push(parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(parseInt(octal, 8) & 255);
    else bytes.push(simpleEscapes[other as string] ?? (other as string).charCodeAt(0));
  }
  return Buffer.from(bytes).toString('utf8');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) return false;
  return true;
}
