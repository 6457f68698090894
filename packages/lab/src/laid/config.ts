/**
 * Faults of a replay, as a file lists them and as `--fault NAME@KEY=VALUE,…` says one: when each
 * strikes, where, and when it is lifted. Conditions that are given must all hold; SPEC.md of this
 * package has examples.
 */
import { FAULTS, HOST_FAULTS, REQUEST_CLASSES } from '@daxsim/pmem';
import { z } from 'zod';

const span = z.string().min(2);
const address = z
  .string()
  .regex(/^(0x[0-9a-fA-F]+|[0-9]+)(-(0x[0-9a-fA-F]+|[0-9]+))?$/, 'FROM or FROM-TO, as in 0x1000');

export const laidFault = z.strictObject({
  fault: z.string().min(1).describe('Name of a fault; see catalog faults.'),
  of: z.enum(REQUEST_CLASSES).optional().describe('Only requests of this kind.'),
  nth: z.coerce.number().int().min(1).optional().describe('The n-th of them.'),
  time: span.optional().describe('Not before this simulated time, as in 3ms.'),
  operation: z.coerce.number().int().min(1).optional().describe('Not before this operation began.'),
  recipe: z.string().optional().describe('Only in this recipe, as in read.'),
  step: z.string().optional().describe('Only in this step or move, as in copyOut.'),
  chance: z.string().optional().describe('Each with this chance, as in 1/200, until it strikes.'),
  address: address.optional().describe('Bytes of the device: FROM, or FROM-TO without TO.'),
  file: z.string().min(1).optional().describe('Bytes of this file, as its path on the mount.'),
  offset: z.string().default('0').describe('With file: where in it, as in 64KiB.'),
  length: z.string().default('1').describe('With file: how many bytes.'),
  delay: span.optional().describe('slow-line, thermal-throttling: time of a line; 50us.'),
  known: z
    .enum(['yes', 'no'])
    .default('no')
    .describe('poisoned-line: whether a scrub has found it already.'),
  lifted: span.optional().describe('So long after it struck all is as before.'),
  regrown: span.optional().describe('truncated-backing: so long after, there are zeros.'),
  policy: z
    .enum(HOST_FAULTS)
    .optional()
    .describe("truncated-backing: instead of the machine's policy; the same for all faults."),
});

export const laidFaults = z.array(laidFault).min(1).max(64).describe('Faults of a replay.');

/** One fault of a replay, checked. */
export type LaidFault = z.output<typeof laidFault>;

/** Names of the faults that can be laid on a replay: those that show without power loss. */
export const LAID_FAULT_NAMES: readonly string[] = FAULTS.filter(
  ({ needsPowerLoss }) => !needsPowerLoss,
).map(({ name }) => name);
