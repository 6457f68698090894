/**
 * Recovery: after power loss, the home blocks become what the durable records say.
 *
 *   scan ─▶ home lines, flush ─▶ fence ─▶ tail unit, flush ─▶ fence ─▶ orphans, one by one
 *
 * It may lose power itself at any point: until the tail has moved, the next recovery does the same
 * again, and the tail moves with one 8-byte store. The new tail's sequence skips as many as the
 * ring has lines, so that no record left in the ring, torn off the valid ones by a missing line,
 * can ever be taken for a new one.
 */
import type { Memory } from '@daxsim/pmem';
import { BYTES_PER_BLOCK, LINES_PER_BLOCK, LOG_HEAD_BLOCK, WORDS_PER_LINE } from './layout.js';
import type { Geometry } from './layout.js';
import { LineWriter } from './line-writer.js';
import { sequenceLow, tailHighWord } from './log-record.js';
import { LogScan } from './log-scan.js';
import { Orphans } from './orphans.js';
import { MediaOutcome } from './outcome.js';
import { RecordDefect, changesRecords } from './replay-rule.js';
import type { ReplayRule } from './replay-rule.js';
import { SuperblockReader } from './superblock.js';

const LINE_BYTES = 64;
const FIRST_LINES = 256;

/** What recovery did. */
export interface RecoveryReport {
  readonly outcome: MediaOutcome;
  /** Records found valid. */
  readonly records: number;
  /** Home lines written for them. */
  readonly homeLines: number;
  /** Inodes without links that were freed. */
  readonly orphans: number;
}

const NOT_MOUNTABLE: RecoveryReport = Object.freeze({
  outcome: MediaOutcome.NotMountable,
  records: 0,
  homeLines: 0,
  orphans: 0,
});

/**
 * Recovers the file system on the memory, through requests of `source`. The outcome is Done or
 * NotMountable. Doing it twice does no harm and changes no file.
 */
export function recoverNow(memory: Memory, source = 0, rule: ReplayRule = 'whole'): RecoveryReport {
  return new Recovery(memory, source, null, rule).run();
}

/** How far the log was read before the first decision. */
interface Fork {
  geometry: Geometry | null;
  isSet: boolean;
  sequence: number;
  ringLine: number;
  records: number;
}

/** A memory that decides what it holds when it is read, and counts its decisions. */
export interface Undecided {
  /** Decisions since this image began. */
  readonly decisions: number;
}

/**
 * Recovery of a memory that holds one image after the other; keeps what it needs between them.
 *
 *     image 1   record, record, record │ record in doubt …
 *     image 2      the same, not read  │ record in doubt …      fork: before the first decision
 *
 * Images of one moment differ in nothing that was read before the first decision, so what the log
 * said until then is taken from the image before. `restart` begins another moment.
 */
export class Recovery {
  private readonly superblocks = new SuperblockReader();
  private readonly writer: LineWriter;
  private readonly orphans: Orphans;
  private readonly lines = new HomeLines();
  private readonly atFork = new HomeLines();
  private readonly fork: Fork = {
    geometry: null,
    isSet: false,
    sequence: 0,
    ringLine: 0,
    records: 0,
  };
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;

  constructor(
    private readonly memory: Memory,
    source = 0,
    private readonly undecided: Undecided | null = null,
    /** A defect, if it is not `whole`. */
    private readonly rule: ReplayRule = 'whole',
  ) {
    this.writer = new LineWriter(memory, source);
    this.orphans = new Orphans(memory, this.writer);
  }

  /** From here on the memory may hold anything. */
  restart(): void {
    this.fork.isSet = false;
  }

  /** As `recoverNow`, on what the memory holds now. */
  run(): RecoveryReport {
    const { memory, writer, lines, fork } = this;
    const geometry = fork.isSet ? fork.geometry : this.superblocks.read(memory);
    if (geometry === null) return NOT_MOUNTABLE;
    const scan = this.scanFor(geometry);
    const { rule } = this;
    const early = rule === 'orphansFirst' ? this.orphans.free(geometry) : 0;
    const records = this.readLog(scan, geometry);
    if (rule !== 'tailFirst') lines.write(memory, writer);
    const sequence = scan.sequence + (rule === 'sameEpoch' ? 0 : geometry.logLines);
    const tailAddress = LOG_HEAD_BLOCK * BYTES_PER_BLOCK;
    memory.lineWords[0] = sequenceLow(sequence);
    memory.lineWords[1] = tailHighWord(scan.ringLine, sequence);
    writer.store(tailAddress, 1);
    writer.fence();
    if (rule === 'tailFirst') lines.write(memory, writer);
    const orphans = early + this.orphans.free(geometry, rule === 'freesTwice');
    return { outcome: MediaOutcome.Done, records, homeLines: lines.count, orphans };
  }

