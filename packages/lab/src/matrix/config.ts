/**
 * The form of a matrix: which races are searched for under which lock plans, and what tables
 * published elsewhere say that the search must find.
 *
 *      rows     lock plans, by the names that `lockPlan` knows: S1, S3b+F=none
 *      columns  scenarios of a corpus, each perhaps with knobs changed: R08 with Z=in-handler
 *      tables   one mark for each cell that they speak of
 *
 * Where two tables speak of one cell the first one counts. A cell that a table is wrong about is
 * listed with the reason; the search must then find the contrary, or the list is out of date. What
 * a plan itself claims (`unsafeFor`) must be what is found in the columns that name a claim.
 */
import { z } from 'zod';

const id = z.string().regex(/^\S.*$/);

export const matrixRow = z.strictObject({
  id: id.describe('Name in tables.'),
  plan: z.string().min(1).describe('Lock plan, with knobs as in S2+U=yes.'),
});

export const matrixColumn = z.strictObject({
  id: id.describe('Name in tables: the race, and the knob that is changed.'),
  scenario: z.string().min(1).describe('Scenario of the corpus.'),
  with: z.string().optional().describe('Knobs changed for this column, as in Z=in-handler.'),
  claim: z.string().optional().describe('The race, by the name under which plans claim it.'),
});

export const matrixTable = z.strictObject({
  name: id,
  source: z.string().min(1),
  columns: z.array(id).min(1),
  rows: z
    .record(id, z.string())
    .describe('By row, or * for all others: x reachable, . not reachable, - nothing said.'),
});

/** A matrix file. */
export const matrixConfig = z.strictObject({
  title: z.string(),
  corpus: z.string().describe('Name or path of the corpus with the scenarios.'),
  rows: z.array(matrixRow).min(1),
  columns: z.array(matrixColumn).min(1),
  tables: z.array(matrixTable),
  differs: z
    .array(
      z.strictObject({
        rows: z.array(id).min(1),
        columns: z.array(id).min(1),
        why: z.string().min(1).describe('What the table did not think of.'),
      }),
    )
    .describe('Cells that their table is wrong about, or that no plan can be formed for.'),
  waiting: z
    .array(z.strictObject({ race: id, system: z.string(), about: z.string() }))
    .describe('Races that have no row here yet, and the system that they need.'),
});

export type MatrixConfig = z.output<typeof matrixConfig>;
