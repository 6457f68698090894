/**
 * The DIMM's front: link, load/store queue and the buffer that combines 64-byte lines to XPLines.
 *
 *   controller ─link─▶ [queue, in order] ─▶ buffer of XPLines ── miss ──▶ AIT
 *                                           hit: merge or answer        oldest dirty one goes first
 *
 * A read miss fetches the XPLine; a write miss takes an entry and fetches nothing. An entry is
 * written out
 *
 *   - at once when its four lines were written;
 *   - when writes are faster than the media (one had to wait for the AIT less than `calmNs` ago)
 *     and more than `windowLines` lines wait in entries for their neighbours:
 *     of a few drawn ones that which waits longest, and so on while the AIT has room;
 *   - when room is needed and it is the least recently used of a few drawn ones.
 *
 * It is written whole if it is known whole, else as a partial write, for which the media read the
 * rest. In the first two cases it stays, clean and known whole.
 *
 * Requests are taken in order: one that must wait (for an entry that is still being fetched, or for
 * a slot at the AIT) holds up those behind it. A hit on an entry that is being fetched waits for it
 * without holding up anybody. While the module moves a block nothing is taken.
 *
 * Left out: answers do not compete for the link.
 */
import { NEVER, assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, figure, span, spanTicks } from '../figure.js';
import { SlotIndex } from '../slot-index.js';
import { EntrySet } from '../timed/entry-set.js';
import {
  CHANGED_LINES,
  OWNED,
  OWNED_LINES,
  StageOp,
  type StageTimes,
  defineStage,
  type InlineStage,
  type StageEnv,
} from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ, Write: WRITE, PartialWrite: PARTIAL_WRITE } = StageOp;

export const rmwBufferConfig = z.strictObject({
  kind: z.literal('rmw-buffer'),
  entries: count(4096, 'XPLines that the buffer holds.'),
  samples: count(64, 'Entries drawn when one must go; the least recently used of them goes.'),
  windowLines: count(65_536, 'Lines of incomplete XPLines kept back while the media are behind.'),
  calmNs: span('How long after a write had to wait for the AIT they are behind.'),
  readAhead: figure(
    z.boolean(),
    'Whether a read that goes on from the XPLine before fetches the next.',
  ),
  linkNs: span('One way between controller and DIMM.'),
  readNs: span('From a line being found, or its XPLine arriving, to the answer leaving.'),
  readBusyNs: span('How long a read keeps the front busy.'),
  writeBusyNs: span('How long a write keeps the front busy.'),
});
export type RmwBufferConfig = z.output<typeof rmwBufferConfig>;

const rmwDeclarations = {
  rmwReads: ['count', 'Lines read from the DIMM.'],
  rmwReadHits: ['count', 'Lines whose XPLine was in the buffer or on its way there.'],
  rmwReadAheads: ['count', 'XPLines fetched because reads seemed to go on to them.'],
  rmwWrites: ['count', 'Lines written to the DIMM.'],
  rmwWriteHits: ['count', 'Lines merged into an XPLine that was in the buffer.'],
  rmwPressedEvictions: ['count', 'XPLines written out early because the media were behind.'],
  rmwWholeEvictions: ['count', 'XPLines written out whole.'],
  rmwPartialEvictions: ['count', 'XPLines written out of which only a part was known.'],
  requestedReadBytes: ['bytes', 'Bytes the controller read.'],
  requestedWriteBytes: ['bytes', 'Bytes the controller wrote.'],
} as const;
export const rmwStats = defineStats(rmwDeclarations);

const CACHED = OWNED;
const CHANGED = CHANGED_LINES;
const OWNED_SHARE = OWNED_LINES;
const never: number = NEVER;
const LINE_BYTES = 64;
const DRAW_FACTOR = 1664525;
const DRAW_STEP = 1013904223;
/** Of `facts`: flags, and from their shifts on a bit for each line of the XPLine. */
const FETCHED = 1;
const DIRTY = 2;
const WRITTEN_SHIFT = 4;
const CHANGED_SHIFT = 8;
const OWNED_SHIFT = 12;
const WHOLE = 15;
const WHOLE_WRITTEN = WHOLE << WRITTEN_SHIFT;

