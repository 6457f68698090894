/**
 * The contract of simulated persistent memory: one request per 64-byte line, function and time.
 *
 *   source ── access(request) ──▶ Done      the source may go on at request.at
 *                            └──▶ Pending   some arbiter has not decided yet:
 *                                           nextDecisionAt ▶ decideUntil ▶ takeCompleted
 *
 * Function happens at `access`, in the order of the calls: a load sees every earlier store of every
 * source. Time follows when it is decided. Timed arrivals come in non-decreasing (at, source,
 * sequence); a decision that falls due at D is made only when no arrival at or before D can still
 * come. So a driver resumes the source with the least clock, and asks for decisions before it lets
 * any clock pass `nextDecisionAt()`.
 *
 * `peek` and `poke` are the function side only: no time, no order rule.
 */
import type { Ticks } from '@daxsim/sim';

/** What a source may ask of one line. */
export const LineOp = {
  /** Reads the line; the source waits for it. */
  Load: 0,
  /** Writes bytes [fromByte, toByte) into the caches; posted. */
  Store: 1,
  /** Writes bytes past the caches; posted; durable at the latest after the source's next fence. */
  NtStore: 2,
  /** Writes the line back if it is dirty; posted. */
  Clwb: 3,
  /** Writes the line back if it is dirty and drops it from the caches; posted. */
  ClFlushOpt: 4,
  /** Waits until the source's stores, ntstores and flushes are visible and, if flushed, durable. */
  Sfence: 5,
  /** Like Sfence, and waits for the source's streaming loads too. */
  Mfence: 6,
  /** Reads the line; the source goes on at once while fill buffers last (a copy loop's loads). */
  StreamLoad: 7,
  /**
   * Writes the whole line past the caches in one piece (movdir64b); posted and ordered like an
   * ntstore, and power loss leaves all of it or nothing. 8 is `EVICTION_OP`.
   */
  DirectStore: 9,
  /**
   * A locked read-modify-write: waits like Mfence for all that the source has under way, swaps
   * bytes [fromByte, toByte) with those of the line in the caches, and the source waits for it. The
   * staging buffer has the line as it was afterwards.
   */
  Atomic: 10,
} as const;
export type LineOp = (typeof LineOp)[keyof typeof LineOp];

/** Whether an operation answers with the line's bytes. */
export function readsLine(op: number): boolean {
  return op === LineOp.Load || op === LineOp.StreamLoad || op === LineOp.Atomic;
}

/** Answer of `access`. */
export const IssueStatus = { Done: 0, Pending: 1 } as const;
export type IssueStatus = (typeof IssueStatus)[keyof typeof IssueStatus];

/** What became of the line; only Ok is produced as long as no fault is laid over the memory. */
export const LineStatus = { Ok: 0, Poison: 1, Absent: 2, Torn: 3 } as const;
export type LineStatus = (typeof LineStatus)[keyof typeof LineStatus];

/** One record per source, reused for all its requests. Every field is a plain number. */
export interface LineRequest {
  /** A `LineOp`. */
  op: number;
  /** Index of the 64-byte line; ignored by fences. */
  line: number;
  /** First byte of the line that a store writes or a load needs, 0 … 63. */
  fromByte: number;
  /** One past the last such byte, 1 … 64. */
  toByte: number;
  /** The simulated CPU that asks, 0 … sources − 1. */
  source: number;
  /** Breaks ties between arrivals of one source; the caller counts up. */
  sequence: number;
  /** In: arrival, ticks. On completion: when the source may go on. */
  at: number;
  /** On completion: when what the request stored or waited for was durable; NEVER if open. */
  durableAt: number;
  /** A `LineStatus`. */
  status: number;
}

/** Where power loss stops: `adr` keeps the controller's write queue, `eadr` the caches too. */
export type PersistenceDomain = 'adr' | 'eadr';

export interface Memory {
  /** Size of the device in bytes, a multiple of 4096. */
  readonly capacityBytes: number;
  /**
   * Staging buffer of one line: a store takes its bytes [fromByte, toByte) from here, a load leaves
   * the whole line here, at `access` and not at completion; an atomic does first one, then the
   * other.
   */
  readonly lineBytes: Uint8Array;
  /** The same 64 bytes as sixteen little-endian words. */
  readonly lineWords: Int32Array;