  /** Takes the valid records; answers how many. */
  private readLog(scan: LogScan, geometry: Geometry): number {
    const { lines, fork, atFork, undecided } = this;
    let records = 0;
    if (this.rule !== 'whole') fork.isSet = false;
    if (fork.isSet) {
      scan.resume(fork.sequence, fork.ringLine);
      lines.copy(atFork);
      records = fork.records;
    } else {
      scan.restart();
      lines.clear();
    }
    let mayFork = undecided !== null && !fork.isSet && undecided.decisions === 0;
    if (this.rule === 'unwrapped') scan.wraps = false;
    const defect = this.defectOf(geometry);
    const firstBlock = Math.floor(scan.ringLine / LINES_PER_BLOCK);
    for (;;) {
      const { sequence, ringLine } = scan;
      const isBehind = Math.floor(ringLine / LINES_PER_BLOCK) !== firstBlock;
      const isValid = (this.rule !== 'firstPage' || !isBehind) && scan.next();
      if (mayFork && (!isValid || undecided?.decisions !== 0)) {
        this.forkAt(geometry, sequence, ringLine, records);
        mayFork = false;
      }
      if (!isValid) return records;
      if (defect === null) scan.forEachUnit(lines.take);
      else defect.forEachUnit(scan, lines.take);
      records += 1;
    }
  }

  /** What the rule makes of records; such a recovery reads the log from its beginning. */
  private defectOf({ firstFileBlock }: Geometry): RecordDefect | null {
    if (!changesRecords(this.rule)) return null;
    return new RecordDefect(this.memory, this.rule, firstFileBlock);
  }

  private forkAt(geometry: Geometry, sequence: number, ringLine: number, records: number): void {
    const { fork } = this;
    fork.isSet = true;
    fork.geometry = geometry;
    fork.sequence = sequence;
    fork.ringLine = ringLine;
    fork.records = records;
    this.atFork.copy(this.lines);
  }

  private scanFor(geometry: Geometry): LogScan {
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(this.memory, geometry);
      this.scanOf = geometry;
    }
    return this.scan;
  }
}

/** The last value of every unit of the valid records, by home line. */
class HomeLines {
  count = 0;
  /** Open addressing: line, and its index where `stampOf` is the present one. */
  private lineOf = new Int32Array(FIRST_LINES * 2);
  private indexOf = new Int32Array(FIRST_LINES * 2);
  private stampOf = new Int32Array(FIRST_LINES * 2);
  private stamp = 1;
  private lines = new Int32Array(FIRST_LINES);
  private masks = new Int32Array(FIRST_LINES);
  private words = new Int32Array(FIRST_LINES * WORDS_PER_LINE);

  clear(): void {
    this.count = 0;
    this.stamp += 1;
  }

  /** Becomes the same as another. */
  copy(other: HomeLines): void {
    const { count } = other;
    while (this.lines.length < other.lines.length) this.grow();
    this.clear();
    for (let index = 0; index < count; index += 1) this.indexFor(other.lines[index]);
    this.masks.set(other.masks.subarray(0, count));
    this.words.set(other.words.subarray(0, count * WORDS_PER_LINE));
  }

  readonly take = (address: number, low: number, high: number): void => {
    const line = Math.floor(address / LINE_BYTES);
    const index = this.indexFor(line);
    const unit = (address - line * LINE_BYTES) / 8;
    this.masks[index] |= 1 << unit;
    this.words[index * WORDS_PER_LINE + unit * 2] = low;
    this.words[index * WORDS_PER_LINE + unit * 2 + 1] = high;
  };

  write(memory: Memory, writer: LineWriter): void {
    const { lineWords } = memory;
    for (let index = 0; index < this.count; index += 1) {
      const from = index * WORDS_PER_LINE;
      for (let i = 0; i < WORDS_PER_LINE; i += 1) lineWords[i] = this.words[from + i];
      writer.store(this.lines[index] * LINE_BYTES, this.masks[index]);
    }
    if (this.count > 0) writer.fence();
  }

  private indexFor(line: number): number {
    if (this.count === this.lines.length) this.grow();
    const mask = this.lineOf.length - 1;
    let at = (Math.imul(line, 0x9e3779b1) >>> 7) & mask;
    for (; this.stampOf[at] === this.stamp; at = (at + 1) & mask) {
      if (this.lineOf[at] === line) return this.indexOf[at];
    }
    const index = this.count;
    this.count += 1;
    this.stampOf[at] = this.stamp;
    this.lineOf[at] = line;
    this.indexOf[at] = index;
    this.lines[index] = line;
    this.masks[index] = 0;
    return index;
  }

  private grow(): void {
    const { count, lines, masks, words } = this;
    const room = lines.length * 2;
    this.lines = new Int32Array(room);
    this.lines.set(lines);
    this.masks = new Int32Array(room);
    this.masks.set(masks);
    this.words = new Int32Array(room * WORDS_PER_LINE);
    this.words.set(words);
    this.lineOf = new Int32Array(room * 2);
    this.indexOf = new Int32Array(room * 2);
    this.stampOf = new Int32Array(room * 2);
    const mask = room * 2 - 1;
    for (let index = 0; index < count; index += 1) {
      let at = (Math.imul(lines[index], 0x9e3779b1) >>> 7) & mask;
      while (this.stampOf[at] === this.stamp) at = (at + 1) & mask;
      this.stampOf[at] = this.stamp;
      this.lineOf[at] = lines[index];
      this.indexOf[at] = index;
    }
  }
}
