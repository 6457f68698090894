/**
 * Recovery of images that differ in little: does again what what differs leads to, and nothing
 * else.
 *
 *     image 1    record ─ record ─ record in doubt …       ─▶ home lines ─▶ orphans
 *     image 2    ══ as before ═══▶ │ record in doubt …     ─▶ lines that differ ─▶ the same?
 *                                  └ where the first answer that differs was given
 *
 * An image keeps the first answers of the one before, to the question what survived of a line.
 * Recovery reads its log from the record on that met the first other answer. Where that leads to
 * other values at home, these lines are written, and those are given back that no record has any
 * more. Orphans are looked for only if some line is another; what their removal stored is taken
 * back before the log is read, and is there again if nothing is another.
 *
 * Holds for a recovery without defects (`whole`); equality with `Recovery` is tested image by
 * image.
 */
import type { Memory } from '@daxsim/pmem';
import { HomeLines } from './home-lines.js';
import type { RewritableMemory } from './home-lines.js';
import { LOG_HEAD_BLOCK, LINES_PER_BLOCK } from './layout.js';
import type { Geometry } from './layout.js';
import { LineList } from './line-list.js';
import { LineWriter } from './line-writer.js';
import { sequenceLow, tailHighWord } from './log-record.js';
import { LogScan } from './log-scan.js';
import { Orphans } from './orphans.js';
import { MediaOutcome } from './outcome.js';
import { NOT_MOUNTABLE } from './recovery.js';
import type { RecoveryReport } from './recovery.js';
import { SuperblockReader } from './superblock.js';

/** A memory that holds one image after the other; `PowerLossImage` is one. */
export interface RepeatedMemory extends Memory, RewritableMemory {
  readonly decisions: number;
  askedLine(answer: number): number;
  beginPart(): void;
  endPart(): void;
  readonly partLines: number;
  partLine(index: number): number;
  readonly isPartCertain: boolean;
  redoPart(): void;
}

/** By which lines an image, recovered, differs from the one before; the ring may always. */
export interface ImageDifference {
  /** Nothing is known: everything may. */
  isAll: boolean;
  /** Some lines more than once. */
  readonly lines: LineList;
}

/** Of an image of which nothing is known. */
export const EVERYTHING: ImageDifference = Object.freeze({ isAll: true, lines: new LineList() });

/** Where a record begins that was looked at, and what led there. */
interface RecordStart {
  decisions: number;
  sequence: number;
  ringLine: number;
  mark: number;
}

export class RepeatedRecovery {
  readonly difference: ImageDifference = { isAll: true, lines: new LineList() };
  private readonly superblocks = new SuperblockReader();
  private readonly writer: LineWriter;
  private readonly orphans: Orphans;
  private readonly lines = new HomeLines();
  /** One for each record that was valid, and for the one that was not. */
  private readonly starts: RecordStart[] = [];
  private startCount = 0;
  private geometry: Geometry | null = null;
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;
  private orphanCount = 0;
  /** Whether the next image may be built on this one. */
  private isBase = false;

  constructor(
    private readonly memory: RepeatedMemory,
    source = 0,
  ) {
    this.writer = new LineWriter(memory, source);
    this.orphans = new Orphans(memory, this.writer);
  }

  /** From here on the memory may hold anything. */
  restart(): void {
    this.isBase = false;
  }

  /**
   * Whether the next image may go on from this one (`PowerLossImage.again`) if all its answers but
   * the first `unchanged` are others; if not, it is restarted.
   */
  canGoOn(unchanged: number): boolean {
    const { memory, geometry, starts } = this;
    if (!this.isBase || geometry === null || starts[0].decisions > unchanged) return false;
    for (let answer = unchanged; answer < memory.decisions; answer += 1) {
      if (!isRing(geometry, memory.askedLine(answer))) return false;
    }
    return true;
  }

  /** As `Recovery.run`. The first `unchanged` answers are those of the image before. */
  run(unchanged = 0): RecoveryReport {
    const { memory, difference } = this;
    difference.lines.clear();
    difference.isAll = !this.isBase;
    if (this.isBase) this.goBack(unchanged);
    else if (!this.begin()) return NOT_MOUNTABLE;
    const { geometry, scan } = this;
    if (geometry === null || scan === null) return NOT_MOUNTABLE;
    this.isBase = true;
    const records = this.readLog(scan);
    this.lines.rewrite(memory, difference.lines);
    // Home lines that lie in the log: neither this image nor the next is told by differences.
    const firstHome = geometry.inodeBitmapFirstBlock * LINES_PER_BLOCK;
    if (difference.lines.count > 0 && this.lines.hasBefore(firstHome)) this.distrust();
    const sequence = scan.sequence + geometry.logLines;
    memory.lineWords[0] = sequenceLow(sequence);
    memory.lineWords[1] = tailHighWord(scan.ringLine, sequence);
    const tailMoved = memory.rewrite(LOG_HEAD_BLOCK * LINES_PER_BLOCK, 1);
    if (difference.isAll || tailMoved || difference.lines.count > 0) this.freeOrphans(geometry);
    else memory.redoPart();
    return {
      outcome: MediaOutcome.Done,
      records,
      homeLines: this.lines.count,
      orphans: this.orphanCount,
    };
  }

  private begin(): boolean {
    const { memory } = this;
    const geometry = this.superblocks.read(memory);
    this.geometry = geometry;
    this.startCount = 0;
    if (geometry === null) return false;
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(memory, geometry);
      this.scanOf = geometry;
    }
    this.scan.restart();
    this.lines.clear();
    return true;
  }

  /** To the record that met the first answer that is another now. */
  private goBack(unchanged: number): void {
    while (this.starts[this.startCount - 1].decisions > unchanged) this.startCount -= 1;
    this.startCount -= 1;
    const { sequence, ringLine, mark } = this.starts[this.startCount];
    this.scan?.resume(sequence, ringLine);
    this.lines.undoTo(mark);
  }

  /** Takes the valid records from here on; answers how many there are in all. */
  private readLog(scan: LogScan): number {
    const { lines } = this;
    for (;;) {
      this.startRecord(scan);
      if (!scan.next()) return this.startCount - 1;
      scan.forEachUnit(lines.take);
    }
  }

  private startRecord({ sequence, ringLine }: LogScan): void {
    const { decisions } = this.memory;
    const mark = this.lines.mark();
    const start = (this.starts[this.startCount] ??= { decisions, sequence, ringLine, mark });
    start.decisions = decisions;
    start.sequence = sequence;
    start.ringLine = ringLine;
    start.mark = mark;
    this.startCount += 1;
  }

  private freeOrphans(geometry: Geometry): void {
    const { memory, difference } = this;
    for (let i = 0; i < memory.partLines; i += 1) difference.lines.add(memory.partLine(i));
    const { decisions } = memory;
    memory.beginPart();
    this.orphanCount = this.orphans.free(geometry);
    memory.endPart();
    for (let i = 0; i < memory.partLines; i += 1) difference.lines.add(memory.partLine(i));
    // What hangs on an answer is not put back for other answers.
    if (memory.decisions > decisions || !memory.isPartCertain) this.isBase = false;
  }

  private distrust(): void {
    this.difference.isAll = true;
    this.isBase = false;
  }
}

/** Whether the line lies in the log's ring. */
export function isRing({ logFirstBlock, logLines }: Geometry, line: number): boolean {
  const first = logFirstBlock * LINES_PER_BLOCK;
  return line >= first && line < first + logLines;
}
