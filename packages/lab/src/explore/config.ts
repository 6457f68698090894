/**
 * The form of a scenario file: what is set up, then threads whose operations interleave at every
 * step. Offsets and lengths are bytes; a fill is one printable character, repeated over the range.
 * Every free byte of the media holds 0xCD before the set-up, so that stale bytes show.
 */
import { z } from 'zod';

const file = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.]*(\/[A-Za-z0-9_.]+)*$/)
  .describe('Path of a file from the root.');
const map = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/)
  .describe('Name of a mapping.');
const offset = z.int().min(0).describe('Bytes from the start of the file or mapping.');
const length = z
  .int()
  .min(1)
  .max(1 << 26)
  .describe('Bytes.');
const fill = z
  .string()
  .length(1)
  .regex(/[\x21-\x7e]/)
  .describe('The byte written, as a printable character.');
const label = { as: z.string().optional().describe('Label of the result.') };

const named = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), f: file, ...label });
const ranged = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), map, off: offset, len: length, ...label });

const mapFlag = z.enum(['shared', 'private', 'sync', 'huge_ok']);
const fallocateMode = z.enum(['alloc', 'keep_size', 'punch']);

/** One operation of the set-up or of a thread. */
export const scenarioOperation = z.discriminatedUnion('op', [
  named('creat'),
  named('open'),
  named('close'),
  z.strictObject({ op: z.literal('mkdir'), d: file, ...label }),
  z.strictObject({ op: z.literal('rmdir'), d: file, ...label }),
  named('unlink'),
  z.strictObject({ op: z.literal('rename'), from: file, to: file, ...label }),
  z.strictObject({ op: z.literal('link'), from: file, to: file, ...label }),
  z.strictObject({ op: z.literal('pread'), f: file, off: offset, len: length, ...label }),
  z.strictObject({ op: z.literal('pwrite'), f: file, off: offset, len: length, fill, ...label }),
  z.strictObject({
    op: z.literal('mmap'),
    map,
    f: file,
    off: offset,
    len: length,
    flags: z.array(mapFlag).default(['shared']),
    ...label,
  }),
  z.strictObject({ op: z.literal('munmap'), map, ...label }),
  ranged('load'),
  z.strictObject({
    op: z.literal('store'),
    map,
    off: offset,
    len: length,
    fill,
    flush: z.boolean().optional().describe('Write the lines back afterwards, from user space.'),
    fence: z.boolean().optional().describe('Fence after the flush.'),
    ...label,
  }),
  ranged('msync'),
  ranged('madvise_dontneed'),
  named('fsync'),
  named('fdatasync'),
  z.strictObject({ op: z.literal('sync'), ...label }),
  z.strictObject({
    op: z.literal('fallocate'),
    f: file,
    mode: fallocateMode,
    off: offset,
    len: length,
    ...label,
  }),
  z.strictObject({ op: z.literal('ftruncate'), f: file, size: z.int().min(0), ...label }),
]);

/** A scenario file. */
export const scenarioConfig = z.strictObject({
  title: z.string().describe('One sentence: what races with what.'),
  source: z.string().optional().describe('Where the scenario comes from.'),
  media_bytes: z
    .int()
    .min(1 << 20)
    .max(1 << 30)
    .default(4 << 20)
    .describe('Size of the device.'),
  setup: z.array(scenarioOperation).default([]).describe('Runs alone, in order, then is synced.'),
  threads: z
    .array(z.array(scenarioOperation).min(1))
    .min(1)
    .max(8)
    .describe('Each list runs in order; the threads interleave.'),
});

export type ScenarioOperation = z.output<typeof scenarioOperation>;
export type ScenarioConfig = z.output<typeof scenarioConfig>;

/** Raised when what a reproducer means changes. */
export const REPRODUCER_SCHEMA = 'daxsim/reproducer-explore/1';

/** A reproducer of an explored failure. */
export const reproducerConfig = z.strictObject({
  schema: z.literal(REPRODUCER_SCHEMA),
  version: z.string().describe('Version of the tool that made it.'),
  file_system: z.string().describe('File system, as in xfs-dax@6.12.'),
  lock_plan: z.string().describe('Name of the lock plan.'),
  knobs: z.record(z.string(), z.string()).describe('Settings of knobs.'),
  scenario: scenarioConfig,
  choices: z.array(z.int().min(0)).describe('Which runnable task acted at each point.'),
  digest: z.string().describe('Digest of the states on the way.'),
  failure: z.string().describe('What was wrong at the end.'),
});
export type Reproducer = z.output<typeof reproducerConfig>;
