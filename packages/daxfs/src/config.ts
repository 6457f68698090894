/**
 * The configuration of a file system: personality, lock plan, knobs, and what each step costs.
 *
 * Figures say where they come from; a step without a price is refused when recipes are compiled.
 * Times are text with a unit. Parsing text is not done here.
 */
import { HOST } from './window/hosted.js';
import { z } from 'zod';
import type { LockPlan, StepPrice, SyncCosts } from '@daxsim/sim';
import { lockPlan } from './lock-plans/catalog.js';
import { personality } from './personalities/catalog.js';
import { priceTable, timeTicks } from './prices.js';
import type { Personality } from './personality.js';

const TIME = /^\d+(\.\d+)?\s*(ps|ns|us|ms)$/;
const BASES = ['measured', 'published', 'derived', 'recalled', 'fitted'] as const;

const time = z.string().regex(TIME, 'a time with ps, ns, us or ms, such as 120ns');
const source = z
  .string()
  .min(3)
  .describe('Where the figure comes from: record, paper, kernel file.');
const basis = z.enum(BASES).describe('How well it is known.');

const figure = z.strictObject({ time, source, basis });

/** What one step costs. */
export const stepPriceConfig = z.strictObject({
  fixed: time.describe('Charged each time the step runs.'),
  each: time.optional().describe('Charged for each unit that the step counted.'),
  per: z.string().optional().describe('What is counted: the register that the step names.'),
  source,
  basis,
});

export const syncCostsConfig = z.strictObject({
  atomic: figure.describe('A locked read-modify-write of a line that the CPU owns.'),
  lineTransfer: figure.describe('Bringing a lock word’s line from the CPU that changed it last.'),
  wake: figure.describe('From the release of a lock to its sleeper running again.'),
  switch: figure.describe('Giving up a CPU, or taking one over from another task.'),
});

/** How a kernel caches files in memory; `CacheValues` says what each is. */
export const cacheValues = z.strictObject({
  pagesMost: z.int().min(64).max(1048576).describe('Pages that the cache may hold.'),
  dirtyMost: z.int().min(16).max(1048576).describe('Pages that may be dirty.'),
  readAheadLogic: z.enum(['onDemand', 'split']).describe('How a readahead window is chosen.'),
  readAheadPages: z.int().min(0).max(4096).describe('Readahead window, pages.'),
  requestPages: z.int().min(1).max(65536).describe('Largest request of the device, pages.'),
  mapAroundPages: z.int().min(1).max(512).describe('Pages that a read fault maps if cached.'),
  folioOrderMost: z.int().min(0).max(9).describe('Largest folio, as a power of two of pages.'),
  writesLargeFolios: z.boolean().describe('Whether write(2) makes folios of several pages.'),
  hasFoliosOfTwo: z.boolean().describe('Whether there are folios of two pages.'),
  dirtyUnit: z.enum(['folio', 'block']).describe('What a partial write to a folio dirties.'),
  stablePages: z.boolean().describe('Whether changes wait for the end of a writeback.'),
  delayedTree: z.enum(['worst', 'none']).describe('What a delayed allocation reserves beside.'),
  preallocateBlocks: z.int().min(0).max(1024).describe('Least reservation behind the end.'),
  zeroingSkipsUnwritten: z.boolean().describe('Whether zeroing skips unwritten blocks.'),
  flushesForSpace: z.boolean().describe('Whether a write without space flushes first.'),
  zeroesDirtyPages: z.boolean().describe('Whether zeroing changes dirty pages in place.'),
  placesWrittenOnly: z.boolean().describe('Whether writeback allocates only what it writes.'),
  checksSectorsLate: z.boolean().describe('Whether misaligned direct calls are refused late.'),
  flushesTruncated: z.boolean().describe('Whether the last close writes a truncated file back.'),
});

/** How shared blocks are copied; `SharingValues` says what each is. */
export const sharingValues = z.strictObject({
  copyUnitBlocks: z.int().min(1).max(1024).describe('Blocks that are staged together.'),
  readFaultsSeeShares: z.boolean().describe('Whether a read fault is told of shared blocks.'),
  unmapsCopied: z.boolean().describe('Whether write(2) unmaps the blocks it copied.'),
  fillsHoles: z.boolean().describe('Whether the copy of a hole is zeros.'),
  copiesToZero: z.boolean().describe('Whether zeroing a part of a shared block copies it.'),
  keepsStagedIfDirty: z.boolean().describe('Whether unsharing a dirty file keeps staged blocks.'),
});

