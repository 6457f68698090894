/**
 * What must survive power loss of one file, and what may.
 *
 *     write A ── fsync ended ── write B ── truncate C ── write D runs ── power lost
 *     synced: A                 since: B, C              running: D
 *
 * A byte below the synced size must hold its synced value or that of any change since, ended or
 * running; any other byte may besides be zero or missing. Nothing else may be seen: not what another
 * file held, nor what the device held before.
 */
import type { Change, FileContent } from '../oracle/file-content.js';
import { IntervalMap } from '../oracle/interval-map.js';
import { ZERO, type PayloadWords } from '../oracle/payload-words.js';

/** Why a byte may not be what it is. */
export const Verdict = { Fine: 0, Lost: 1, Foreign: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export class DurableFile {
  /** What the last sync made durable. */
  readonly synced: IntervalMap;
  /** Bytes that it promised. */
  syncedSize: number;
  /** A sync has promised that the file exists. */
  isPromised: boolean;
  /** Name that it promised, if nothing has touched the name since. */
  promisedName: string | undefined;
  private since: Change[] = [];

  constructor(
    readonly content: FileContent,
    /** Of a file that was there before: its value and size. */
    first: { readonly value: number; readonly size: number } | undefined,
  ) {
    this.synced = new IntervalMap(first?.value ?? ZERO, first?.size ?? 0);
    this.syncedSize = first?.size ?? 0;
    this.isPromised = first !== undefined;
  }

  /** A change ended. */
  changed(change: Change): void {
    this.since.push({ ...change });
  }

  /** A sync that began at `stamp`, when the file had `size` bytes, has ended. */
  syncEnded(stamp: number, size: number): void {
    const later: Change[] = [];
    for (const change of this.since) {
      if (change.end >= stamp) later.push(change);
      else if (change.to === Infinity) this.synced.truncate(change.from);
      else this.synced.set(change.from, change.to, change.value, change.shift);
    }
    this.since = later;
    this.syncedSize = size;
    this.isPromised = true;
  }

  /** A sync of [from, to) ended: changes inside it are durable, sizes and names are not promised. */
  rangeSyncEnded(stamp: number, from: number, to: number): void {
    this.since = this.since.filter((change) => {
      const isInside = change.from >= from && change.to <= to && change.end < stamp;
      if (isInside) this.synced.set(change.from, change.to, change.value, change.shift);
      return !isInside;
    });
  }

  /** Whether the synced byte at `offset` may be missing: the file was cut since. */
  mayBeCut(offset: number): boolean {
    const cuts = (change: Change): boolean => change.to === Infinity && change.from <= offset;
    return this.since.some(cuts) || this.content.running.some(cuts);
  }

  /** Checks bytes found at [offset, offset + length); answers how many are lost and how many foreign. */
  judge(
    words: PayloadWords,
    offset: number,
    length: number,
    bytes: Uint8Array,
    tally: { lost: number; foreign: number },
  ): void {
    for (let done = 0; done < length;) {
      const at = offset + done;
      this.synced.find(at);
      const { value, shift, pieceEnd } = this.synced;
      const size = Math.min(length - done, pieceEnd - at);
      if (words.differsAt(value, at - shift, size, bytes, done) >= 0) {
        this.judgeBytes(words, at, size, bytes, done, tally);
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
    tally: { lost: number; foreign: number },
  ): void {
    const isNear = ({ from: start, to }: Change): boolean => start < offset + length && offset < to;
    const near = [...this.since, ...this.content.running].filter(isNear);
    for (let i = 0; i < length; i += 1) {
      const verdict = this.verdict(words, near, offset + i, bytes[from + i]!);
      if (verdict === Verdict.Lost) tally.lost += 1;
      else if (verdict === Verdict.Foreign) tally.foreign += 1;
    }
  }

  private verdict(
    words: PayloadWords,
    near: readonly Change[],
    offset: number,
    got: number,
  ): Verdict {
    this.synced.find(offset);
    const { value, shift } = this.synced;
    if (words.byteAt(value, offset - shift) === got) return Verdict.Fine;
    for (const change of near) {
      if (offset < change.from || offset >= change.to) continue;
      if (change.copyOf !== undefined || changeByte(words, change, offset) === got) {
        return Verdict.Fine;
      }
    }
    const isPromisedByte = this.isPromised && offset < this.syncedSize && value !== ZERO;
    if (!isPromisedByte) return got === 0 ? Verdict.Fine : Verdict.Foreign;
    return got === 0 ? Verdict.Lost : Verdict.Foreign;
  }
}

function changeByte(words: PayloadWords, change: Change, offset: number): number {
  return words.byteAt(change.value, offset - change.shift);
}
