/** Files of `configs/contention`: what lines, sleeps and wake-ups cost, and what steps touch. */
import { timeTicks } from '@daxsim/daxfs';
import { z } from 'zod';
import type { ContentionCosts, IdleState, RemoteMemory } from '@daxsim/sim';
import { loadConfig } from '../config/catalog-files.js';

const cost = z.strictObject({
  time: z.string().describe('A time with its unit, as 48ns.'),
  basis: z.enum(['measured', 'published', 'derived', 'recalled', 'fitted']).describe('How known.'),
  source: z.string().min(1).describe('Where from; of a fitted one, what to.'),
});

const COST_NAMES = [
  'atomic',
  'hit',
  'sameSocket',
  'crossSocket',
  'crossSocketQueued',
  'wake',
  'wakeSpread',
  'wakeIssue',
  'switch',
  'slice',
  'handoff',
  'readerSpin',
  'tree',
  'treeStep',
  'entryFind',
  'entryStore',
  'bucketScan',
  'gracePeriod',
  'slotScan',
  'shootdown',
  'shootdownEach',
] as const;
export type CostName = (typeof COST_NAMES)[number];

const scopes = ['inode', 'entry', 'pageTable', 'mm', 'directory', 'group', 'fileSystem'] as const;

const touch = z
  .strictObject({
    spin: z.string().optional().describe('A spin lock, taken for `inside` of the price.'),
    rmw: z.string().optional().describe('A line that is changed by an atomic.'),
    load: z.string().optional().describe('A line that is read.'),
    store: z.string().optional().describe('A line that is written.'),
    of: z.enum(scopes).describe('What there is one of them for.'),
    inside: z.string().default('0ns').describe('Part of the price under the spin lock.'),
    less: z.string().default('0ns').describe('Part of the price that a lock bit has itself.'),
    times: z.int().min(1).max(16).default(1).describe('How often a line is touched.'),
    shootdown: z.boolean().default(false).describe('Whether every TLB must let go.'),
    source: z.string().min(1).describe('Where from.'),
  })
  .refine(({ spin, rmw, load, store }) => [spin, rmw, load, store].filter(Boolean).length === 1, {
    message: 'one of spin, rmw, load and store',
  });

const remote = z.strictObject({
  machines: z.array(z.string()).describe('Machines of which this is true.'),
  load: z.number().min(1).describe('How much longer loads take from another socket.'),
  store: z.number().min(1).describe('How much longer stores take.'),
  mixedBytesPerSecond: z
    .number()
    .gt(0)
    .describe('Of loads and stores from other sockets together.'),
  basis: cost.shape.basis,
  source: cost.shape.source,
});

const lines = z.strictObject({
  count: z.int().min(0).max(64).describe('Lines.'),
  basis: cost.shape.basis,
  source: cost.shape.source,
});

const idleState = z.strictObject({
  after: z.string().describe('Idle for so long.'),
  more: z.string().describe('Time that waking takes beyond `wake`.'),
  basis: cost.shape.basis,
  source: cost.shape.source,
});

export const contentionConfig = z.strictObject({
  name: z.string().describe('Name of the file.'),
  about: z.string().describe('What machine this is.'),
  costs: z.record(z.enum(COST_NAMES), cost).describe('Times.'),
  loadOccupancy: z
    .strictObject({
      share: z.number().gt(0).max(1).describe('Of a transfer.'),
      basis: cost.shape.basis,
      source: cost.shape.source,
    })
    .describe('For how much of its transfer a load keeps others off a line.'),
  wakeLines: lines.describe(
    'Lines of a sleeper that who wakes it brings from where it went to sleep.',
  ),
  waiterLines: lines.describe(
    'Lines of a waiter that who takes it off the list of an rwsem brings before it wakes anybody.',
  ),
  idleStates: z.array(idleState).describe('Deeper sleep of idle CPUs, least first.'),
  remoteMemory: z.array(remote).describe('What the memory of another socket costs.'),
  touches: z.record(z.string(), touch).describe('By step.'),
  looksFirst: z
    .strictObject({
      steps: z.array(z.string()).describe('Steps.'),
      below: z.string().describe('A step that took less than this changed nothing.'),
      source: z.string().min(1).describe('Where from.'),
    })
    .describe('Steps that take their lock only to change something.'),
});

export type ContentionConfig = z.output<typeof contentionConfig>;
export type LineScope = (typeof scopes)[number];

