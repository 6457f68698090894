/** The form of a reproducer of a pair of operations: the pair by value, and the choices. */
import { z } from 'zod';

/** Raised when what a reproducer means changes. */
export const PAIR_REPRODUCER_SCHEMA = 'daxsim/reproducer-pair/1';

const operation = z
  .strictObject({
    op: z.string().describe('Kind of the operation.'),
    path: z.string().min(1).describe('Path from the root.'),
    to: z.string().optional().describe('Second path of a link or rename.'),
    mode: z.string().optional().describe('Mode of fallocate.'),
    range: z.string().optional().describe('Where the operation writes.'),
    aligned: z.boolean().optional().describe('Whether a truncation leaves nothing.'),
  })
  .describe('An operation of the bounded space.');

/** A reproducer of a schedule of two operations after which power loss leaves something wrong. */
export const pairReproducerConfig = z.strictObject({
  schema: z.literal(PAIR_REPRODUCER_SCHEMA),
  version: z.string().describe('Version of the tool that made it.'),
  file_system: z.string().describe('File system, as in xfs-dax@6.12.'),
  lock_plan: z.string().nullable().describe('Name of the lock plan; null for its own.'),
  knobs: z.record(z.string(), z.string()).describe('Settings of knobs.'),
  operations: z.tuple([operation, operation]).describe('One for each task.'),
  choices: z.array(z.int().min(0)).describe('Which of the tasks that can run goes on, each time.'),
  failure: z.string().describe('What was wrong.'),
  digest: z.string().describe('Digest of every state on the way.'),
});
export type PairReproducer = z.output<typeof pairReproducerConfig>;