export class RmwBuffer implements InlineStage {
  readonly stats: StatsOf<typeof rmwDeclarations> = rmwStats.create();
  private readonly entryOf: SlotIndex;
  private readonly usedAt: Float64Array;
  private readonly dirty: EntrySet;
  /** Of a dirty entry: how many uses there had been when it became so. */
  private readonly dirtySince: Float64Array;
  private readonly xplineOf: Int32Array;
  /**
   * Whether it was fetched or is known whole, whether it is dirty; its lines that were written
   * whole since it was taken or written out, those of which anything was, and those of them that a
   * cache held.
   */
  private readonly facts: Int32Array;
  private readonly fetchedAt: Float64Array;
  private readonly times: StageTimes;
  private readonly linkTicks: number;
  private readonly readTicks: number;
  private readonly readBusyTicks: number;
  private readonly writeBusyTicks: number;
  private readonly readAhead: boolean;
  private readonly calmTicks: number;
  private readonly samples: number;
  private readonly windowLines: number;
  /** Entries that were ever taken. */
  private taken = 0;
  /** Lines read and written, and XPLines read ahead. */
  private uses = 0;
  /** The entry used last, which is often the next; looked at before `entryOf`. */
  private latest = 0;
  /** The one used before that, where a stream comes from. */
  private before = 0;
  private readMisses = 0;
  private writeMisses = 0;
  private draws = 1;
  private openLines = 0;
  private pressedUntil = 0.5;
  private freeAt = 0.5;

  constructor(
    config: RmwBufferConfig,
    env: StageEnv,
    private readonly ait: InlineStage,
  ) {
    const entries = config.entries.value;
    this.xplineOf = new Int32Array(entries).fill(-1);
    this.entryOf = new SlotIndex(this.xplineOf, 0, new Int32Array(entries), 0);
    this.usedAt = new Float64Array(entries);
    this.dirty = new EntrySet(entries);
    this.dirtySince = new Float64Array(entries);
    this.readAhead = config.readAhead.value;
    this.calmTicks = spanTicks(config.calmNs);
    this.samples = config.samples.value;
    this.windowLines = config.windowLines.value;
    this.facts = new Int32Array(entries);
    this.fetchedAt = new Float64Array(entries);
    this.times = env.times;
    this.linkTicks = spanTicks(config.linkNs);
    this.readTicks = spanTicks(config.readNs);
    this.readBusyTicks = spanTicks(config.readBusyNs);
    this.writeBusyTicks = spanTicks(config.writeBusyNs);
    this.freeAt = 0;
    this.pressedUntil = 0;
    const { channel } = env;
    env.report({
      stage: 'rmw-buffer',
      channel,
      fields: rmwStats.fields,
      values: this.stats,
      settle: () => {
        const { stats } = this;
        stats.rmwReads = this.uses - stats.rmwReadAheads - stats.rmwWrites;
        stats.rmwReadHits = stats.rmwReads - this.readMisses;
        stats.rmwWriteHits = stats.rmwWrites - this.writeMisses;
        stats.requestedReadBytes = stats.rmwReads * LINE_BYTES;
        stats.requestedWriteBytes = stats.rmwWrites * LINE_BYTES;
      },
    });
  }

  foresee(line: number): void {
    this.ait.foresee(line >>> 2);
  }

  serve(op: number, line: number): void {
    const { times } = this;
    let start = times.in + this.linkTicks;
    if (this.freeAt > start) start = this.freeAt;
    if (start >= times.stillFrom && start < times.stillUntil) start = times.stillUntil;
    times.in = start;
    let entry = this.latest;
    if (this.xplineOf[entry] !== line >>> 2) {
      entry = this.entryOf.find(line >>> 2);
      if (entry < 0) {
        entry = this.makeRoom();
        this.take(entry, line >>> 2);
        this.before = this.latest;
        this.latest = entry;
        if (op === READ) {
          this.readMisses += 1;
          this.readMissing(entry, line);
        } else {
          this.writeMisses += 1;
          this.write(line, entry, op);
        }
        return;
      }
      this.before = this.latest;
      this.latest = entry;
    }
    this.uses += 1;
    this.usedAt[entry] = this.uses;
    if (op === READ) this.readKnown(entry, line);
    else this.write(line, entry, op);
  }

