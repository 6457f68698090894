/**
 * What must survive power loss of one file, and what may.
 *
 *     write A ── fsync ended ── write B ── truncate C ── write D runs ── power lost
 *     synced: A                 since: B, C              running: D
 *
 * A byte may hold its synced value, that of any change since, or that of one that runs; a byte
 * behind the synced end may be zero or missing besides. Nothing else may be seen: not what another
 * file held, nor what the device held before, nor what this file held before the sync.
 *
 * Which changes a sync covers: those that ended before it began. Of changes that overlapped in time
 * any may have come last, so the one that lost keeps its claim until a later change covers it.
 * A shift (collapse or insert of a range) moves block after block, each with what of it is durable;
 * so bytes from its place on are not judged, from its begin until a sync of the whole file that no
 * change overlaps which began before the shift ended. After it they are judged at their new places.
 * A file that only syncs ranges, or its own writes, stays unjudged behind the place of the shift.
 *
 * Memory follows the changes since the last sync; a file that is never synced keeps them all.
 */
import type { Change, FileContent } from '../oracle/file-content.js';
import { IntervalMap } from '../oracle/interval-map.js';
import { ZERO, type PayloadWords } from '../oracle/payload-words.js';
import { TouchedRegions } from './touched-regions.js';

/** Bytes of one judgement. */
export interface Tally {
  /** Synced bytes that are not there. */
  lost: number;
  /** Bytes that are seen and may not be: stale, or of another file. */
  foreign: number;
}

export class DurableFile {
  /** What syncs made durable. */
  synced: IntervalMap;
  /** Bytes that they promised. */
  syncedSize: number;
  /** A sync has promised that the file exists. */
  isPromised: boolean;
  /** The file is gone by this transaction; 0: it exists, as far as is known. */
  goneBy = 0;
  /** Where something changed since it was looked at. */
  readonly regions = new TouchedRegions();
  /** Changes that ended and are not promised, in the order of their ends. */
  private since: Change[] = [];
  /** Promised changes that others, overlapping them in time, may have come before. */
  private also: Change[] = [];
  /** Shifts that ended and that no sync has settled. */
  private shifts: Change[] = [];
  /** Promised changes that a change not yet promised overlaps in time. */
  private recent: Change[] = [];

  constructor(
    readonly content: FileContent,
    /** Size of a file that was there before, all durable; undefined for a new one. */
    firstSize: number | undefined,
  ) {
    this.synced = firstSize === undefined ? new IntervalMap() : content.live.copy();
    this.syncedSize = firstSize ?? 0;
    this.isPromised = firstSize !== undefined;
  }

  /** A change ended. */
  changed(change: Change): void {
    this.since.push({ ...change });
    if (change.isShift) this.shifts.push({ ...change });
    this.regions.touch(change.from, change.to);
  }

  /**
   * A sync that began at `stamp`, when the file had `size` bytes, has ended. It covers the bytes
   * [from, to), and all of the file's metadata.
   */
  syncEnded(stamp: number, size: number, from = 0, to = Infinity): void {
    const left: Change[] = [];
    const promised: Change[] = [];
    for (const change of this.since) {
      if (change.end >= stamp) left.push(change);
      else split(change, from, to, promised, left);
    }
    this.since = left;
    if (this.shifts.length > 0) this.settleShifts(stamp, from, to);
    this.promise(promised);
    this.syncedSize = size;
    this.isPromised = true;
  }

  /** A sync of [from, to), begun at `stamp`, leaves the shifts that may still be under way. */
  private settleShifts(stamp: number, from: number, to: number): void {
    const others = [...this.since, ...this.content.running];
    this.shifts = this.shifts.filter(
      ({ from: place, end }) =>
        end >= stamp || from > place || to !== Infinity || others.some(({ start }) => start < end),
    );
  }

  /** Whether a shift may have left at `offset` what was at another place. */
  private isShifting(offset: number): boolean {
    const reaches = (change: Change): boolean => change.isShift && change.from <= offset;
    return this.shifts.some(reaches) || this.content.running.some(reaches);
  }

  /** A write that syncs itself, of bytes [from, to), ended: the file reaches that far. */
  writeSynced(stamp: number, from: number, to: number): void {
    this.syncEnded(stamp, Math.max(this.syncedSize, to), from, to);
  }

