/**
 * The DIMM's address indirection: where an XPLine is in the media, and the buffer of what is known.
 *
 *   RMW ─▶ [queue slots] ─▶ lookup, one at a time ─┬─ block known ────────▶ media ─▶ answer
 *                                                  └─ not: walk the table ─▶ media ─▶ answer
 *
 * The buffer holds the places of 4 KiB blocks, set-associative with exact LRU. It stands for the 16
 * MB that pointer chases show. That it holds places and not data follows from how those curves rise
 * beyond: a share of capacity ÷ region of the accesses is fast, which needs whole blocks, and whole
 * blocks of data could not be fetched at the bandwidth that random reads have. A walk holds up
 * nobody's lookup, but requests leave for the media in their order.
 *
 * Requests keep their slot until the media are done with them. Writes are counted per block, and
 * blocks that are worn are moved (`block-moves.ts`): the module stands still meanwhile.
 *
 * Left out: traffic of the walk in the on-DIMM DRAM.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';
import { BlockMoves, moveFigures } from './block-moves.js';
import { SortedRing } from '../timed/sorted-ring.js';
import { StageOp, defineStage, type InlineStage } from './stage.js';
import type { StageEnv, StageTimes } from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ } = StageOp;

export const aitBufferConfig = z.strictObject({
  kind: z.literal('ait-buffer'),
  queue: count(4096, 'Requests between the RMW buffer and the end of their work.'),
  aheadSlots: count(4096, 'Slots that must be free for reading ahead; at most the queue.'),
  blocks: count(1 << 20, 'Buffered blocks of 4 KiB; a multiple of the ways.'),
  ways: count(64, 'Blocks of a set.'),
  lookupNs: span('How long a lookup keeps the table.'),
  fromRmwNs: span('Way of a request from the RMW buffer to the table.'),
  toRmwNs: span('Way of an answer back to the RMW buffer.'),
  walkNs: span('What finding the place of a block takes that is not buffered.'),
  ...moveFigures,
});
export type AitBufferConfig = z.output<typeof aitBufferConfig>;

const aitDeclarations = {
  aitReads: ['count', 'XPLines read through the AIT.'],
  aitReadHits: ['count', 'Of these, with the place of their block buffered.'],
  aitWrites: ['count', 'XPLines written through it, whole or in part.'],
  aitBlockMisses: ['count', 'Requests whose 4 KiB block was not buffered.'],
  aitQueueWaitTicks: ['ticks', 'Time the RMW buffer waited for a queue slot.'],
  blockMoves: ['count', 'Moves of a 4 KiB block.'],
  wearMax: ['count', 'Writes of the most written 4 KiB block.', 'max'],
} as const;
export const aitStats = defineStats(aitDeclarations);

const XPLINES_PER_BLOCK_SHIFT = 4;

export class AitBuffer implements InlineStage {
  readonly stats: StatsOf<typeof aitDeclarations> = aitStats.create();
  private readonly slots: SortedRing;
  /** Per set, a ring from the most recent to the oldest: block + 1, 0 is free. */
  private readonly blockAt: Int32Array;
  /** Per set, where the most recent block is. */
  private readonly newest: Int32Array;
  private readonly times: StageTimes;
  private readonly moves: BlockMoves;
  private readonly aheadPlace: number;
  private readonly ways: number;
  private readonly sets: number;
  private readonly lookupTicks: number;
  private readonly fromRmwTicks: number;
  private readonly toRmwTicks: number;
  private readonly walkTicks: number;
  private tableFreeAt = 0.5;
  private leftAt = 0.5;

  constructor(
    config: AitBufferConfig,
    env: StageEnv,
    private readonly media: InlineStage,
  ) {
    this.ways = config.ways.value;
    this.sets = config.blocks.value / this.ways;
    assert(Number.isInteger(this.sets), 'AitBuffer: blocks are not a multiple of ways');
    this.slots = new SortedRing(config.queue.value);
    this.aheadPlace = config.aheadSlots.value - 1;
    assert(this.aheadPlace < config.queue.value, 'AitBuffer: more slots to be free than there are');
    this.blockAt = new Int32Array(config.blocks.value);
    this.newest = new Int32Array(this.sets);
    this.times = env.times;
    this.lookupTicks = spanTicks(config.lookupNs);
    this.fromRmwTicks = spanTicks(config.fromRmwNs);
    this.toRmwTicks = spanTicks(config.toRmwNs);
    this.walkTicks = spanTicks(config.walkNs);
    this.tableFreeAt = 0;
    this.leftAt = 0;
    const { channel } = env;
    this.moves = new BlockMoves(config, env);
    const { moves, stats } = this;
    const settle = (): void => {
      stats.blockMoves = moves.moves;
      stats.wearMax = moves.wearMax;
    };
    env.report({ stage: 'ait-buffer', channel, fields: aitStats.fields, values: stats, settle });
  }

  foresee(xpline: number): void {
    this.moves.foresee(xpline >>> XPLINES_PER_BLOCK_SHIFT);
  }

  serve(op: number, xpline: number): void {
    const { times } = this;
    const entered = times.in;
    let admitted = this.slots.times[this.slots.head];
    if (admitted > entered) this.stats.aitQueueWaitTicks += admitted - entered;
    else admitted = entered;
    let start = admitted + this.fromRmwTicks;
    if (this.tableFreeAt > start) start = this.tableFreeAt;
    const found = start + this.lookupTicks;
    this.tableFreeAt = found;

    const isKnown = this.touch(xpline >>> XPLINES_PER_BLOCK_SHIFT);
    let leaves = isKnown ? found : found + this.walkTicks;
    if (this.leftAt > leaves) leaves = this.leftAt;
    this.leftAt = leaves;
    if (op === READ) {
      this.stats.aitReads += 1;
      if (isKnown) this.stats.aitReadHits += 1;
    } else {
      this.stats.aitWrites += 1;
      times.admitted = admitted;
      this.moves.write(xpline >>> XPLINES_PER_BLOCK_SHIFT);
    }
    times.in = leaves;
    this.media.serve(op, xpline);
    const { slots } = this;
    slots.backAt = times.done;
    slots.replaceHead();
    times.room = slots.times[slots.head];
    let place = slots.head + this.aheadPlace;
    if (place >= slots.times.length) place -= slots.times.length;
    times.spare = slots.times[place];
    times.admitted = admitted;
    times.done += this.toRmwTicks;
  }

  /** Makes `block` the most recent of its set, in place of the oldest; whether it was known. */
  private touch(block: number): boolean {
    const { blockAt } = this;
    const set = block % this.sets;
    const first = set * this.ways;
    const newest = first + this.newest[set];
    const tag = block + 1;
    if (blockAt[newest] === tag) return true;
    const end = first + this.ways;
    let at = first;
    // Most are not there: four looks a round are a third faster than one.
    for (; at + 3 < end; at += 4) {
      if (blockAt[at] === tag || blockAt[at + 1] === tag) break;
      if (blockAt[at + 2] === tag || blockAt[at + 3] === tag) break;
    }
    while (at < end && blockAt[at] !== tag) at += 1;
    if (at < end) {
      this.moveUp(at, newest, first);
      return true;
    }
    this.stats.aitBlockMisses += 1;
    // The oldest lies before the newest, so that its place is where the next newest belongs.
    const oldest = (newest === first ? end : newest) - 1;
    blockAt[oldest] = tag;
    this.newest[set] = oldest - first;
    return false;
  }

  /** Takes the block at `from` to the place of the newest; those in between age by one place. */
  private moveUp(from: number, newest: number, first: number): void {
    const { blockAt } = this;
    const tag = blockAt[from];
    const last = first + this.ways - 1;
    let at = from;
    while (at !== newest) {
      const before = at === first ? last : at - 1;
      blockAt[at] = blockAt[before];
      at = before;
    }
    blockAt[newest] = tag;
  }
}

export const aitBuffer = defineStage({
  kind: 'ait-buffer',
  config: aitBufferConfig,
  models: [
    'address indirection of a module: queue, table, buffered places of 4 KiB blocks; wear ' +
      'levelling that moves hot and other blocks while the module stands still',
  ],
  leavesOut: ['traffic of table walks in the on-DIMM DRAM'],
  takes: 'xpline',
  gives: 'xpline',
  build(config, env, next) {
    assert(next !== null, 'AitBuffer: needs media behind it');
    return new AitBuffer(config, env, next);
  },
});
