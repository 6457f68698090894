/**
 * Files of published figures that a simulated machine is held against.
 *
 *     {"points": [{"id", "machine", "run": {…}, "metric", "expected", "unit",
 *                  "tolerance_percent"}]}
 *
 * The file must have this form; a `run` with a key or value that is not known here makes its point
 * *unsupported* and nothing else: a run is never carried out with a key left out.
 */
import { nearestName } from '@daxsim/sim';
import { z } from 'zod';

const bytes = (about: string) =>
  z
    .int()
    .min(1)
    .max(2 ** 40)
    .describe(`${about} Bytes.`);

/** How accesses of a thread follow each other. */
export const PATTERNS = ['sequential', 'random', 'chase', 'hotspot', 'xpbuffer-probe'] as const;
export const WRITE_OPERATIONS = ['store', 'ntstore', 'movdir64b', 'store+clwb', 'atomic'] as const;
export const OPERATIONS = ['load', ...WRITE_OPERATIONS, 'mix'] as const;

export const METRICS = [
  'latency',
  'latency_max',
  'bandwidth',
  'write_amplification',
  'effective_write_ratio',
  'writes_between_stalls',
  'stall_latency',
] as const;

export const runConfig = z.strictObject({
  pattern: z.enum(PATTERNS).describe('Order of the accesses of a thread.'),
  operation: z.enum(OPERATIONS).describe('What an access does.'),
  reads: z.int().min(1).optional().describe('mix: reads for each `writes` writes.'),
  writes: z.int().min(1).optional().describe('mix: writes for each `reads` reads.'),
  write_operation: z.enum(WRITE_OPERATIONS).optional().describe('mix: what a write does.'),
  access_bytes: bytes('What one access reads or writes.'),
  region_bytes: bytes('Where a thread’s accesses lie.'),
  thread_regions: z.enum(['private', 'shared']).default('shared').describe('One region, or each.'),
  threads: z.int().min(1).max(256).default(1).describe('Threads, each on a core of its own.'),
  dimms_per_thread: z.int().min(1).max(64).optional().describe('DIMMs that a thread stays on.'),
  remote_socket: z.boolean().default(false).describe('Whether the memory is the other socket’s.'),
  prefetch: z
    .boolean()
    .optional()
    .describe('Whether cores prefetch; absent: as the machine’s file says.'),
  coherent: z
    .boolean()
    .optional()
    .describe('Whether lines have states; absent: as the machine’s file says.'),
  fence: z
    .enum(['none', 'sfence-per-access', 'mfence-per-access'])
    .default('none')
    .describe('What ends an access; of a chase, what ends a pass.'),
  clwb_every_bytes: bytes('store+clwb: how many bytes are stored before they are flushed.')
    .multipleOf(64)
    .optional(),
  cached: z.boolean().default(true).describe('False: every access goes past the caches.'),
  idle: z.boolean().default(false).describe('True: an access starts when all queues are empty.'),
  mapping: z
    .enum(['wc', 'uc'])
    .optional()
    .describe('How a BAR is mapped: wc combines stores, uc does not.'),
});

/** One run, checked. */
export type RunConfig = z.output<typeof runConfig>;

const pointConfig = z.looseObject({
  id: z.string().min(1).describe('Names the point.'),
  machine: z.string().min(1).describe('Which machine is meant, as in configs/machines.'),
  run: z.record(z.string(), z.unknown()).describe('What was run; see `runConfig`.'),
  metric: z.string().min(1).describe('What was measured.'),
  expected: z.number().positive().describe('The published figure.'),
  unit: z.string().describe('Its unit: ns, us, GB/s, ratio, count.'),
  tolerance_percent: z.number().positive().describe('How far off is still right, percent.'),
});

export const pointsConfig = z.looseObject({
  points: z.array(pointConfig).min(1).describe('The figures.'),
});

/** One published figure. */
export type Point = z.output<typeof pointConfig>;

/** Why a run cannot be carried out, or the run. */
export type RunAnswer =
  { readonly run: RunConfig; readonly reason?: undefined } | { readonly reason: string };

/** Checks the run of a point; says what is not known. */
export function parseRun(point: Point): RunAnswer {
  if ('filesystem' in point.run || 'syscall' in point.run) {
    return { reason: 'a run through a file system' };
  }
  const result = runConfig.safeParse(point.run);
  if (!result.success) {
    const issue = result.error.issues[0];
    const place = issue?.path.map(String).join('.') ?? '';
    const message = unknownKey(issue) ?? issue?.message ?? 'refused';
    return { reason: place === '' ? `run: ${message}` : `run.${place}: ${message}` };
  }
  return refuse(result.data) ?? { run: result.data };
}

/** A key that no run has: the nearest that one may have, and all of them. */
function unknownKey(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue?.code !== 'unrecognized_keys') return undefined;
  const allowed = Object.keys(runConfig.shape);
  const [key = ''] = issue.keys;
  const near = nearestName(key, allowed);
  const nearest = near === undefined ? '' : `; nearest: ${near}`;
  return `unknown key ${key}; allowed: ${allowed.join(', ')}${nearest}`;
}

/** Runs whose keys contradict each other. */
function refuse(run: RunConfig): RunAnswer | undefined {
  const isMix = run.operation === 'mix';
  const hasRatio = run.reads !== undefined && run.writes !== undefined;
  if (isMix !== (hasRatio && run.write_operation !== undefined)) {
    return { reason: 'run.operation: a mix, and only a mix, has reads, writes, write_operation' };
  }
  const flushes = run.operation === 'store+clwb' || run.write_operation === 'store+clwb';
  if (run.clwb_every_bytes !== undefined && !flushes) {
    return { reason: 'run.clwb_every_bytes: the operation does not flush' };
  }
  const isDirect = run.operation === 'movdir64b' || run.write_operation === 'movdir64b';
  if (isDirect && run.access_bytes % 64 !== 0) {
    return { reason: 'run.access_bytes: movdir64b stores whole lines' };
  }
  if (run.idle && run.threads > 1) return { reason: 'run.idle: several threads are never idle' };
  if (run.region_bytes < run.access_bytes) {
    return { reason: 'run.access_bytes: more than the region' };
  }
  if (run.access_bytes > 64 && run.access_bytes % 64 !== 0) {
    return { reason: 'run.access_bytes: more than a line, and not whole lines' };
  }
  if (run.access_bytes < 64 && 64 % run.access_bytes !== 0) {
    return { reason: 'run.access_bytes: does not divide a line' };
  }
  return undefined;
}