  /** The change of exactly these bytes that began after `stamp`, if there is one and no other. */
  onlyChange(stamp: number, from: number, length: number): Change | undefined {
    const found = this.since.filter(
      (change) => change.start > stamp && change.from === from && change.to === from + length,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /** Whether the synced byte at `offset` may be missing: the file was cut since. */
  mayBeCut(offset: number): boolean {
    const cuts = (change: Change): boolean => change.to === Infinity && change.from <= offset;
    return this.since.some(cuts) || this.content.running.some(cuts);
  }

  /** Judges bytes found at [offset, offset + length). */
  judge(
    words: PayloadWords,
    offset: number,
    length: number,
    bytes: Uint8Array,
    tally: Tally,
  ): void {
    const { live } = this.content;
    for (let done = 0; done < length;) {
      const at = offset + done;
      live.find(at);
      const size = Math.min(length - done, live.pieceEnd - at);
      // Mostly the file is found as it is now.
      if (words.differsAt(live.value, at - live.shift, size, bytes, done) >= 0) {
        this.judgePiece(words, at, size, bytes, done, tally);
      }
      done += size;
    }
  }

  private judgePiece(
    words: PayloadWords,
    offset: number,
    length: number,
    bytes: Uint8Array,
    from: number,
    tally: Tally,
  ): void {
    const { synced } = this;
    for (let done = 0; done < length;) {
      const at = offset + done;
      synced.find(at);
      const size = Math.min(length - done, synced.pieceEnd - at);
      if (words.differsAt(synced.value, at - synced.shift, size, bytes, from + done) >= 0) {
        this.judgeBytes(words, at, size, bytes, from + done, tally);
      }
      done += size;
    }
  }

  private judgeBytes(
    words: PayloadWords,
    offset: number,
    length: number,
    bytes: Uint8Array,
    from: number,
    tally: Tally,
  ): void {
    const isNear = (change: Change): boolean => change.from < offset + length && offset < change.to;
    const near = [...this.since, ...this.also].filter(isNear);
    for (let i = 0; i < length; i += 1) {
      const at = offset + i;
      const got = bytes[from + i]!;
      if (this.allows(words, near, at, got)) continue;
      if (got !== 0) tally.foreign += 1;
      if (this.isLost(at)) tally.lost += 1;
    }
  }

  private allows(words: PayloadWords, near: readonly Change[], at: number, got: number): boolean {
    const { synced } = this;
    if (this.isShifting(at)) return true;
    synced.find(at);
    if (words.byteAt(synced.value, at - synced.shift) === got) return true;
    if (got === 0 && !(this.isPromised && at < this.syncedSize)) return true;
    for (const { from, to, value, shift } of near) {
      if (from <= at && at < to && words.byteAt(value, at - shift) === got) return true;
    }
    // What is there now, what runs, and what overlapped it.
    return this.content.allows(words, at, got, Infinity);
  }

  /** Whether a byte that may not be what it is was promised to be something. */
  private isLost(at: number): boolean {
    this.synced.find(at);
    return this.isPromised && at < this.syncedSize && this.synced.value !== ZERO;
  }

  /** Promises changes, in the order of their ends. */
  private promise(changes: readonly Change[]): void {
    const known = [...this.recent];
    for (const change of changes) {
      const { from, to, value, shift, start } = change;
      this.regions.touch(from, to);
      if (this.also.length > 0) this.also = withoutOlder(this.also, from, to, start);
      for (let i = known.length - 1; i >= 0 && known[i]!.end > start; i -= 1) {
        const rival = known[i]!;
        // Parts of one change are no rivals.
        if (rival.from >= to || from >= rival.to || rival.start === start) continue;
        this.also.push({
          ...rival,
          from: Math.max(from, rival.from),
          to: Math.min(to, rival.to),
        });
      }
      known.push(change);
      if (to === Infinity) this.synced.truncate(from);
      else this.synced.set(from, to, value, shift);
    }
    let earliest = Infinity;
    for (const { start } of this.since) earliest = Math.min(earliest, start);
    for (const { start } of this.content.running) earliest = Math.min(earliest, start);
    this.recent = known.filter(({ end }) => end > earliest);
  }
}

/** Cuts a change in what lies in [from, to) and what lies beside it. */
function split(change: Change, from: number, to: number, inside: Change[], beside: Change[]): void {
  const start = Math.max(from, change.from);
  const end = Math.min(to, change.to);
  if (start >= end) {
    beside.push(change);
    return;
  }
  inside.push({ ...change, from: start, to: end });
  if (change.from < start) beside.push({ ...change, to: start });
  if (end < change.to) beside.push({ ...change, from: end });
}

/** The changes that ended after `start`, and the parts of the others outside [from, to). */
function withoutOlder(
  changes: readonly Change[],
  from: number,
  to: number,
  start: number,
): Change[] {
  const kept: Change[] = [];
  for (const change of changes) {
    if (change.end > start || change.to <= from || to <= change.from) {
      kept.push(change);
      continue;
    }
    if (change.from < from) kept.push({ ...change, to: from });
    if (to < change.to) kept.push({ ...change, from: to });
  }
  return kept;
}
