/** The form of a reproducer of a crash workload: calls, the moment, what survived. */
import { z } from 'zod';

/** Raised when what a reproducer means changes. */
export const ACE_REPRODUCER_SCHEMA = 'daxsim/reproducer-crash/1';

const path = z.string().min(1).describe('Path from the root, "." for the root itself.');
const bytes = z.int().min(0).describe('Bytes.');

const call = z
  .strictObject({
    call: z.string().describe('What is called.'),
    path: path.optional(),
    to: path.optional(),
    mode: z.string().optional().describe('Mode of fallocate.'),
    offset: bytes.optional(),
    length: bytes.optional(),
  })
  .describe('One call.');

/** A reproducer of a state that power loss left and recovery did not mend. */
export const aceReproducerConfig = z.strictObject({
  schema: z.literal(ACE_REPRODUCER_SCHEMA),
  version: z.string().describe('Version of the tool that made it.'),
  file_system: z.string().describe('File system, as in xfs-dax@6.12.'),
  lock_plan: z.string().nullable().describe('Name of the lock plan; null for its own.'),
  knobs: z.record(z.string(), z.string()).describe('Settings of knobs.'),
  domain: z.enum(['adr', 'eadr']).describe('Where power loss stops.'),
  media_bytes: z
    .int()
    .min(1 << 20)
    .max(1 << 30)
    .describe('Size of the device.'),
  workload: z.string().describe('The workload in words.'),
  program: z.array(call).describe('All calls.'),
  calls: z.int().min(0).describe('Calls that had ended.'),
  is_running: z.boolean().describe('Whether another one was running.'),
  moment: z.int().min(0).describe('Which of the moments of that call, from 0.'),
  kept: z
    .array(z.strictObject({ line: z.int().min(0), kept: z.int().min(0) }))
    .describe('Units that survived of each line that recovery asked for.'),
  failure: z.string().describe('What was wrong.'),
  digest: z.string().describe('Digest of calls, moment, survivors and failure.'),
});
export type AceReproducer = z.output<typeof aceReproducerConfig>;
