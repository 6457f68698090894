/**
 * The DIMM's front: link, load/store queue and the buffer that combines 64-byte lines to XPLines.
 *
 *   controller ─link─▶ [queue, in order] ─▶ buffer of XPLines ── miss ──▶ AIT
 *                                           hit: merge or answer        oldest dirty one goes first
 *
 * A read miss fetches the XPLine; a write miss takes an entry and fetches nothing. An entry is
 * written out when it is the oldest and room is needed: whole if all four lines were written whole
 * or the XPLine was fetched, else as a partial write. Requests are taken in order: one that must
 * wait (for an entry that is still being fetched, or for a slot at the AIT) holds up those behind
 * it. A hit on an entry that is being fetched waits for it without holding up anybody.
 *
 * Left out: the real buffer's replacement is not exactly LRU; answers do not compete for the link.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';
import { LineTable } from '../line-table.js';
import { RecencyList } from '../timed/recency-list.js';
import { StageOp, StageTime, defineStage, type InlineStage, type StageEnv } from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { In: IN, Admitted: ADMITTED, Done: DONE } = StageTime;
const { Read: READ, Write: WRITE, PartialWrite: PARTIAL_WRITE } = StageOp;

export const rmwBufferConfig = z.strictObject({
  kind: z.literal('rmw-buffer'),
  entries: count(4096, 'XPLines that the buffer holds.'),
  linkNs: span('One way between controller and DIMM.'),
  readNs: span('From a line being found, or its XPLine arriving, to the answer leaving.'),
  readBusyNs: span('How long a read keeps the front busy.'),
  writeBusyNs: span('How long a write keeps the front busy.'),
});
export type RmwBufferConfig = z.output<typeof rmwBufferConfig>;

const rmwDeclarations = {
  rmwReads: ['count', 'Lines read from the DIMM.'],
  rmwReadHits: ['count', 'Lines whose XPLine was in the buffer or on its way there.'],
  rmwWrites: ['count', 'Lines written to the DIMM.'],
  rmwWriteHits: ['count', 'Lines merged into an XPLine that was in the buffer.'],
  rmwWholeEvictions: ['count', 'XPLines written out whole.'],
  rmwPartialEvictions: ['count', 'XPLines written out of which only a part was known.'],
  requestedReadBytes: ['bytes', 'Bytes the controller read.'],
  requestedWriteBytes: ['bytes', 'Bytes the controller wrote.'],
} as const;
export const rmwStats = defineStats(rmwDeclarations);

const LINE_BYTES = 64;
const WHOLE = 15;

export class RmwBuffer implements InlineStage {
  readonly stats: StatsOf<typeof rmwDeclarations> = rmwStats.create();
  private readonly entryOf: LineTable;
  private readonly recency: RecencyList;
  private readonly xplineOf: Int32Array;
  /** Lines written whole since the entry was taken, a bit each. */
  private readonly written: Uint8Array;
  private readonly isDirty: Uint8Array;
  private readonly isFetched: Uint8Array;
  private readonly fetchedAt: Float64Array;
  private readonly times: Float64Array;
  private readonly linkTicks: number;
  private readonly readTicks: number;
  private readonly readBusyTicks: number;
  private readonly writeBusyTicks: number;
  private freeAt = 0.5;

  constructor(
    config: RmwBufferConfig,
    env: StageEnv,
    private readonly ait: InlineStage,
  ) {
    const entries = config.entries.value;
    this.entryOf = new LineTable(entries);
    this.recency = new RecencyList(entries);
    this.xplineOf = new Int32Array(entries).fill(-1);
    this.written = new Uint8Array(entries);
    this.isDirty = new Uint8Array(entries);
    this.isFetched = new Uint8Array(entries);
    this.fetchedAt = new Float64Array(entries);
    this.times = env.times;
    this.linkTicks = spanTicks(config.linkNs);
    this.readTicks = spanTicks(config.readNs);
    this.readBusyTicks = spanTicks(config.readBusyNs);
    this.writeBusyTicks = spanTicks(config.writeBusyNs);
    this.freeAt = 0;
    const { channel } = env;
    env.report({
      stage: 'rmw-buffer',
      channel,
      fields: rmwStats.fields,
      values: this.stats,
      settle: () => {
        this.stats.requestedReadBytes = this.stats.rmwReads * LINE_BYTES;
        this.stats.requestedWriteBytes = this.stats.rmwWrites * LINE_BYTES;
      },
    });
  }

  serve(op: number, line: number): void {
    const { times } = this;
    let start = times[IN] + this.linkTicks;
    if (this.freeAt > start) start = this.freeAt;
    times[IN] = start;
    const entry = this.entryOf.get(line >>> 2);
    if (op === READ) this.read(line, entry);
    else this.write(line, entry, op);
  }

  private read(line: number, known: number): void {
    const { times } = this;
    this.stats.rmwReads += 1;
    let entry = known;
    let admitted = times[IN];
    if (entry >= 0) {
      this.stats.rmwReadHits += 1;
      this.recency.touch(entry);
    } else {
      this.makeRoom();
      entry = this.take(line >>> 2);
    }
    if (this.isFetched[entry] === 0 && (this.written[entry] & (1 << (line & 3))) === 0) {
      this.ait.serve(READ, line >>> 2);
      this.isFetched[entry] = 1;
      this.fetchedAt[entry] = times[DONE];
      admitted = times[ADMITTED];
    }
    const readyAt = this.fetchedAt[entry] > admitted ? this.fetchedAt[entry] : admitted;
    this.freeAt = admitted + this.readBusyTicks;
    times[ADMITTED] = admitted;
    times[DONE] = readyAt + this.readTicks + this.linkTicks;
  }

  private write(line: number, known: number, op: number): void {
    const { times } = this;
    this.stats.rmwWrites += 1;
    let entry = known;
    if (entry >= 0) {
      this.stats.rmwWriteHits += 1;
      this.recency.touch(entry);
    } else {
      this.makeRoom();
      entry = this.take(line >>> 2);
    }
    this.isDirty[entry] = 1;
    if (op === WRITE) this.written[entry] |= 1 << (line & 3);
    const admitted = times[IN];
    this.freeAt = admitted + this.writeBusyTicks;
    times[ADMITTED] = admitted;
    times[DONE] = this.freeAt;
  }

  /** Frees the oldest entry; moves `times[IN]` to when it is free. */
  private makeRoom(): void {
    const { times } = this;
    const entry = this.recency.oldest;
    const xpline = this.xplineOf[entry];
    if (xpline < 0) return;
    if (this.fetchedAt[entry] > times[IN]) times[IN] = this.fetchedAt[entry];
    if (this.isDirty[entry] === 1) {
      const isWhole = this.isFetched[entry] === 1 || this.written[entry] === WHOLE;
      if (isWhole) this.stats.rmwWholeEvictions += 1;
      else this.stats.rmwPartialEvictions += 1;
      this.ait.serve(isWhole ? WRITE : PARTIAL_WRITE, xpline);
      times[IN] = times[ADMITTED];
    }
    this.entryOf.delete(xpline);
  }

  /** Gives the oldest entry to `xpline` and makes it the most recent. */
  private take(xpline: number): number {
    const entry = this.recency.oldest;
    this.recency.touch(entry);
    this.xplineOf[entry] = xpline;
    this.written[entry] = 0;
    this.isDirty[entry] = 0;
    this.isFetched[entry] = 0;
    this.fetchedAt[entry] = 0;
    this.entryOf.set(xpline, entry);
    return entry;
  }
}

export const rmwBuffer = defineStage({
  kind: 'rmw-buffer',
  config: rmwBufferConfig,
  takes: 'line',
  gives: 'xpline',
  build(config, env, next) {
    assert(next !== null, 'RmwBuffer: needs a buffer behind it');
    return new RmwBuffer(config, env, next);
  },
});