/** How a client caches its server's files; `ServerValues` says what each is. */
export const serverValues = z.strictObject({
  bouncePages: z.enum(['all', 'pinned', 'none']).describe('Pages that are sent from a copy.'),
  backgroundMost: z.int().min(0).max(12).describe('Pages under way that nobody waits for.'),
  writesThrough: z.boolean().describe('Whether write(2) waits for its server.'),
  sizes: z.enum(['own', 'servers']).describe('Whose size counts when attributes are asked for.'),
});

/** A guest's window; `WindowValues` says what each is. */
export const windowValues = z.strictObject({
  host: z.string().describe('Personality of the host, family@kernel.'),
  ranges: z.int().min(1).max(1048576).describe('Ranges of 2 MiB of each guest.'),
  guests: z.int().min(1).max(64).describe('Guests that share the host’s files.'),
  reclaimRanges: z.int().min(1).max(1024).describe('Ranges that one run of the worker takes back.'),
  reclaimBelowPercent: z.int().min(0).max(100).describe('The worker runs while fewer are free.'),
});

/**
 * What a personality may say; the values themselves stand in `personalities/` with their sources.
 */
export const personalityValues = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]+@[0-9.]+$/)
    .describe('family@kernel'),
  plan: z.string().describe('Name of the lock plan that this kernel ships.'),
  tagsDirtyOn: z.enum(['everyFault', 'writeFault']).describe('Faults that tag their entry dirty.'),
  privateHugeStore: z
    .enum(['tried', 'split'])
    .describe('What a store to 2 MiB of a private mapping does first.'),
  layoutBreakScope: z
    .enum(['file', 'range', 'none'])
    .describe('What truncate and fallocate unmap first.'),
  layoutBreakOn: z
    .enum(['everyChange', 'removal'])
    .describe('Calls that unmap first: every change of extents, or those that take blocks away.'),
  fallocateOrder: z
    .enum(['unmapStampCheck', 'stampUnmapCheck', 'checkStampUnmap'])
    .describe('In which order fallocate unmaps, sets stamps and refuses.'),
  zeroRange: z
    .enum(['replace', 'convert'])
    .describe('Zeroing a range frees blocks and allocates others, or makes them unwritten.'),
  punchLimit: z.enum(['none', 'end']).describe('How far behind the end of a file a punch reaches.'),
  extentHints: z.boolean().describe('Whether files have extent size hints.'),
  unshares: z.boolean().describe('Whether fallocate can be asked to unshare blocks.'),
  preallocatesInPart: z
    .boolean()
    .describe('Whether a preallocation that cannot have all of its blocks keeps some.'),
  zeroesEofOnGrow: z.boolean().describe('Growing zeroes written blocks behind the old end.'),
  eofAllocation: z
    .enum(['block', 'stripe'])
    .describe('How far an allocation at the end of a file reaches.'),
  zeroesGapOnWrite: z
    .boolean()
    .describe('A write behind the end zeroes written bytes between the two.'),
  placement: z
    .enum(['nearest', 'buddy'])
    .describe('Where blocks go: near the file’s others, or in runs of a power of two.'),
  neighbourBlocks: z
    .int()
    .min(0)
    .max(32768)
    .describe('Most unwritten blocks that become written beside those that are needed.'),
  blocksPerWrite: z
    .int()
    .min(1)
    .max(32768)
    .describe('Most blocks that one transaction of a write allocates.'),
  hugeAllocation: z
    .enum(['whole', 'part'])
    .describe('Whether a fault of 2 MiB needs space for all it misses.'),
  treeReserveBlocks: z
    .int()
    .min(0)
    .max(64)
    .describe('Blocks that must be free beside those that an allocation asks for.'),
  cache: cacheValues.nullable().describe('How files are cached; null for DAX.'),
  stampsSameSize: z.boolean().describe('Whether truncate(2) to the same size sets stamps.'),
  xattrLimits: z
    .strictObject({
      bodyBytes: z.int().min(0).max(88).describe('What the inode has room for.'),
      blockBytes: z.int().min(0).max(4060).describe('What the one block has room for.'),
    })
    .nullable()
    .describe('What extended attributes have room for; null for any number.'),
  sharing: sharingValues.nullable().describe('How shared blocks are copied; null if none are.'),
  server: serverValues.nullable().describe('How a client caches; null for own files.'),
  window: windowValues.nullable().describe('The window of a guest; null without one.'),
  flushesBeforeCheck: z
    .boolean()
    .describe('Whether fallocate writes its range back before it looks at what was asked.'),
  flushesNewEnd: z.boolean().describe('Whether a truncation writes the page of the new end back.'),
  flushesGrowth: z.boolean().describe('Whether a growing file is written back from its old end.'),
  trimsOnClose: z
    .enum(['any', 'writable', 'never'])
    .describe('Which last close frees blocks behind the end of the file.'),
  createReserveBlocks: z
    .int()
    .min(0)
    .max(1024)
    .describe('Blocks that must be free to make an inode and its name.'),
  inlineExtents: z.int().min(1).max(21).describe('Extents that an inode holds without a tree.'),
  renameOverFull: z
    .enum(['EEXIST', 'ENOTEMPTY'])
    .describe('Error of a rename over a directory that is not empty.'),
  exchangeModifies: z
    .boolean()
    .describe('Whether directories that an exchange moves get a new modification time.'),
  extentMost: z
    .strictObject({ written: z.int().min(1), unwritten: z.int().min(1) })
    .describe('Longest extents, in blocks, by state.'),
  extentsPerFree: z.int().min(1).max(16).describe('Extents that one transaction may free.'),
  accessTimes: z.enum(['never', 'relative']).describe('Whether reads update the access time.'),
  metadata: z
    .enum(['logged', 'synchronous'])
    .describe('Durable after a log force, or when the call returns.'),
  faultEntryLock: z.enum(['vma', 'mm']).describe('What keeps a mapping alive during a fault.'),
  pageFaultLock: z
    .enum(['same', 'mm'])
    .describe('Whether a program’s fault of one page begins anew under the address space’s lock.'),
  stampGranularityNs: z
    .int()
    .min(1)
    .max(1000000000)
    .describe('Coarsest unit of time stamps, nanoseconds.'),
});

