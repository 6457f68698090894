/**
 * The form of a scenario corpus, version 2: scenarios with operations that interleave, checks that
 * must hold, and a defect or lock plans under which one of them must break.
 *
 * Offsets, lengths and sizes are bytes; a block and a base page have 4096. `off` of an operation on
 * a mapping counts from the mapping's start. A fill is one letter or digit, repeated.
 */
import { z } from 'zod';

const file = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]*(\/[A-Z][A-Za-z0-9]*)*$/)
  .describe('Path from the root: capital-letter names.');
const name = z.string().regex(/^[a-z][a-z0-9_]*$/);
const map = name.describe('A mapping.');
const pin = name.describe('Pinned pages.');
const offset = z.int().min(0).describe('Bytes.');
const length = z.int().min(1).describe('Bytes.');
const fill = z
  .string()
  .regex(/^[A-Za-z0-9]$/)
  .describe('The byte written.');
const label = { as: name.optional().describe('Label of the result.') };
const place = z.strictObject({ map, off: offset }).describe('Bytes of a mapping.');

const plain = <const N extends string>(op: N) => z.strictObject({ op: z.literal(op), ...label });
const onFile = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), f: file, ...label });
const onDirectory = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), d: file, ...label });
const onTwo = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), from: file, to: file, ...label });
const onRange = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), map, off: offset, len: length, ...label });
const sized = <const N extends string>(op: N) =>
  z.strictObject({ op: z.literal(op), f: file, size: z.int().min(0), ...label });

/** One operation of the set-up or of a thread. */
export const corpusOperation = z.discriminatedUnion('op', [
  onFile('creat'),
  z.strictObject({
    op: z.literal('open'),
    f: file,
    flags: z.array(z.enum(['direct', 'append', 'trunc', 'revalidate'])).optional(),
    ...label,
  }),
  onFile('close'),
  onDirectory('mkdir'),
  onDirectory('rmdir'),
  onFile('unlink'),
  onTwo('rename'),
  onTwo('link'),
  z.strictObject({
    op: z.literal('reflink'),
    from: file,
    to: file,
    off: offset,
    len: length,
    ...label,
  }),
  z.strictObject({ op: z.literal('pread'), f: file, off: offset, len: length, ...label }),
  z
    .strictObject({
      op: z.literal('pwrite'),
      f: file,
      off: offset,
      len: length,
      fill: fill.optional(),
      from: place.optional(),
      ...label,
    })
    .refine((op) => (op.fill === undefined) !== (op.from === undefined), {
      message: 'pwrite needs either fill or from',
    }),
  z.strictObject({ op: z.literal('append'), f: file, len: length, fill, ...label }),
  z.strictObject({
    op: z.literal('dio_write'),
    f: file,
    off: offset,
    len: length,
    src: z.union([place, z.strictObject({ pattern: fill })]),
    ...label,
  }),
  z.strictObject({
    op: z.literal('dio_read'),
    f: file,
    off: offset,
    len: length,
    dst: place,
    ...label,
  }),
  z.strictObject({
    op: z.literal('mmap'),
    map,
    f: file,
    off: z.int().min(0).multipleOf(4096),
    len: length,
    flags: z.array(z.enum(['shared', 'private', 'sync', 'huge_ok'])),
    ...label,
  }),
  z.strictObject({ op: z.literal('munmap'), map, ...label }),
  onRange('load'),
  z.strictObject({
    op: z.literal('store'),
    map,
    off: offset,
    len: length,
    fill,
    flush: z.boolean().optional().describe('The program writes the lines back afterwards.'),
    fence: z.boolean().optional().describe('And fences.'),
    ...label,
  }),
  onRange('msync'),
  onRange('madvise_dontneed'),
  onFile('fsync'),
  onFile('fdatasync'),
  plain('sync'),
  z.strictObject({
    op: z.literal('fallocate'),
    f: file,
    mode: z.enum(['alloc', 'keep_size', 'punch', 'zero', 'zero_keep', 'collapse', 'insert']),
    off: offset,
    len: length,
    ...label,
  }),
  sized('ftruncate'),
  z.strictObject({
    op: z.literal('pin'),
    map,
    off: offset,
    len: length,
    id: pin,
    fast: z.boolean().optional().describe('No lock is held while the page table is walked.'),
    ...label,
  }),
  z.strictObject({ op: z.literal('dma_write'), id: pin, fill, ...label }),
  z.strictObject({ op: z.literal('unpin'), id: pin, ...label }),
  onFile('writeback'),
  sized('host_truncate'),
  onFile('reclaim_window'),
  onFile('evict'),
  z.strictObject({ op: z.literal('poison'), f: file, off: offset, len: length, ...label }),
  z.strictObject({ op: z.literal('fill_fs'), n: z.int().min(0), ...label }),
  z.strictObject({
    op: z.literal('set_flag'),
    f: z.union([z.literal('/'), file]),
    flag: z.enum(['shutdown', 'dax']),
    value: z.boolean(),
    ...label,
  }),
  z.strictObject({ op: z.literal('crash') }),
  plain('remount'),
]);

