/**
 * Lines on their way to cores: a line that is asked for again before it is there leaves when it is.
 *
 *   core 0   store ──────────── memory ─────────────▶┐
 *   core 1     store, waits …                        └─ transfer ─▶┐
 *   core 2       atomic, waits …                                   └─ transfer ─▶ over
 *
 * Each request that gets its line from beyond the core's own caches is a journey; whoever asks for
 * the line next follows it. What comes from memory follows nobody. What the LLC gives and keeps
 * holds up nobody. A journey is begun with the tags, in the order of accesses; it leaves when its
 * request gets a fill buffer, and not before the one it follows is over. Whose time is not decided
 * keeps a list of its followers; when it is, they are told, and theirs in turn.
 *
 * A line that no cache holds any more forgets who was bringing it. A flush waits for fills of its
 * own core only.
 */
import { NEVER } from '@daxsim/sim';
import type { LineCopies } from './line-copies.js';

const never: number = NEVER;
const NONE = -1;

/** Told when a journey that had to follow another is over. */
export interface JourneysEnd {
  /** A fill buffer has its line. */
  fillCame(record: number, at: number): void;
  /** The line that the source waits for is there. */
  lineCame(source: number, at: number): void;
}

export class LineJourneys {
  /** Of each source: the journey of its request while that has no record yet, or −1. */
  private readonly ofSource: Int32Array;
  /** Of each record: the journey that it carries out, or −1. */
  private readonly ofRecord: Int32Array;
  /** When the one before is over; NEVER while that is open. */
  private readonly afterAt: Float64Array;
  private readonly leavesAt: Float64Array;
  private readonly lasts: Float64Array;
  /** Where the line's copies are kept, if the next one follows this journey; else −1. */
  private readonly slot: Int32Array;
  private readonly source: Int32Array;
  private readonly record: Int32Array;
  private readonly hasLeft: Uint8Array;
  private readonly firstFollower: Int32Array;
  private readonly nextFollower: Int32Array;
  private readonly free: number[] = [];
  private end: JourneysEnd | null = null;

  constructor(
    private readonly copies: LineCopies,
    records: number,
    sources: number,
  ) {
    const most = records + sources;
    this.ofSource = new Int32Array(sources).fill(NONE);
    this.ofRecord = new Int32Array(records).fill(NONE);
    this.afterAt = new Float64Array(most);
    this.leavesAt = new Float64Array(most);
    this.lasts = new Float64Array(most);
    this.slot = new Int32Array(most);
    this.source = new Int32Array(most);
    this.record = new Int32Array(most);
    this.hasLeft = new Uint8Array(most);
    this.firstFollower = new Int32Array(most);
    this.nextFollower = new Int32Array(most);
    for (let journey = most - 1; journey >= 0; journey -= 1) this.free.push(journey);
  }

  connect(end: JourneysEnd): void {
    this.end = end;
  }

  /** The source's request is to get `line`, from memory or not; the tags know of it already. */
  begin(source: number, line: number, isFromMemory: boolean, isKeptByLlc: boolean): void {
    const { copies } = this;
    const slot = copies.find(line);
    const journey = this.free.pop() ?? 0;
    const before = copies.journey[slot];
    this.ofSource[source] = journey;
    this.source[journey] = source;
    this.record[journey] = NONE;
    this.hasLeft[journey] = 0;
    this.firstFollower[journey] = NONE;
    if (isFromMemory) this.afterAt[journey] = 0;
    else {
      this.afterAt[journey] = before >= 0 ? never : copies.readyAt[slot];
      if (before >= 0) {
        this.nextFollower[journey] = this.firstFollower[before];
        this.firstFollower[before] = journey;
      }
    }
    this.slot[journey] = isKeptByLlc ? NONE : slot;
    if (isKeptByLlc) return;
    copies.journey[slot] = journey;
    copies.readyAt[slot] = never;
  }

  /** The source's request is a read of memory now, carried out by `record`. */
  asksMemory(source: number, record: number): void {
    const journey = this.ofSource[source];
    this.ofSource[source] = NONE;
    this.ofRecord[record] = journey;
  }

  /** The journey that `record` carries out, or −1; the record is free of it. */
  takeFrom(record: number): number {
    const journey = this.ofRecord[record];
    this.ofRecord[record] = NONE;
    return journey;
  }

  /** The source's request has another journey for a while; answers which it had, or −1. */
  exchange(source: number, journey: number): number {
    const had = this.ofSource[source];
    this.ofSource[source] = journey;
    return had;
  }

  /** The journey of the source's request, or −1; the source is free of it. */
  takeFromSource(source: number): number {
    const journey = this.ofSource[source];
    this.ofSource[source] = NONE;
    return journey;
  }

  /**
   * The source's request may get its line from `at` on, which takes `lasts`; into `record`, or to
   * the waiting source itself (−1). Answers when it is there, or NEVER: its end will be told.
   */
  leave(source: number, record: number, at: number, lasts: number): number {
    const journey = this.takeFromSource(source);
    const after = this.afterAt[journey];
    if (after !== never) {
      const over = (after > at ? after : at) + lasts;
      this.over(journey, over);
      return over;
    }
    this.record[journey] = record;
    this.leavesAt[journey] = at;
    this.lasts[journey] = lasts;
    this.hasLeft[journey] = 1;
    return never;
  }

  /** A journey is over at `at`; those that followed it go on. */
  over(journey: number, at: number): void {
    const { copies } = this;
    const slot = this.slot[journey];
    if (slot >= 0 && copies.journey[slot] === journey) {
      copies.journey[slot] = NONE;
      copies.readyAt[slot] = at;
    }
    let follower = this.firstFollower[journey];
    this.free.push(journey);
    while (follower >= 0) {
      const next = this.nextFollower[follower];
      this.afterAt[follower] = at;
      if (this.hasLeft[follower] === 1) this.finish(follower);
      follower = next;
    }
  }

  private finish(journey: number): void {
    const after = this.afterAt[journey];
    const leaves = this.leavesAt[journey];
    const at = (after > leaves ? after : leaves) + this.lasts[journey];
    const record = this.record[journey];
    if (record >= 0) this.end?.fillCame(record, at);
    else this.end?.lineCame(this.source[journey], at);
    this.over(journey, at);
  }
}
