/**
 * Statistics: declared once with unit and meaning, counted as plain number fields.
 *
 *     const barStats = defineStats({ loads: ['count', 'Lines read over the link.'] });
 *     readonly stats = barStats.create();
 *     …
 *     this.stats.loads += 1;
 *
 * The declaration is the catalogue that reports and documentation read; the record itself is a flat
 * object, so that counting costs an addition. Records of parts (channels, runs, shards) merge in
 * any grouping to the same totals.
 */

/** Units a figure may have. Reports convert ticks to nanoseconds and scale bytes. */
export const STAT_UNITS = ['count', 'ticks', 'bytes', 'lines', 'blocks', 'pages', 'units'] as const;
export type StatUnit = (typeof STAT_UNITS)[number];

/** How records merge: figures add up, `max` keeps the largest, `min` the least. */
export type StatMerge = 'sum' | 'max' | 'min';

/** Unit, one sentence of meaning, and how records merge when not by adding. */
export type StatDeclaration =
  | readonly [unit: StatUnit, about: string]
  | readonly [unit: StatUnit, about: string, merge: StatMerge];

export type StatDeclarations = { readonly [name: string]: StatDeclaration };

/** A record of figures; every field starts at 0 (a `min` field at infinity). */
export type StatsOf<D extends StatDeclarations> = { -readonly [K in keyof D]: number };

/** One entry of a catalogue of statistics. */
export interface StatField {
  readonly name: string;
  readonly unit: StatUnit;
  readonly about: string;
  readonly merge: StatMerge;
}

export interface StatsDefinition<D extends StatDeclarations> {
  /** All figures in the order they were declared. */
  readonly fields: readonly StatField[];
  /** A new record, all figures at their start. */
  create(): StatsOf<D>;
  /** Puts every figure of `record` back to its start. */
  reset(record: StatsOf<D>): void;
  /** Adds the figures of `from` to `into`. */
  merge(into: StatsOf<D>, from: StatsOf<D>): void;
  /** A plain copy with the figures in declared order. */
  snapshot(record: StatsOf<D>): StatsOf<D>;
}

/** Declares a set of statistics. Names are the fields; descriptions are sentences. */
export function defineStats<const D extends StatDeclarations>(declared: D): StatsDefinition<D> {
  const fields = Object.entries(declared).map(([name, [unit, about, merge]]) => ({
    name,
    unit,
    about,
    merge: merge ?? 'sum',
  }));
  const starts = Object.fromEntries(
    fields.map(({ name, merge }) => [name, merge === 'min' ? Number.POSITIVE_INFINITY : 0]),
  ) as StatsOf<D>;
  const figures = fields as readonly { name: keyof D & string; merge: StatMerge }[];
  return {
    fields,
    create: () => ({ ...starts }),
    reset(record) {
      for (const { name } of figures) record[name] = starts[name];
    },
    merge(into, from) {
      for (const { name, merge } of figures) {
        into[name] = merged(merge, into[name], from[name]);
      }
    },
    snapshot(record) {
      const copy = { ...starts };
      for (const { name } of figures) copy[name] = record[name];
      return copy;
    },
  };
}

function merged(merge: StatMerge, a: number, b: number): number {
  if (merge === 'sum') return a + b;
  if (merge === 'max') return a > b ? a : b;
  return a < b ? a : b;
}
