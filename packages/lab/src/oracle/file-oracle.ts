/**
 * The oracle of a run: makes the bytes of every write, and holds every byte that is read against
 * what its file may contain.
 *
 *     source: beginWrite ─▶ (payload) fill, fill … ─▶ end       fill tells which bytes were written
 *             beginRead  ─▶ (payload) saw, saw …   ─▶ end       saw checks them as they are copied
 *
 * A task runs one operation at a time, so begin and end are matched by task. Which inode a number
 * means is asked by generation: a new file does not inherit what its predecessor held. Files that
 * are gone are forgotten when there are many, so memory follows what exists.
 */
import { FileContent, type Change } from './file-content.js';
import type { PayloadWords } from './payload-words.js';
import { ZERO } from './payload-words.js';

/** What the oracle asks of the file system it watches. */
export interface InodeLife {
  /** A number that differs between uses of one inode number; 0: it is not in use. */
  generation(inode: number): number;
}

/** A byte that is not what any allowed order of operations leaves there. */
export interface OracleViolation {
  readonly inode: number;
  readonly offset: number;
  readonly expected: number;
  readonly got: number;
  readonly task: number;
}

/** Told of every change when it has ended; for what must survive power loss. */
export interface ChangeListener {
  changed(file: FileContent, change: Change): void;
}

const VIOLATIONS_KEPT = 100;
const FILES_BEFORE_SWEEP = 4096;

export class FileOracle {
  /** Reads and loads that were checked. */
  reads = 0;
  bytesChecked = 0;
  violationCount = 0;
  readonly violations: OracleViolation[] = [];
  listener: ChangeListener | undefined;
  /** Begins and ends so far. */
  stamp = 0;
  private readonly files = new Map<number, FileContent>();
  private readonly changes: (Change | undefined)[] = [];
  private readonly changed: (FileContent | undefined)[] = [];
  private readonly reading: (FileContent | undefined)[] = [];
  private readonly readSince: number[] = [];
  private readonly bySource = new Map<number, Change>();
  private sweepAt = FILES_BEFORE_SWEEP;
  /** Truncating opens in flight: which file they empty is known when they end. */
  private emptying = 0;

  constructor(
    readonly words: PayloadWords,
    private readonly life: InodeLife,
  ) {}

  /** A file that was there before: bytes [0, size) hold `source`. */
  presume(inode: number, source: number, size: number): void {
    const generation = this.life.generation(inode);
    this.files.set(inode, new FileContent(inode, generation, source, size));
  }

  /** What is known of a file. */
  contentOf(inode: number): FileContent {
    const generation = this.life.generation(inode);
    const known = this.files.get(inode);
    if (known !== undefined && known.generation === generation) return known;
    if (this.files.size >= this.sweepAt) this.sweep();
    const fresh = new FileContent(inode, generation, ZERO, 0);
    this.files.set(inode, fresh);
    return fresh;
  }

  /** All files that still exist. */
  *existing(): Iterable<FileContent> {
    for (const file of this.files.values()) {
      if (this.life.generation(file.inode) === file.generation) yield file;
    }
  }

  beginWrite(task: number, inode: number, source: number): void {
    const change = this.begin(task, this.contentOf(inode), Infinity, 0);
    change.value = source;
    this.bySource.set(source, change);
  }

  /** Bytes [from, to) become zero: truncation, punching, releasing. */
  beginClear(task: number, inode: number, from: number, to: number): void {
    this.begin(task, this.contentOf(inode), from, to);
  }

  /** Bytes move from one file to another; `shift` is the distance they move. */
  beginCopy(
    task: number,
    from: number,
    to: number,
    at: number,
    length: number,
    shift: number,
  ): void {
    const change = this.begin(task, this.contentOf(to), at, at + length);
    change.copyOf = this.contentOf(from);
    change.shift = shift;
  }

  /** Bytes [from, from + length) are taken out: what is behind moves down. */
  beginCollapse(task: number, inode: number, from: number, length: number): void {
    this.beginShift(task, inode, from, -length);
  }

  /** Zeros are put in at [from, from + length): what was there and behind moves up. */
  beginInsert(task: number, inode: number, from: number, length: number): void {
    this.beginShift(task, inode, from, length);
  }

  private beginShift(task: number, inode: number, from: number, by: number): void {
    const change = this.begin(task, this.contentOf(inode), from, Infinity);
    change.isShift = true;
    change.shift = by;
  }

  /** An open that empties a file; which, `endEmptying` says. */
  beginEmptying(): number {
    this.emptying += 1;
    this.stamp += 1;
    return this.stamp;
  }

