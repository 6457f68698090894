/** Words of a check expression. A number is a word of its own only when no letter follows it. */
import { ConfigError } from '@daxsim/sim';

export type TokenKind = 'number' | 'name' | 'text' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the expression. */
  readonly at: number;
}

const NUMBER = String.raw`(\d+)(?![A-Za-z_0-9])`;
const NAME = String.raw`([A-Za-z_][A-Za-z0-9_]*)`;
const TEXT = String.raw`("[^"]*")`;
const SIGN = String.raw`(\.\.|==|!=|<=|>=|[<>()[\]{},:+\-*])`;
const PATTERN = new RegExp(String.raw`\s*(?:${NUMBER}|${NAME}|${TEXT}|${SIGN})`, 'y');

/** Cuts an expression into words; throws `ConfigError` at a character that begins none. */
export function tokensOf(where: string, expression: string): Token[] {
  const text = expression.trimEnd();
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const from = PATTERN.lastIndex;
    const match = PATTERN.exec(text);
    if (match === null) {
      throw new ConfigError({
        where,
        found: `no word begins at column ${String(from + 1)} of "${expression}"`,
        allowed: 'numbers, names, "texts" and the signs of a check',
      });
    }
    const [, number, name, quoted, sign] = match as unknown as (string | undefined)[];
    const at = PATTERN.lastIndex;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.slice(1, -1), at });
    else tokens.push({ kind: 'sign', text: sign ?? '', at });
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}
