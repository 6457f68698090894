/**
 * A corpus file as it is written: scenarios one by one, and crossings, which stand for many.
 *
 *      axis operation:  load, store, read …      ┐
 *      axis change:     truncate, punch …        ├──▶  one scenario for each combination
 *      axis policy:     hang, sigbus, eio        ┘     load-truncate-hang, load-truncate-sigbus, …
 *
 * An alternative of an axis brings a thread, or parameters. A check, a defect or an expected
 * failure says for which combinations it counts: by names of alternatives, or by words that several
 * share.
 */
import { z } from 'zod';
import { corpusConfig, corpusOperation, corpusScenario } from './config.js';

const word = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

const condition = z
  .record(word, z.array(word).min(1))
  .describe('By axis: names of alternatives, or words of theirs. An axis that is absent is free.');

const alternative = z.strictObject({
  name: word,
  words: z.array(word).optional().describe('Words that conditions may name instead.'),
  thread: z.array(corpusOperation).min(1).optional().describe('The thread that it brings.'),
  params: corpusScenario.shape.params.describe('Added to those of the crossing.'),
  chance: corpusScenario.shape.chance.describe('Instead of that of the crossing.'),
});

const shape = corpusScenario.omit({ threads: true, checks: true, defect: true });

export const crossingConfig = shape.extend({
  axes: z
    .array(z.strictObject({ name: word, alternatives: z.array(alternative).min(1) }))
    .min(1)
    .describe('Threads are numbered in the order of their axes.'),
  checks: z
    .array(
      z.strictObject({
        scope: z.enum(['end', 'crash', 'always']),
        expr: z.string().min(1),
        note: z.string().optional(),
        with: condition.optional(),
      }),
    )
    .min(1),
  defects: z
    .array(z.strictObject({ name: z.string(), goes_wrong: z.string(), with: condition.optional() }))
    .describe('The first that counts is the one of a scenario; one without any is a control.'),
  failures: z
    .array(z.strictObject({ says: z.string().min(1), with: condition.optional() }))
    .describe('Combinations whose schedules must report something, as `fails_with`.'),
});
export type CrossingConfig = z.output<typeof crossingConfig>;
export type CrossingAlternative = z.output<typeof alternative>;
export type CrossingCondition = z.output<typeof condition>;

/** A corpus file; `count` counts the scenarios that are written out. */
export const corpusFileConfig = corpusConfig.extend({
  crossings: z.array(crossingConfig).optional(),
});
