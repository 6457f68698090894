/** The form of a power cut's reproducer: self-contained but for the bytes of its traces. */
import { z } from 'zod';
import { machineConfig } from '@daxsim/pmem';
import { ConfigError } from '@daxsim/sim';

/** Raised when what a reproducer means changes. */
export const CUT_REPRODUCER_SCHEMA = 'daxsim/reproducer-cut/1';

const ticks = z.int().min(0);

const fileSystemRecord = z.strictObject({
  name: z.string(),
  personality: z.string().describe('`family@kernel`.'),
  plan: z.string().describe('Name of the lock plan.'),
  knobs: z.record(z.string(), z.string()),
  prices: z
    .record(z.string(), z.strictObject({ fixedTicks: z.number(), eachTicks: z.number() }))
    .describe('By step, in picoseconds.'),
  basis: z.record(z.string(), z.string()).describe('How well each price is known.'),
  syncCosts: z.strictObject({
    atomicTicks: z.number(),
    lineTransferTicks: z.number(),
    wakeTicks: z.number(),
    switchTicks: z.number(),
  }),
});

const cutReproducerConfig = z.strictObject({
  schema: z.literal(CUT_REPRODUCER_SCHEMA),
  version: z.string().describe('Version of daxsim that made it.'),
  traces: z
    .array(z.strictObject({ path: z.string(), sha256: z.string() }))
    .min(1)
    .describe('Where the traces lay, and the hash of their bytes.'),
  trace_options: z.looseObject({}).describe('As given to the readers of traces.'),
  machine: z.strictObject({ name: z.string(), config: machineConfig }),
  file_system: fileSystemRecord,
  knobs: z.record(z.string(), z.string()).describe('Set by the run, over those of the plan.'),
  order: z.enum(['task', 'resource', 'total']).nullable(),
  timing: z.strictObject({ mode: z.enum(['closed', 'think', 'open']), scale: z.number() }),
  mapped_fill: z.strictObject({
    mode: z.enum(['none', 'dirty', 'uniform', 'all']),
    amount: z.number(),
  }),
  device_bytes: z.int().positive(),
  cpus: z.int().positive().nullable(),
  through: z
    .strictObject({
      file: z.string(),
      msyncFrom: z.string().optional(),
      mapsSync: z.boolean().optional(),
    })
    .optional()
    .describe('Of a memory trace: the file that it went through.'),
  seed: z.int().min(0),
  passed_ps: z.array(ticks).describe('The moments before, which the run passed by.'),
  moment: z.int().min(0).describe('The one that failed, from 0.'),
  at_ps: ticks.describe('When that was.'),
  survivors: z.array(z.int().min(0)).describe('Choices: what of each line survived.'),
  digest: z.string().describe('Of the run until then, the choices and what was found.'),
  failure: z.array(z.string()).describe('What was found.'),
});

/** A reproducer of a power cut. */
export type CutReproducer = z.output<typeof cutReproducerConfig>;

/** Reads a parsed reproducer; `where` is the file. Throws ConfigError. */
export function parseCutReproducer(where: string, value: unknown): CutReproducer {
  const isObject = typeof value === 'object' && value !== null;
  const schema = isObject && 'schema' in value ? value.schema : '';
  if (schema !== CUT_REPRODUCER_SCHEMA) {
    throw new ConfigError({
      where,
      found: `a reproducer of form ${JSON.stringify(schema)}`,
      allowed: `form ${CUT_REPRODUCER_SCHEMA}; one of another version has to be made again`,
    });
  }
  const parsed = cutReproducerConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError({ where, found: z.prettifyError(parsed.error) });
}
