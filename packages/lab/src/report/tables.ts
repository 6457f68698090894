/** Aligned text: tables and figures with units, for terminals. Plain digits, no colour. */

/** A column: its title, and whether its cells stand to the right. */
export interface Column {
  readonly title: string;
  readonly isRight?: boolean;
}

/** Lines of a table; every row has one cell per column. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return columns[i]?.isRight === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** Nanoseconds with a unit that keeps three digits: `312 ns`, `4.71 µs`, `1.20 ms`. */
export function timeText(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${threeDigits(ns / 1000)} µs`;
  if (ns < 1_000_000_000) return `${threeDigits(ns / 1_000_000)} ms`;
  return `${threeDigits(ns / 1_000_000_000)} s`;
}

/** Bytes with a binary unit: `512 B`, `4.00 KiB`, `1.50 GiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)} ${units[unit] ?? ''}`;
}

/** Digits in groups of three: `1 234 567`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=([0-9]{3})+$)/g, ' ');
}

/** A share as percent. */
export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A count that may be text, as of `LargeCount`: with thin gaps, or as a power of ten. */
export function largeText(count: number | string): string {
  return typeof count === 'number' ? countText(count) : count.replace('e+', ' · 10^');
}
