/**
 * What the bytes of one file may be, while reads and changes of several tasks overlap in time.
 *
 *     write A ├────────┤                      a read may see a change that overlaps it in time, and
 *     write B      ├────────┤                 of changes that ended, each that no other replaced
 *     read         ├──────────────┤           before the read began: A, B, and what A wrote over
 *
 * `live` holds the change that ended last. Beside it, and only while operations overlap, are kept:
 * `past`, what a running read began in time to see; `also`, changes that overlapped the one in
 * `live` and so may as well have come last; `recent`, changes that ended while another ran. With
 * one task all three stay empty. Stamps count begins and ends; they are no times.
 */
import { IntervalMap } from './interval-map.js';
import type { PayloadWords } from './payload-words.js';

/** A change of file bytes [from, to) that is running or has ended; `to` may be infinite. */
export interface Change {
  from: number;
  to: number;
  value: number;
  shift: number;
  /** Stamp of its begin. */
  start: number;
  /** Stamp of its end; while it runs, infinite. */
  end: number;
  /** Of a copy: the file it reads; the bytes come from there, `shift` away. */
  copyOf: FileContent | undefined;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly shift: number;
  /** Of `past`: stamp at which it was replaced. Of the others: stamp at which it ended. */
  readonly stamp: number;
}

export class FileContent {
  readonly live: IntervalMap;
  readonly running: Change[] = [];
  /** Reads that run now. */
  readers = 0;
  private past: Piece[] = [];
  private also: Piece[] = [];
  private recent: Piece[] = [];

  constructor(
    readonly inode: number,
    readonly generation: number,
    baseValue: number,
    baseEnd: number,
  ) {
    this.live = new IntervalMap(baseValue, baseEnd);
  }

  /** A change that is no longer running ended at stamp `now`: its bytes are the file's. */
  apply(change: Change, now: number): void {
    const { from, to, value, shift, start } = change;
    if (to <= from) return;
    if (this.readers > 0) this.keepPast(from, to, now);
    else if (this.past.length > 0) this.past.length = 0;
    if (this.also.length > 0) this.also = withoutOlder(this.also, from, to, start);
    for (const piece of this.recent) {
      const overlaps = piece.from < to && from < piece.to && piece.stamp > start;
      if (!overlaps) continue;
      const cut = { ...piece, from: Math.max(from, piece.from), to: Math.min(to, piece.to) };
      this.also.push(cut);
    }
    if (to === Infinity) this.live.truncate(from);
    else this.live.set(from, to, value, shift);
    if (this.running.length > 0) this.recent.push({ from, to, value, shift, stamp: now });
    else if (this.recent.length > 0) this.recent.length = 0;
  }

  /** Whether a read that began at `start` may find `got` at `offset`. */
  allows(words: PayloadWords, offset: number, got: number, start: number): boolean {
    this.live.find(offset);
    if (words.byteAt(this.live.value, offset - this.live.shift) === got) return true;
    for (const change of this.running) {
      if (offset < change.from || offset >= change.to) continue;
      if (runningByte(words, change, offset) === got) return true;
    }
    return (
      this.also.some((piece) => covers(piece, offset) && holds(words, piece, offset, got)) ||
      this.past.some(
        (piece) => piece.stamp > start && covers(piece, offset) && holds(words, piece, offset, got),
      )
    );
  }

  private keepPast(from: number, to: number, now: number): void {
    const end = Math.min(to, this.live.end);
    for (let at = from; at < end; at = this.live.pieceEnd) {
      this.live.find(at);
      const { value, shift, pieceEnd } = this.live;
      this.past.push({ from: at, to: Math.min(end, pieceEnd), value, shift, stamp: now });
    }
    for (const piece of this.also) {
      if (piece.from < to && from < piece.to) this.past.push({ ...piece, stamp: now });
    }
  }
}

function covers(piece: Piece, offset: number): boolean {
  return piece.from <= offset && offset < piece.to;
}

function holds(words: PayloadWords, piece: Piece, offset: number, got: number): boolean {
  return words.byteAt(piece.value, offset - piece.shift) === got;
}

function runningByte(words: PayloadWords, change: Change, offset: number): number {
  if (change.copyOf === undefined) return words.byteAt(change.value, offset - change.shift);
  const { live } = change.copyOf;
  live.find(offset - change.shift);
  return words.byteAt(live.value, offset - change.shift - live.shift);
}

/** The pieces that ended after `start`, and the parts of the others outside [from, to). */
function withoutOlder(pieces: readonly Piece[], from: number, to: number, start: number): Piece[] {
  const kept: Piece[] = [];
  for (const piece of pieces) {
    if (piece.stamp > start || piece.to <= from || to <= piece.from) {
      kept.push(piece);
      continue;
    }
    if (piece.from < from) kept.push({ ...piece, to: from });
    if (to < piece.to) kept.push({ ...piece, from: to });
  }
  return kept;
}
