/**
 * Quantities as text with their unit: `300ns`, `64KiB`, `10GiB`, `2.5us`. A bare number is refused
 * where a unit could be mistaken; whole numbers come out, in ticks or bytes.
 */
import { ConfigError } from '@daxsim/sim';

const timeUnits: Readonly<Record<string, number>> = {
  ps: 1,
  ns: 1000,
  us: 1_000_000,
  µs: 1_000_000,
  ms: 1_000_000_000,
  s: 1_000_000_000_000,
};

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1048576,
  GiB: 1073741824,
  TiB: 1099511627776,
  kB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
};

/** Ticks of a span such as `300ns`. `where` names the option or field in the error. */
export function parseSpan(text: string, where: string): number {
  return parse(text, where, timeUnits, 'a time such as 300ns, 1.5us, 2ms');
}

/** Bytes of a size such as `64KiB`; a plain whole number is taken as bytes. */
export function parseSize(text: string, where: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text);
  return parse(text, where, sizeUnits, 'bytes, or a size such as 64KiB, 4MiB, 10GiB');
}

function parse(
  text: string,
  where: string,
  units: Readonly<Record<string, number>>,
  allowed: string,
): number {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-zµ]+)$/.exec(text.trim());
  const scale = match === null ? undefined : units[match[2] ?? ''];
  if (match === null || scale === undefined) {
    throw new ConfigError({ where, found: `"${text}" is no quantity`, allowed });
  }
  const value = Math.round(Number(match[1]) * scale);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new ConfigError({ where, found: `"${text}" is too large`, allowed: 'less than 2^53' });
  }
  return value;
}