  /** Function and timing of one request; answers an `IssueStatus`. */
  access(request: LineRequest): number;
  /** Least time at which an undecided arbitration falls due; NEVER if none. */
  nextDecisionAt(): number;
  /** Makes every arbitration due at or before `until`. */
  decideUntil(until: number): void;
  /** Next source whose pending request completed (its record is filled in), or −1. */
  takeCompleted(): number;

  /** Reads four bytes, little-endian; `address` is a multiple of 4. */
  peek32(address: number): number;
  /** Copies `length` visible bytes from `address` to `target[at…]`. */
  peekBytes(address: number, target: Uint8Array, at: number, length: number): void;
  /** The same in words: `count` of them from `address`, a multiple of 4, to `target[at…]`. */
  peekWords(address: number, target: Int32Array, at: number, count: number): void;
  /** Writes four bytes, durable at once, together with anything still pending in their line. */
  poke32(address: number, value: number): void;
  /** Writes `length` bytes from `bytes[at…]`, durable at once like `poke32`. */
  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void;

  /** Makes a line unreadable until it is written whole; not every memory can. */
  poison?(line: number): void;

  /**
   * The host of a window took what is behind a line's page: who uses that next asks the host for it
   * anew. Absent: nothing lies between the cores and the device.
   */
  unmap?(line: number): void;

  /** Errors that are known; absent: the memory has none, or nobody keeps a list. */
  readonly badBlocks?: BadBlockList;

  /** Pages of 4 KiB that somebody wrote to, ascending; not every memory can tell. */
  touchedPages?(): readonly number[];

  /** Hash of the durable bytes, below 2^53; bytes that equal the fill count as untouched. */
  mediaHash(): number;
  /** The lines with stores that power loss could still take, in ascending order. */
  pendingLines(): readonly PendingLine[];
  /** What power loss leaves behind; see `CrashChoice`. The memory itself does not change. */
  crashImage(choice: CrashChoice): Memory;
}

/** Where errors are known, in sectors of 512 bytes; addresses are those of the device. */
export interface BadBlockList {
  /** How many sectors. */
  readonly count: number;
  /** Start of the first known one with a byte in [from, to), or −1. */
  firstBad(from: number, to: number): number;
  /** Mends whole sectors in [from, to), their lines with them: what a recovery write does. */
  clear(from: number, to: number): void;
  /** Runs of known ones, ascending. */
  list(): readonly { readonly sector: number; readonly count: number }[];
}

/** A line with stores that are not durable. */
export interface PendingLine {
  readonly line: number;
  /** How many 8-byte units, in store order, are not durable: 1 … */
  readonly units: number;
}

export interface CrashChoice {
  /**
   * The moment of power loss. All decisions due at or before it must have been made and no later
   * arrival accepted; absent, it is the present.
   */
  readonly at?: Ticks;
  /**
   * How many of the line's pending units survive, 0 … units. Asked once per line, when the line's
   * page is first touched, ascending within the page.
   */
  readonly keep: (line: number, units: number) => number;
}

/** Told of every request once; see `MemoryOptions.observer` of the timed memory. */
export interface MemoryObserver {
  /**
   * A request left: `op` is a `LineOp` or `EVICTION_OP`, `departedAt` when the source went on (for
   * an eviction: when it was posted), `durableAt` when it entered the persistence domain or NEVER.
   */
  lineDone(
    source: number,
    sequence: number,
    op: number,
    line: number,
    departedAt: number,
    durableAt: number,
  ): void;
}

/** Stands for a write-back that no source asked for, in `MemoryObserver.lineDone`. */
export const EVICTION_OP = 8;

/** A fresh request record for `source`. */
export function createLineRequest(source: number): LineRequest {
  // The times start as fractions so that the engine keeps them unboxed from the first store on.
  const request: LineRequest = {
    op: LineOp.Load,
    line: 0,
    fromByte: 0,
    toByte: 64,
    source,
    sequence: 0,
    at: 0.5,
    durableAt: 0.5,
    status: LineStatus.Ok,
  };
  request.at = 0;
  request.durableAt = 0;
  return request;
}