  endEmptying(inode: number, start: number): void {
    this.emptying -= 1;
    this.stamp += 1;
    if (inode <= 0) return;
    const file = this.contentOf(inode);
    const change = freshChange(0, Infinity, start);
    change.end = this.stamp;
    file.apply(change, this.stamp);
    this.listener?.changed(file, change);
  }

  beginRead(task: number, inode: number): void {
    const file = this.contentOf(inode);
    this.stamp += 1;
    file.readers += 1;
    this.reading[task] = file;
    this.readSince[task] = this.stamp;
    this.reads += 1;
  }

  /**
   * The task's operation ended; a change counts if `isDone`, up to file offset `limit` and in its
   * first `length` bytes: of a write cut short, a line more than it stored may have been fetched.
   */
  end(task: number, isDone: boolean, limit = Infinity, length = Infinity): void {
    const reading = this.reading[task];
    if (reading !== undefined) {
      this.stamp += 1;
      reading.readers -= 1;
      this.reading[task] = undefined;
    }
    const change = this.changes[task];
    const file = this.changed[task];
    if (change === undefined || file === undefined) return;
    this.stamp += 1;
    change.end = this.stamp;
    this.changes[task] = undefined;
    file.running.splice(file.running.indexOf(change), 1);
    this.bySource.delete(change.value);
    change.to = Math.min(change.to, limit, change.from + length);
    if (!isDone || change.from >= change.to) return;
    if (change.isShift) {
      for (const part of file.applyShift(change, this.stamp)) this.listener?.changed(file, part);
    } else if (change.copyOf !== undefined) this.applyCopy(file, change, change.copyOf);
    else {
      file.apply(change, this.stamp);
      this.listener?.changed(file, change);
    }
  }

  /** Payload: bytes for a write, and the note that it wrote them. */
  fill(source: number, offset: number, length: number, target: Uint8Array, at: number): void {
    const change = this.bySource.get(source);
    if (change !== undefined) {
      if (offset < change.from) change.from = offset;
      if (offset + length > change.to) change.to = offset + length;
    }
    this.words.fill(source, offset, length, target, at);
  }

  /** Payload: a task saw bytes of a file. */
  saw(
    task: number,
    inode: number,
    offset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const file = this.reading[task] ?? this.contentOf(inode);
    const { live } = file.inode === inode ? file : this.contentOf(inode);
    const start = this.readSince[task] ?? this.stamp;
    this.bytesChecked += length;
    for (let done = 0; done < length;) {
      live.find(offset + done);
      const size = Math.min(length, live.pieceEnd - offset) - done;
      const shifted = offset + done - live.shift;
      if (this.words.differsAt(live.value, shifted, size, bytes, at + done) >= 0) {
        this.examine(task, inode, offset + done, size, bytes, at + done, start);
      }
      done += size;
    }
  }

  /** Byte by byte, when the range is not simply what was written last. */
  private examine(
    task: number,
    inode: number,
    offset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
    start: number,
  ): void {
    const file = this.contentOf(inode);
    for (let i = 0; i < length; i += 1) {
      const got = bytes[at + i]!;
      if (file.allows(this.words, offset + i, got, start)) continue;
      if (got === 0 && this.emptying > 0) continue;
      file.live.find(offset + i);
      const expected = this.words.byteAt(file.live.value, offset + i - file.live.shift);
      this.violate({ inode, offset: offset + i, expected, got, task });
      // The rest of a wrong range is wrong in the same way.
      return;
    }
  }

  /** Counts a violation and keeps the first ones. */
  violate(violation: OracleViolation): void {
    this.violationCount += 1;
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push(violation);
  }

  private begin(task: number, file: FileContent, from: number, to: number): Change {
    this.stamp += 1;
    const change = freshChange(from, to, this.stamp);
    file.running.push(change);
    this.changes[task] = change;
    this.changed[task] = file;
    return change;
  }

  private applyCopy(file: FileContent, change: Change, source: FileContent): void {
    for (let at = change.from; at < change.to;) {
      source.live.find(at - change.shift);
      const { value, shift, pieceEnd } = source.live;
      const to = Math.min(change.to, pieceEnd + change.shift);
      const part: Change = { ...change, from: at, to, value, shift: shift + change.shift };
      part.copyOf = undefined;
      file.apply(part, this.stamp);
      this.listener?.changed(file, part);
      at = to;
    }
  }

  private sweep(): void {
    for (const [inode, file] of this.files) {
      const isBusy = file.readers > 0 || file.running.length > 0;
      if (!isBusy && this.life.generation(inode) !== file.generation) this.files.delete(inode);
    }
    this.sweepAt = Math.max(FILES_BEFORE_SWEEP, this.files.size * 2);
  }
}

function freshChange(from: number, to: number, start: number): Change {
  const end = Infinity;
  return { from, to, value: ZERO, shift: 0, start, end, copyOf: undefined, isShift: false };
}
