/**
 * The form of an experiment of injections, and of the reproducer of one of them. SPEC.md of this
 * package explains every field with an example.
 */
import { FAULTS, REQUEST_CLASSES } from '@daxsim/pmem';
import { z } from 'zod';
import { ACE_MODES } from '../ace/ace-bounds.js';
import { OUTCOMES } from './outcome.js';

const FAULT_NAMES = FAULTS.map(({ name }) => name) as [string, ...string[]];

const path = z
  .string()
  .regex(/^(\.|[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*)$/, 'a path from the root, as in A/foo')
  .describe('Path from the root, "." for the root itself. Directories end in a capital letter.');
const bytes = z
  .int()
  .min(0)
  .max(1 << 20)
  .multipleOf(4)
  .describe('Bytes, a multiple of 4, 1 MiB at most.');
const length = z
  .int()
  .min(4)
  .max(1 << 20)
  .multipleOf(4)
  .describe('Bytes, a multiple of 4, 1 MiB at most.');

/** One call of a workload. */
export const workloadCall = z.discriminatedUnion('call', [
  z.strictObject({
    call: z.enum(['mkdir', 'rmdir', 'unlink', 'open', 'close', 'fsync']),
    path,
  }),
  z.strictObject({ call: z.enum(['setxattr', 'removexattr']), path }),
  z.strictObject({ call: z.enum(['link', 'rename', 'clone']), path, to: path }),
  z.strictObject({
    call: z.enum([
      'write',
      'swrite',
      'dwrite',
      'mmapwrite',
      'store',
      'msync',
      'load-store',
      'dio-read-to-map',
      'dio-write-from-map',
      'read',
      'load',
    ]),
    path,
    offset: bytes,
    length,
  }),
  z.strictObject({
    call: z.literal('falloc'),
    path,
    mode: z.enum(['alloc', 'keep', 'zero', 'zero-keep', 'punch', 'collapse', 'insert']),
    offset: bytes,
    length,
  }),
  z.strictObject({ call: z.literal('truncate'), path, length: bytes }),
  z.strictObject({ call: z.literal('sync') }),
]);
export type WorkloadCall = z.output<typeof workloadCall>;

/** Every kind of call. */
export const CALL_NAMES: readonly string[] = workloadCall.options.flatMap((option) => {
  const { call } = option.shape;
  return 'options' in call ? call.options : [...call.values];
});

const calls = z
  .array(workloadCall)
  .min(1)
  .max(500)
  .describe('Calls in order. Files are opened before their first use and closed before they go.');

/** What runs: calls one by one, generated workloads, or what a trace recorded. */
export const workloadConfig = z
  .strictObject({
    calls: calls.optional(),
    ace: z
      .strictObject({
        mode: z.enum(ACE_MODES).describe('Space of workloads.'),
        seq: z.int().min(1).max(3).default(1).describe('Operations of a workload.'),
        sample: z.int().min(1).max(2000).default(40).describe('Workloads, spread over the space.'),
      })
      .optional()
      .describe('Generated workloads, as the command ace makes them.'),
    trace: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .describe('A recorded trace, as a path from here or from this file.'),
        operations: z.int().min(1).max(500).default(200).describe('Its first operations.'),
        scope: z.string().optional().describe('Only files under this directory.'),
        cwd: z.string().optional().describe('Where the traced command started.'),
      })
      .optional()
      .describe('What a trace recorded, one call after another.'),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
    message: 'exactly one of calls, ace, trace',
  })
  .describe('What runs.');

const trigger = z.strictObject({
  of: z.enum(REQUEST_CLASSES).optional().describe('Requests that may be struck.'),
  call: z.string().optional().describe('Only while calls of this kind run, as in fsync.'),
  recipe: z.string().optional().describe('Only in this recipe, as in forceLog.'),
  step: z.string().optional().describe('Only in this step of a recipe; see explain.'),
  address: z
    .tuple([z.int().min(0), z.int().min(1)])
    .optional()
    .describe('Only lines with a byte in [from, to) of the device.'),
  nth: z.int().min(1).optional().describe('The n-th of them, in each workload.'),
  draw: z.int().min(1).max(1_000_000).optional().describe('So many of them, drawn.'),
  chance: z
    .string()
    .optional()
    .describe('Each with this chance until one is struck, as in 1/200; `draw` runs of it.'),
});
export type TriggerConfig = z.output<typeof trigger>;

