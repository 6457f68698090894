/**
 * The form of a file of pages: which scenarios of a corpus tell one case, and what is told of it.
 */
import { z } from 'zod';

const pageName = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

export const casesConfig = z.strictObject({
  title: z.string().min(1).describe('Heading of the index.'),
  about: z.string().min(1).describe('What the cases have in common; a paragraph of the index.'),
  corpus: z.string().min(1).describe('Name or path of the corpus with the scenarios.'),
  folder: z.string().min(1).describe('Where the shipped pages lie; for the command in the index.'),
  cases: z
    .array(
      z.strictObject({
        page: pageName.describe('Name of the page, without its ending.'),
        title: z.string().min(1).describe('Heading of the page.'),
        known: z.string().min(1).describe('Where and when it was known: kernel, year, subject.'),
        about: z.string().min(1).describe('What happened, before the schedules.'),
        scenarios: z.array(z.string().min(1)).min(1).describe('Scenarios, in the order told.'),
        counted: z
          .strictObject({
            corpus: z.string().min(1).describe('Name or path of the corpus with the scenario.'),
            scenario: z.string().min(1).describe('Scenario that is run once.'),
            about: z.string().min(1).describe('What the counters tell, and what they do not.'),
          })
          .optional()
          .describe('A run whose pinned pages are counted at the end of the page.'),
      }),
    )
    .min(1),
  beside: z
    .array(z.strictObject({ scenario: z.string().min(1), about: z.string().min(1) }))
    .default([])
    .describe('Further scenarios with a page of their own.'),
});

export type CasesConfig = z.output<typeof casesConfig>;
export type CaseConfig = CasesConfig['cases'][number];
