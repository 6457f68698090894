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
import { BYTES_PER_BLOCK, LINES_PER_BLOCK, LOG_HEAD_BLOCK } from './layout.js';
import { HomeLines } from './home-lines.js';
import type { Geometry } from './layout.js';
import { LineWriter } from './line-writer.js';
import { sequenceLow, tailHighWord } from './log-record.js';
import { LogScan } from './log-scan.js';
import { Orphans } from './orphans.js';
import { MediaOutcome } from './outcome.js';
import { RecordDefect, changesRecords } from './replay-rule.js';
import type { ReplayRule } from './replay-rule.js';
import { SuperblockReader } from './superblock.js';

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

export const NOT_MOUNTABLE: RecoveryReport = Object.freeze({
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
  return new Recovery(memory, source, rule).run();
}

/** Recovery of a memory that holds one image after the other; each is recovered from nothing. */
export class Recovery {
  private readonly superblocks = new SuperblockReader();
  private readonly writer: LineWriter;
  private readonly orphans: Orphans;
  private readonly lines = new HomeLines();
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;

  constructor(
    private readonly memory: Memory,
    source = 0,
    /** A defect, if it is not `whole`. */
    private readonly rule: ReplayRule = 'whole',
  ) {
    this.writer = new LineWriter(memory, source);
    this.orphans = new Orphans(memory, this.writer);
  }

  /** As `recoverNow`, on what the memory holds now. */
  run(): RecoveryReport {
    const { memory, writer, lines } = this;
    const geometry = this.superblocks.read(memory);
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
    const { lines } = this;
    scan.restart();
    lines.clear();
    if (this.rule === 'unwrapped') scan.wraps = false;
    const defect = this.defectOf(geometry);
    const firstBlock = Math.floor(scan.ringLine / LINES_PER_BLOCK);
    for (let records = 0; ; records += 1) {
      const isBehind = Math.floor(scan.ringLine / LINES_PER_BLOCK) !== firstBlock;
      if ((this.rule === 'firstPage' && isBehind) || !scan.next()) return records;
      if (defect === null) scan.forEachUnit(lines.take);
      else defect.forEachUnit(scan, lines.take);
    }
  }

  /** What the rule makes of records. */
  private defectOf({ firstFileBlock }: Geometry): RecordDefect | null {
    if (!changesRecords(this.rule)) return null;
    return new RecordDefect(this.memory, this.rule, firstFileBlock);
  }

  private scanFor(geometry: Geometry): LogScan {
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(this.memory, geometry);
      this.scanOf = geometry;
    }
    return this.scan;
  }
}