  private readKnown(entry: number, line: number): void {
    const { times } = this;
    const known = FETCHED | (1 << (WRITTEN_SHIFT + (line & 3)));
    if ((this.facts[entry] & known) === 0) {
      this.readMissing(entry, line);
      return;
    }
    const admitted = times.in;
    const fetchedAt = this.fetchedAt[entry];
    const readyAt = fetchedAt > admitted ? fetchedAt : admitted;
    this.freeAt = admitted + this.readBusyTicks;
    if (this.readAhead && (line & 3) === 0) this.fetchNext(line >>> 2);
    times.admitted = admitted;
    times.done = readyAt + this.readTicks + this.linkTicks;
  }

  /** A read of what nobody has fetched or written yet. */
  private readMissing(entry: number, line: number): void {
    const { times } = this;
    this.ait.serve(READ, line >>> 2);
    this.facts[entry] |= FETCHED;
    const admitted = times.admitted;
    const readyAt = times.done > admitted ? times.done : admitted;
    this.fetchedAt[entry] = times.done;
    this.freeAt = admitted + this.readBusyTicks;
    if (this.readAhead && (line & 3) === 0) this.fetchNext(line >>> 2);
    times.admitted = admitted;
    times.done = readyAt + this.readTicks + this.linkTicks;
  }

  /** Writes out what waits beyond the window: one entry, and more while the AIT has room. */
  private closeOpen(): void {
    const { times, windowLines } = this;
    while (this.openLines > windowLines) {
      this.stats.rmwPressedEvictions += 1;
      this.writeOut(this.longestOpen());
      if (times.room >= times.in) return;
    }
  }

  /**
   * Fetches the XPLine after one that follows a buffered one, within a block of 4 KiB; not while
   * the media are busy with what was asked for.
   */
  private fetchNext(xpline: number): void {
    if (this.times.spare >= this.freeAt) return;
    if ((xpline & 15) === 15 || (xpline & 15) === 0) return;
    if (this.xplineOf[this.before] !== xpline - 1 && this.entryOf.find(xpline - 1) < 0) return;
    if (this.entryOf.find(xpline + 1) >= 0) return;
    const { times } = this;
    this.stats.rmwReadAheads += 1;
    times.in = this.freeAt;
    const entry = this.makeRoom();
    this.take(entry, xpline + 1);
    this.ait.serve(READ, xpline + 1);
    this.facts[entry] |= FETCHED;
    this.fetchedAt[entry] = times.done;
    this.freeAt = times.admitted + this.readBusyTicks;
  }

  private write(line: number, entry: number, op: number): void {
    const { times } = this;
    this.stats.rmwWrites += 1;
    let facts = this.facts[entry];
    if ((facts & DIRTY) === 0) {
      facts |= DIRTY;
      this.dirty.add(entry);
      this.dirtySince[entry] = this.uses;
    }
    const place = line & 3;
    facts |= 1 << (CHANGED_SHIFT + place);
    if ((op & CACHED) !== 0) facts |= 1 << (OWNED_SHIFT + place);
    const written = 1 << (WRITTEN_SHIFT + place);
    if ((op & 3) === WRITE && (facts & written) === 0) {
      facts |= written;
      this.openLines += 1;
    }
    this.facts[entry] = facts;
    if ((facts & WHOLE_WRITTEN) === WHOLE_WRITTEN) this.writeOut(entry);
    else if (times.in < this.pressedUntil) this.closeOpen();
    const admitted = times.in;
    this.freeAt = admitted + this.writeBusyTicks;
    times.admitted = admitted;
    times.done = this.freeAt;
  }

