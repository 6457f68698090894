/**
 * A figure of a machine: a value that says where it comes from.
 *
 *     wpqLines: { value: 8, source: "NVLeak Table 1: 512 B a channel", basis: published }
 *
 * A figure without a source is refused. A fitted one names what it was fitted to, because only a
 * fitted figure can be made to agree with anything.
 */
import { ticks, type ClockDomain, type Ticks } from '@daxsim/sim';
import { z } from 'zod';

/** How well a figure is known. */
export const BASES = ['measured', 'published', 'derived', 'recalled', 'fitted'] as const;
export type Basis = (typeof BASES)[number];

export interface Figure<T> {
  readonly value: T;
  readonly source: string;
  readonly basis: Basis;
  readonly fittedTo?: string | undefined;
  /** Of a fitted figure: ids of the published points that it was fitted to. */
  readonly points?: readonly string[] | undefined;
  /** Of a fitted figure: least and most that were allowed. */
  readonly bounds?: readonly [number, number] | undefined;
}

/** Schema of a figure whose value obeys `value`. */
export function figure<S extends z.ZodType>(value: S, about: string) {
  return z
    .strictObject({
      value,
      source: z.string().min(3).describe('Where the value comes from: paper, data file, manual.'),
      basis: z.enum(BASES).describe('How well it is known.'),
      fittedTo: z.string().min(3).optional().describe('What a fitted value was fitted to.'),
      points: z
        .array(z.string().min(1))
        .optional()
        .describe('Ids of the published points that a fitted value was fitted to.'),
      bounds: z
        .tuple([z.number(), z.number()])
        .optional()
        .describe('Least and most that the fit allowed.'),
    })
    .refine((found) => (found.basis === 'fitted') === (found.fittedTo !== undefined), {
      message: 'a fitted figure, and only a fitted one, names what it was fitted to (fittedTo)',
    })
    .describe(about);
}

/** A count of things, 1 … `most`. */
export function count(most: number, about: string) {
  return figure(z.int().min(1).max(most), about);
}

/** A span in nanoseconds, kept to the picosecond: 0 … 1 ms. */
export function span(about: string) {
  return figure(z.number().min(0).max(1_000_000), `${about} Nanoseconds.`);
}

/** A span in cycles of the core clock, 1 … 1 000 000. */
export function cycles(about: string) {
  return figure(z.int().min(1).max(1_000_000), `${about} Core cycles.`);
}

/** The ticks of a figure in nanoseconds. */
export function spanTicks(found: Figure<number>): Ticks {
  return ticks(Math.round(found.value * 1000));
}

/** The ticks of a figure in cycles. */
export function cycleTicks(found: Figure<number>, clock: ClockDomain): Ticks {
  return clock.cycles(found.value);
}
