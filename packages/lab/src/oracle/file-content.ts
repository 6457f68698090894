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
 *
 * A shift moves all bytes from a place on, by collapsing or inserting a range. While it runs, a
 * byte there may be at its old place, at its new one, or in neither: then there is a hole. A change
 * that overlaps a shift may have come before it, and then its bytes moved with the others.
 */
import { IntervalMap } from './interval-map.js';
import { ZERO, type PayloadWords } from './payload-words.js';

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
  /** All bytes from `from` on move by `shift`, within the file: a range is taken out or put in. */
  isShift: boolean;
}

/** A shift that ended while other changes ran. */
interface Move {
  /** Where the bytes began that moved. */
  readonly source: number;
  readonly by: number;
  readonly stamp: number;
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
  private readonly moves: Move[] = [];

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
    if (this.readers > 0 || this.running.some(isShift)) this.keepPast(from, to, now);
    else if (this.past.length > 0) this.past.length = 0;
    if (this.also.length > 0) this.also = withoutOlder(this.also, from, to, start);
    for (const piece of this.recent) {
      const overlaps = piece.from < to && from < piece.to && piece.stamp > start;
      // Parts of one change end together and are no rivals.
      if (!overlaps || piece.stamp === now) continue;
      const cut = { ...piece, from: Math.max(from, piece.from), to: Math.min(to, piece.to) };
      this.also.push(cut);
    }
    for (const move of this.moves) {
      if (move.stamp > start && move.stamp !== now) {
        this.also.push(...movedPieces([{ from, to, value, shift, stamp: now }], move, now));
      }
    }
    if (to === Infinity) this.live.truncate(from);
    else this.live.set(from, to, value, shift);
    if (this.running.length > 0) this.recent.push({ from, to, value, shift, stamp: now });
    else {
      if (this.recent.length > 0) this.recent.length = 0;
      if (this.moves.length > 0) this.moves.length = 0;
    }
  }

  /** A shift ended: like `apply`. Returns what it came to, first zeros from its place on. */
  applyShift(change: Change, now: number): readonly Change[] {
    const { from, shift: by, start } = change;
    const move: Move = { source: by < 0 ? from - by : from, by, stamp: now };
    const moved = this.piecesBehind(move.source, now);
    const replaced = this.past.filter((piece) => piece.stamp > start);
    const rivals = movedPieces([...this.also, ...replaced], move, now);
    const zeros: Change = { ...change, to: Infinity, value: ZERO, shift: 0, copyOf: undefined };
    const parts = [zeros];
    for (const { from, to, value, shift } of movedPieces(moved, move, now)) {
      parts.push({ ...zeros, from, to, value, shift, isShift: false });
    }
    for (const part of parts) this.apply(part, now);
    if (this.readers > 0) {
      this.past.push({ from, to: Infinity, value: ZERO, shift: 0, stamp: now });
    }
    this.also.push(...rivals);
    if (this.running.length > 0) this.moves.push(move);
    return parts;
  }

  /** Whether a read that began at `start` may find `got` at `offset`. */
  allows(words: PayloadWords, offset: number, got: number, start: number): boolean {
    if (this.allowsAt(words, offset, got, start)) return true;
    for (const { isShift, from, shift } of this.running) {
      if (!isShift || offset < from) continue;
      if (got === 0) return true;
      if (offset - shift >= from && this.allowsAt(words, offset - shift, got, start)) return true;
    }
    return false;
  }

  /** The same, but for shifts that run. */
  private allowsAt(words: PayloadWords, offset: number, got: number, start: number): boolean {
    this.live.find(offset);
    if (words.byteAt(this.live.value, offset - this.live.shift) === got) return true;
    for (const change of this.running) {
      if (change.isShift) continue;
      if (runningHolds(words, change, offset, got)) return true;
      for (const { source, by, stamp } of this.moves) {
        if (stamp <= change.start || offset - by < source) continue;
        if (runningHolds(words, change, offset - by, got)) return true;
      }
    }
    return (
      this.also.some((piece) => covers(piece, offset) && holds(words, piece, offset, got)) ||
      this.past.some(
        (piece) => piece.stamp > start && covers(piece, offset) && holds(words, piece, offset, got),
      )
    );
  }

  /** What is not zero from `source` on. */
  private piecesBehind(source: number, now: number): Piece[] {
    const pieces: Piece[] = [];
    const { end } = this.live;
    for (let at = source; at < end; at = this.live.pieceEnd) {
      this.live.find(at);
      const { value, shift, pieceEnd } = this.live;
      if (value !== ZERO) {
        pieces.push({ from: at, to: Math.min(end, pieceEnd), value, shift, stamp: now });
      }
    }
    return pieces;
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

function isShift(change: Change): boolean {
  return change.isShift;
}

/** What of the pieces a shift moves, where it moves it. */
function movedPieces(pieces: readonly Piece[], { source, by }: Move, now: number): Piece[] {
  const moved: Piece[] = [];
  for (const { from, to, value, shift } of pieces) {
    if (to <= source) continue;
    const start = Math.max(from, source) + by;
    moved.push({ from: start, to: to + by, value, shift: shift + by, stamp: now });
  }
  return moved;
}

function covers(piece: Piece, offset: number): boolean {
  return piece.from <= offset && offset < piece.to;
}

function holds(words: PayloadWords, piece: Piece, offset: number, got: number): boolean {
  return words.byteAt(piece.value, offset - piece.shift) === got;
}

function runningHolds(words: PayloadWords, change: Change, offset: number, got: number): boolean {
  if (offset < change.from || offset >= change.to) return false;
  return runningByte(words, change, offset) === got;
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