/** What a step touches, in ticks. */
export interface Touch {
  readonly kind: 'spin' | 'rmw' | 'load' | 'store';
  readonly name: string;
  readonly of: LineScope;
  readonly insideTicks: number;
  readonly lessTicks: number;
  readonly times: number;
  readonly shootdown: boolean;
}

/** A file of costs, in ticks. */
export interface Contention {
  readonly name: string;
  readonly costs: ContentionCosts;
  /** By machine. */
  readonly remoteMemory: ReadonlyMap<string, RemoteMemory>;
  readonly touches: ReadonlyMap<string, Touch>;
  readonly looksFirst: ReadonlySet<string>;
  readonly changesFromTicks: number;
}

/** Loads by name or path. `scale` multiplies single costs, to see what hangs on them. */
export function loadContention(
  name: string,
  scale: { readonly [cost in CostName]?: number } = {},
): Contention {
  const { config } = loadConfig('contention', name, contentionConfig);
  return contentionOf(config, scale);
}

/** What the file says, in ticks. */
export function contentionOf(
  config: ContentionConfig,
  scale: { readonly [cost in CostName]?: number } = {},
): Contention {
  const where = `contention ${config.name}`;
  const ticks = (name: CostName): number =>
    Math.round(timeTicks(where, config.costs[name].time) * (scale[name] ?? 1));
  const costs: ContentionCosts = {
    atomicTicks: ticks('atomic'),
    hitTicks: ticks('hit'),
    sameSocketTicks: ticks('sameSocket'),
    crossSocketTicks: ticks('crossSocket'),
    crossSocketQueuedTicks: ticks('crossSocketQueued'),
    loadOccupancy: config.loadOccupancy.share,
    wakeTicks: ticks('wake'),
    wakeSpreadTicks: ticks('wakeSpread'),
    idleStates: idleStatesOf(config, where, scale.wake ?? 1),
    wakeIssueTicks: ticks('wakeIssue'),
    wakeLines: config.wakeLines.count,
    waiterLines: config.waiterLines.count,
    switchTicks: ticks('switch'),
    sliceTicks: ticks('slice'),
    handoffTicks: ticks('handoff'),
    readerSpinTicks: ticks('readerSpin'),
    treeTicks: ticks('tree'),
    treeStepTicks: ticks('treeStep'),
    entryFindTicks: ticks('entryFind'),
    entryStoreTicks: ticks('entryStore'),
    bucketScanTicks: ticks('bucketScan'),
    gracePeriodTicks: ticks('gracePeriod'),
    slotScanTicks: ticks('slotScan'),
    shootdownTicks: ticks('shootdown'),
    shootdownEachTicks: ticks('shootdownEach'),
  };
  const touches = Object.entries(config.touches).map(([step, entry]): [string, Touch] => {
    const kind = (['spin', 'rmw', 'load', 'store'] as const).find(
      (one) => entry[one] !== undefined,
    );
    return [
      step,
      {
        kind: kind ?? 'load',
        name: entry[kind ?? 'load'] ?? '',
        of: entry.of,
        insideTicks: timeTicks(where, entry.inside),
        lessTicks: timeTicks(where, entry.less),
        times: entry.times,
        shootdown: entry.shootdown,
      },
    ];
  });
  return {
    name: config.name,
    costs,
    remoteMemory: remoteMemoryOf(config),
    touches: new Map(touches),
    looksFirst: new Set(config.looksFirst.steps),
    changesFromTicks: timeTicks(where, config.looksFirst.below),
  };
}

function idleStatesOf({ idleStates }: ContentionConfig, where: string, times: number): IdleState[] {
  return idleStates.map(({ after, more }) => ({
    fromTicks: timeTicks(where, after),
    moreTicks: Math.round(timeTicks(where, more) * times),
  }));
}

function remoteMemoryOf({ remoteMemory }: ContentionConfig): ReadonlyMap<string, RemoteMemory> {
  return new Map(
    remoteMemory.flatMap(({ machines, load, store, mixedBytesPerSecond }) => {
      const values: RemoteMemory = {
        ...{ times: [load, store], stores: [false, true] },
        mixedBytesPerTick: mixedBytesPerSecond / TICKS_PER_SECOND,
      };
      return machines.map((machine): [string, RemoteMemory] => [machine, values]);
    }),
  );
}

const TICKS_PER_SECOND = 1e12;

/** Names of the costs that a file has. */
export const COSTS: readonly CostName[] = COST_NAMES;