const plan = z.string().min(1).describe('Lock plan, with knobs as in S2+U=yes.');

export const corpusScenario = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string(),
  source: z.array(z.string()),
  status: z.enum(['verified', 'recalled', 'derived']),
  kind: z.string(),
  system: z.enum([
    'xfs-dax',
    'ext4-dax',
    'virtiofs-dax',
    'fuse-page-cache',
    'early-dax',
    'any',
    'xfs-dax-reflink',
    'xfs-pagecache',
    'nfs-page-cache',
    'xfs-pagecache-sums',
  ]),
  params: z
    .strictObject({
      window_ranges: z.int().min(1).optional().describe('Ranges of 2 MiB.'),
      max_retries: z.int().min(1).optional().describe('Of one fault; 16 when absent.'),
      media_bytes: z.int().min(1).optional().describe('Size of the device.'),
      async_free: z.boolean().optional(),
      log_writers: z.int().min(1).optional(),
      guests: z
        .array(z.int().min(0).max(7))
        .optional()
        .describe('Which guest each thread belongs to; all to one when absent.'),
      host_fault: z
        .enum(['eio', 'sigbus', 'hang'])
        .optional()
        .describe('What a page that the host took away leads to; eio when absent.'),
    })
    .optional(),
  setup: z.array(corpusOperation).describe('Runs alone, in order, then is synced.'),
  threads: z.array(z.array(corpusOperation).min(1)).min(1).max(8),
  crash: z.boolean().describe('Power loss at each persist point of each schedule.'),
  depth: z.int().min(1).describe('Ordering constraints that force the failure; a hint.'),
  window: z.string(),
  expected: z.string(),
  fix: z.string(),
  checks: z
    .array(
      z.strictObject({
        scope: z.enum(['end', 'crash', 'always']),
        expr: z.string().min(1),
        note: z.string().optional(),
      }),
    )
    .min(1),
  defect: z
    .strictObject({
      name: z.string(),
      args: z.record(z.string(), z.unknown()).optional(),
      goes_wrong: z.string(),
    })
    .nullable(),
  plans_that_fail: z.array(plan).optional(),
  plans_that_pass: z.array(plan).optional(),
  control: z.boolean().optional().describe('A safe control: it must never fail.'),
  fails_with: z
    .string()
    .optional()
    .describe('What some schedules must report, and no failing one anything else.'),
  chance: z
    .strictObject({
      runs: z.int().min(1).describe('Runs; the first learns how long they are.'),
      depth: z.int().min(0).max(8).describe('Orderings that a failure may need; 0: pure chance.'),
    })
    .optional()
    .describe('Too many schedules to search all: so many by chance.'),
  also_with: z.array(z.string()).optional(),
});

/** A corpus file. */
export const corpusConfig = z.strictObject({
  title: z.string(),
  version: z.literal(2),
  conventions: z.unknown(),
  scenarios: z.array(corpusScenario),
  count: z.int().min(0).describe('How many scenarios there are.'),
});

export type CorpusOperation = z.output<typeof corpusOperation>;
export type CorpusScenario = z.output<typeof corpusScenario>;
export type CorpusConfig = z.output<typeof corpusConfig>;

/** Raised when what a reproducer means changes. */
export const CORPUS_REPRODUCER_SCHEMA = 'daxsim/reproducer-corpus/1';

/** A reproducer of a failure that a scenario's defect, or a lock plan, leads to. */
export const corpusReproducerConfig = z.strictObject({
  schema: z.literal(CORPUS_REPRODUCER_SCHEMA),
  version: z.string(),
  lock_plan: z.string(),
  defect: z.string().nullable(),
  scenario: corpusScenario,
  choices: z.array(z.int().min(0)),
  digest: z.string(),
  failure: z.string(),
});
export type CorpusReproducer = z.output<typeof corpusReproducerConfig>;