  /** An entry that holds nothing any more; moves `times.in` to when it is free. */
  private makeRoom(): number {
    const { times } = this;
    if (this.taken < this.xplineOf.length) {
      this.taken += 1;
      return this.taken - 1;
    }
    const entry = this.leastRecent();
    if (this.fetchedAt[entry] > times.in) times.in = this.fetchedAt[entry];
    if ((this.facts[entry] & DIRTY) !== 0) this.writeOut(entry);
    this.entryOf.remove(entry);
    return entry;
  }

  /** Of a few entries drawn, the one that was not used for longest; of equals the first. */
  private leastRecent(): number {
    const { usedAt, samples } = this;
    // The host divides faster where neither can be negative.
    const entries = usedAt.length >>> 0;
    let draws = this.draws;
    let least = 0;
    let leastUsedAt: number = never;
    for (let i = 0; i < samples; i += 1) {
      draws = (Math.imul(draws, DRAW_FACTOR) + DRAW_STEP) | 0;
      const other = (draws >>> 8) % entries;
      if (usedAt[other] >= leastUsedAt) continue;
      leastUsedAt = usedAt[other];
      least = other;
    }
    this.draws = draws;
    return least;
  }

  /** Of a few dirty entries drawn, the one that waits for longest; of equals the first. */
  private longestOpen(): number {
    const { dirty } = this;
    let longest = dirty.at(this.draw(dirty.count));
    for (let i = 1; i < this.samples; i += 1) {
      const other = dirty.at(this.draw(dirty.count));
      if (this.dirtySince[other] < this.dirtySince[longest]) longest = other;
    }
    return longest;
  }

  /** A number below `count`. */
  private draw(count: number): number {
    this.draws = (Math.imul(this.draws, DRAW_FACTOR) + DRAW_STEP) | 0;
    return (this.draws >>> 8) % count;
  }

  /** Writes a dirty entry to the AIT; it is clean then, and `times.in` when the AIT took it. */
  private writeOut(entry: number): void {
    const { times } = this;
    const facts = this.facts[entry];
    const isWhole = (facts & FETCHED) !== 0 || (facts & WHOLE_WRITTEN) === WHOLE_WRITTEN;
    if (isWhole) this.stats.rmwWholeEvictions += 1;
    else this.stats.rmwPartialEvictions += 1;
    const entered = times.in;
    const changed = BITS[(facts >>> CHANGED_SHIFT) & WHOLE] * CHANGED;
    const lines = changed + BITS[(facts >>> OWNED_SHIFT) & WHOLE] * OWNED_SHARE;
    this.ait.serve((isWhole ? WRITE : PARTIAL_WRITE) + lines, this.xplineOf[entry]);
    if (times.admitted > entered) this.pressedUntil = times.admitted + this.calmTicks;
    times.in = times.admitted;
    this.openLines -= BITS[(facts >>> WRITTEN_SHIFT) & WHOLE];
    // Whole by itself, or because what was missing was read to merge it.
    this.facts[entry] = FETCHED;
    this.dirty.remove(entry);
  }

  /** Gives an entry that holds nothing to `xpline`. */
  private take(entry: number, xpline: number): void {
    this.uses += 1;
    this.usedAt[entry] = this.uses;
    this.xplineOf[entry] = xpline;
    this.facts[entry] = 0;
    this.fetchedAt[entry] = 0;
    this.entryOf.add(entry);
  }
}

/** Lines in a set of the four of an XPLine. */
const BITS = Uint8Array.of(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);

export const rmwBuffer = defineStage({
  kind: 'rmw-buffer',
  config: rmwBufferConfig,
  models: ['XPBuffer: combining of lines, read-modify-write of parts, reading ahead'],
  leavesOut: ['answers that compete for the link'],
  takes: 'line',
  gives: 'xpline',
  build(config, env, next) {
    assert(next !== null, 'RmwBuffer: needs a buffer behind it');
    return new RmwBuffer(config, env, next);
  },
});