const faultEntry = z.strictObject({
  fault: z.enum(FAULT_NAMES).describe('Name of a fault; see catalog faults.'),
  trigger: trigger.prefault({}).describe('When it strikes; without nth, draw or chance: each.'),
  power_loss: z
    .enum(['never', 'next-persist', 'drawn', 'end'])
    .optional()
    .describe('When power is lost after the fault struck; drawn, or never if it needs none.'),
  survivors: z
    .array(z.enum(['none', 'all', 'drawn']))
    .min(1)
    .default(['drawn'])
    .describe('What survives of lines in doubt; each is an injection of its own.'),
  units: z
    .int()
    .min(1)
    .max(255)
    .optional()
    .describe('torn-line: units that are lost, a bit each; drawn when absent.'),
  lines: z.int().min(1).max(4096).optional().describe('queue-not-drained: writes lost; all.'),
  saved_percent: z
    .int()
    .min(0)
    .max(99)
    .default(50)
    .describe('save-failed: part of a module that its energy suffices to save.'),
  delay: z.string().default('50us').describe('slow-line: what a request takes longer.'),
  lifted_after: z
    .int()
    .min(1)
    .optional()
    .describe('Lifts what is laid on lines after so many more requests.'),
});
export type FaultConfig = z.output<typeof faultEntry>;

const rule = z.strictObject({
  outcome: z.enum(OUTCOMES).describe('Class of outcomes.'),
  fault: z.enum(FAULT_NAMES).optional().describe('Of this fault only.'),
  at_most: z.number().min(0).max(1).optional().describe('Largest share.'),
  at_least: z.number().min(0).max(1).optional().describe('Smallest share.'),
});
export type RuleConfig = z.output<typeof rule>;

const NEVER_FINE = ['wrong_data', 'lost_data', 'hang', 'recovery_crash'] as const;

/** An experiment. */
export const injectionConfig = z.strictObject({
  title: z.string().min(1).describe('One sentence: what is asked.'),
  source: z.string().optional().describe('Where the question comes from.'),
  machine: z
    .string()
    .default('optane-100-1dimm')
    .describe('Gives the domain of persistence and the length of the write queue.'),
  file_system: z.string().default('xfs-dax').describe('File system, as in xfs-dax@6.1.'),
  lock_plan: z.string().optional().describe("Lock plan; the file system's own when absent."),
  knobs: z.record(z.string(), z.string()).default({}).describe('Settings of knobs.'),
  domain: z.enum(['adr', 'eadr']).optional().describe("Instead of the machine's."),
  media_bytes: z
    .int()
    .min(1 << 20)
    .max(1 << 28)
    .multipleOf(4096)
    .default(8 << 20)
    .describe('Size of the device.'),
  hang_after: z.string().default('120s').describe('A call that takes longer hangs.'),
  workload: workloadConfig,
  faults: z.array(faultEntry).min(1).max(64).describe('What is injected.'),
  must_hold: z
    .array(rule)
    .default(NEVER_FINE.map((outcome) => ({ outcome, at_most: 0 })))
    .describe('Shares of outcomes; when absent no data may be wrong or lost and nothing hang.'),
  sweep: z
    .record(z.string(), z.array(z.json()).min(1))
    .default({})
    .describe('Values of parameters by their path, as in knobs.blockZeroing; all combinations.'),
});
export type InjectionConfig = z.output<typeof injectionConfig>;

/** A workload with what it runs on, for a search of all crash states; a part of the above. */
export const crashConfig = injectionConfig.pick({
  title: true,
  source: true,
  machine: true,
  file_system: true,
  lock_plan: true,
  knobs: true,
  domain: true,
  media_bytes: true,
  workload: true,
});

/** Raised when what a reproducer means changes. */
export const INJECTION_REPRODUCER_SCHEMA = 'daxsim/reproducer-injection/1';

/** A reproducer of one injection; everything by value or by catalogue name, no paths. */
export const injectionReproducer = z.strictObject({
  schema: z.literal(INJECTION_REPRODUCER_SCHEMA),
  version: z.string().describe('Version of the tool that made it.'),
  title: z.string(),
  personality: z.string().describe('As in xfs-dax@6.12.'),
  lock_plan: z.string(),
  knobs: z.record(z.string(), z.string()),
  domain: z.enum(['adr', 'eadr']),
  media_bytes: z.int().min(1 << 20),
  queue_lines: z.int().min(1),
  hang_after_ps: z.number(),
  workload: z.string().describe('The workload in words.'),
  calls: z.array(workloadCall),
  fault: z.enum(FAULT_NAMES),
  request: z.int().min(0).describe('Number of the request that is struck.'),
  persists_after: z.int().min(0).describe('Persist events that follow it without the fault.'),
  power_loss: z.enum(['never', 'next-persist', 'drawn', 'end', 'struck']),
  survivors: z.enum(['none', 'all', 'drawn']),
  units: z.int().min(0).max(255).describe('0: drawn.'),
  delay_ps: z.number(),
  lines: z.int().min(1),
  saved_percent: z.int().min(0).max(99).default(50),
  lifted_after: z.int().min(0).describe('0: never.'),
  choices: z.array(z.int().min(0)).describe('What was decided, in order.'),
  outcome: z.enum(OUTCOMES),
  problem: z.string().describe('What was wrong.'),
  digest: z.string(),
});
export type InjectionReproducer = z.output<typeof injectionReproducer>;
