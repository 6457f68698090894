/**
 * The DIMM's address indirection and its buffer in on-DIMM DRAM.
 *
 *   RMW ─▶ [queue slots] ─▶ lookup, one at a time ─┬─ XPLine buffered ─▶ DRAM bank ─▶ answer
 *                                                  └─ not ─▶ media ─▶ answer, buffered from now on
 *
 * The buffer holds 4 KiB blocks, set-associative with exact LRU; of a block only the XPLines that
 * were read or written are there. Writes go through to the media at once and keep their queue slot
 * until they are there: a buffered block is never the only copy. Lookups are in order, so requests
 * reach the media in order.
 *
 * Left out: the table walk of a block that is not buffered (it overlaps the media read), the DRAM's
 * own commands (a bank has a latency and an occupancy), the write of a fetched XPLine into DRAM.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';
import { SortedRing } from '../timed/sorted-ring.js';
import {
  OWNED,
  StageOp,
  StageTime,
  defineStage,
  type InlineStage,
  type StageEnv,
} from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { In: IN, Admitted: ADMITTED, Done: DONE } = StageTime;
const { Read: READ, Write: WRITE } = StageOp;

export const aitBufferConfig = z.strictObject({
  kind: z.literal('ait-buffer'),
  queue: count(4096, 'Requests between the RMW buffer and the end of their work.'),
  blocks: count(1 << 20, 'Buffered blocks of 4 KiB; a multiple of the ways.'),
  ways: count(64, 'Blocks of a set.'),
  lookupNs: span('How long a lookup keeps the table.'),
  fromRmwNs: span('Way of a request from the RMW buffer to the table.'),
  toRmwNs: span('Way of an answer back to the RMW buffer.'),
  dramBanks: count(1024, 'Banks of the on-DIMM DRAM.'),
  dramReadNs: span('From a bank starting to 256 B being read.'),
  dramBusyNs: span('How long 256 B, read or written, keep a bank.'),
});
export type AitBufferConfig = z.output<typeof aitBufferConfig>;

const aitDeclarations = {
  aitReads: ['count', 'XPLines asked of the AIT buffer.'],
  aitReadHits: ['count', 'XPLines found in it.'],
  aitWrites: ['count', 'XPLines written through it, whole or in part.'],
  aitBlockMisses: ['count', 'Requests whose 4 KiB block was not buffered.'],
  aitQueueWaitTicks: ['ticks', 'Time the RMW buffer waited for a queue slot.'],
} as const;
export const aitStats = defineStats(aitDeclarations);

const CACHED = OWNED;
const XPLINES_PER_BLOCK_SHIFT = 4;

export class AitBuffer implements InlineStage {
  readonly stats: StatsOf<typeof aitDeclarations> = aitStats.create();
  private readonly slots: SortedRing;
  /** Per set, a ring from the most recent to the oldest: block + 1, 0 is free. */
  private readonly blockAt: Int32Array;
  /** Beside it, a bit for each of the block's sixteen XPLines that is buffered. */
  private readonly present: Int32Array;
  /** Per set, where the most recent block is. */
  private readonly newest: Int32Array;
  private readonly bankFreeAt: Float64Array;
  private readonly times: Float64Array;
  private readonly ways: number;
  private readonly sets: number;
  private readonly banks: number;
  private readonly lookupTicks: number;
  private readonly fromRmwTicks: number;
  private readonly toRmwTicks: number;
  private readonly dramReadTicks: number;
  private readonly dramBusyTicks: number;
  private tableFreeAt = 0.5;

  constructor(
    config: AitBufferConfig,
    env: StageEnv,
    private readonly media: InlineStage,
  ) {
    this.ways = config.ways.value;
    this.sets = config.blocks.value / this.ways;
    assert(Number.isInteger(this.sets), 'AitBuffer: blocks are not a multiple of ways');
    this.slots = new SortedRing(config.queue.value);
    this.blockAt = new Int32Array(config.blocks.value);
    this.present = new Int32Array(config.blocks.value);
    this.newest = new Int32Array(this.sets);
    this.banks = config.dramBanks.value;
    this.bankFreeAt = new Float64Array(this.banks);
    this.times = env.times;
    this.lookupTicks = spanTicks(config.lookupNs);
    this.fromRmwTicks = spanTicks(config.fromRmwNs);
    this.toRmwTicks = spanTicks(config.toRmwNs);
    this.dramReadTicks = spanTicks(config.dramReadNs);
    this.dramBusyTicks = spanTicks(config.dramBusyNs);
    this.tableFreeAt = 0;
    const { channel } = env;
    env.report({ stage: 'ait-buffer', channel, fields: aitStats.fields, values: this.stats });
  }

  serve(op: number, xpline: number): void {
    const { times } = this;
    const entered = times[IN];
    let admitted = this.slots.times[this.slots.head];
    if (admitted > entered) this.stats.aitQueueWaitTicks += admitted - entered;
    else admitted = entered;
    let start = admitted + this.fromRmwTicks;
    if (this.tableFreeAt > start) start = this.tableFreeAt;
    const found = start + this.lookupTicks;
    this.tableFreeAt = found;

    const block = xpline >>> XPLINES_PER_BLOCK_SHIFT;
    const way = this.touch(block);
    const bit = 1 << (xpline & 15);
    const isBuffered = (this.present[way] & bit) !== 0;
    this.present[way] |= bit;

    times[IN] = found;
    if (op === READ) {
      this.stats.aitReads += 1;
      if (isBuffered) this.readDram(block);
      else this.media.serve(op, xpline);
    } else {
      this.stats.aitWrites += 1;
      this.occupyDram(block);
      // What a partial write keeps is at hand if the XPLine is buffered.
      this.media.serve(isBuffered ? WRITE | (op & CACHED) : op, xpline);
    }
    this.slots.replaceHead(times, DONE);
    times[ADMITTED] = admitted;
    times[DONE] += this.toRmwTicks;
  }

  /** From `times[IN]` to `times[DONE]`. */
  private readDram(block: number): void {
    this.stats.aitReadHits += 1;
    this.occupyDram(block);
    const startedAt = this.bankFreeAt[block % this.banks] - this.dramBusyTicks;
    this.times[DONE] = startedAt + this.dramReadTicks;
  }

  /** Keeps the block's bank busy, from `times[IN]` or when it is free. */
  private occupyDram(block: number): void {
    const bank = block % this.banks;
    const at = this.times[IN];
    const start = this.bankFreeAt[bank] > at ? this.bankFreeAt[bank] : at;
    this.bankFreeAt[bank] = start + this.dramBusyTicks;
  }

  /** Makes `block` the most recent of its set, in place of the oldest if need be; its index. */
  private touch(block: number): number {
    const { blockAt } = this;
    const set = block % this.sets;
    const first = set * this.ways;
    const newest = first + this.newest[set];
    const tag = block + 1;
    if (blockAt[newest] === tag) return newest;
    const end = first + this.ways;
    for (let at = first; at < end; at += 1) {
      if (blockAt[at] === tag) return this.moveUp(at, newest, first);
    }
    this.stats.aitBlockMisses += 1;
    // The oldest lies before the newest, so that its place is where the next newest belongs.
    const oldest = (newest === first ? end : newest) - 1;
    blockAt[oldest] = tag;
    this.present[oldest] = 0;
    this.newest[set] = oldest - first;
    return oldest;
  }

  /** Takes the block at `from` to the place of the newest; those in between age by one place. */
  private moveUp(from: number, newest: number, first: number): number {
    const { blockAt, present } = this;
    const tag = blockAt[from];
    const kept = present[from];
    const last = first + this.ways - 1;
    let at = from;
    while (at !== newest) {
      const before = at === first ? last : at - 1;
      blockAt[at] = blockAt[before];
      present[at] = present[before];
      at = before;
    }
    blockAt[newest] = tag;
    present[newest] = kept;
    return newest;
  }
}

export const aitBuffer = defineStage({
  kind: 'ait-buffer',
  config: aitBufferConfig,
  takes: 'xpline',
  gives: 'xpline',
  build(config, env, next) {
    assert(next !== null, 'AitBuffer: needs media behind it');
    return new AitBuffer(config, env, next);
  },
});