export const fileSystemConfig = z
  .strictObject({
    name: z.string().min(1).describe('Name of the configuration.'),
    about: z.string().min(1).describe('One sentence: what it stands for.'),
    basedOn: z
      .string()
      .optional()
      .describe('Configuration whose prices count for the steps that this one does not name.'),
    personality: z.string().describe('`family@kernel`, or a family for its newest kernel.'),
    plan: z.string().describe('Name of the lock plan.'),
    knobs: z
      .record(z.string(), z.string())
      .optional()
      .describe('Values of catalogued knobs; they win over the plan’s.'),
    syncCosts: syncCostsConfig.describe('What locks and sleeps cost.'),
    prices: z.record(z.string(), stepPriceConfig).describe('Price of every step, by name.'),
  })
  .describe('A file system: how it behaves, what it locks, what its steps cost.');
export type FileSystemConfig = z.output<typeof fileSystemConfig>;

/** A configuration with its names looked up and its times in ticks. */
export interface FileSystemChoice {
  readonly name: string;
  readonly personality: Personality;
  readonly plan: LockPlan;
  readonly knobs: { readonly [knob: string]: string };
  readonly prices: ReadonlyMap<string, StepPrice>;
  /** Basis of each step's price. */
  readonly basisOf: ReadonlyMap<string, string>;
  readonly syncCosts: SyncCosts;
}

/** The configuration with the prices of the one that it is based on. */
export function overBase(config: FileSystemConfig, base: FileSystemConfig): FileSystemConfig {
  return { ...config, basedOn: undefined, prices: { ...base.prices, ...config.prices } };
}

/** A step of the host costs what the same step costs a guest, if nothing else is said. */
function withHost(prices: FileSystemConfig['prices']): FileSystemConfig['prices'] {
  const hosted = Object.entries(prices).map(([step, price]) => [HOST + step, price] as const);
  return { ...Object.fromEntries(hosted), ...prices };
}

/** Looks names up and converts times. Throws `ConfigError`, with `where` for the reader. */
export function resolveFileSystem(where: string, config: FileSystemConfig): FileSystemChoice {
  const { syncCosts } = config;
  const values = personality(config.personality);
  const prices = values.window === null ? config.prices : withHost(config.prices);
  return {
    name: config.name,
    personality: values,
    plan: lockPlan(config.plan),
    knobs: config.knobs ?? {},
    prices: priceTable(where, prices),
    basisOf: new Map(Object.entries(prices).map(([step, price]) => [step, price.basis])),
    syncCosts: {
      atomicTicks: timeTicks(where, syncCosts.atomic.time),
      lineTransferTicks: timeTicks(where, syncCosts.lineTransfer.time),
      wakeTicks: timeTicks(where, syncCosts.wake.time),
      switchTicks: timeTicks(where, syncCosts.switch.time),
    },
  };
}
