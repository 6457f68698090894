/**
 * Recovery: after power loss, the home blocks become what the durable records say.
 *
 *   scan ─▶ home lines, flush ─▶ fence ─▶ tail unit, flush ─▶ fence ─▶ orphans, one by one
 *
 * It may lose power itself at any point: until the tail has moved, the next recovery does the same
 * again, and the tail moves with one 8-byte store. The new tail's sequence skips as many as the
 * ring has lines, so that no record left in the ring, torn off the valid ones by a missing line,
 * can ever be taken for a new one.
 *
 * Inodes without links are what a crash left of files that were removed while open, or while they
 * were being freed; they are freed in transactions of bounded size, each forced and checkpointed.
 */
import { StateSpace } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import { MountedVolume } from './mounted-volume.js';
import { ROOT_ENTRIES } from './extent-path.js';
import { InodeWord } from './inode-table.js';
import {
  BYTES_PER_BLOCK,
  INODE_BYTES,
  LOG_HEAD_BLOCK,
  ROOT_INODE,
  WORDS_PER_LINE,
} from './layout.js';
import type { Geometry } from './layout.js';
import { LineWriter } from './line-writer.js';
import { sequenceLow, tailHighWord } from './log-record.js';
import { LogScan } from './log-scan.js';
import { MediaOutcome } from './outcome.js';
import { checkpointNow, forceNow } from './quiesce.js';
import { SuperblockReader } from './superblock.js';

const LINE_BYTES = 64;
const ORPHAN_EXTENTS = 2;
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
export function recoverNow(memory: Memory, source = 0): RecoveryReport {
  return new Recovery(memory, source).run();
}

/** Recovery of a memory that holds one image after the other; keeps what it needs between them. */
export class Recovery {
  private readonly superblocks = new SuperblockReader();
  private readonly writer: LineWriter;
  private readonly lines = new HomeLines();
  private scan: LogScan | null = null;
  private scanOf: Geometry | null = null;

  constructor(
    private readonly memory: Memory,
    source = 0,
  ) {
    this.writer = new LineWriter(memory, source);
  }

  /** As `recoverNow`, on what the memory holds now. */
  run(): RecoveryReport {
    const { memory, writer, lines } = this;
    const geometry = this.superblocks.read(memory);
    if (geometry === null) return NOT_MOUNTABLE;
    const scan = this.scanFor(geometry);
    lines.clear();
    let records = 0;
    while (scan.next()) {
      scan.forEachUnit(lines.take);
      records += 1;
    }
    lines.write(memory, writer);
    const sequence = scan.sequence + geometry.logLines;
    const tailAddress = LOG_HEAD_BLOCK * BYTES_PER_BLOCK;
    memory.lineWords[0] = sequenceLow(sequence);
    memory.lineWords[1] = tailHighWord(scan.ringLine, sequence);
    writer.store(tailAddress, 1);
    writer.fence();
    const orphans = freeOrphans(memory, geometry, writer);
    return { outcome: MediaOutcome.Done, records, homeLines: lines.count, orphans };
  }

  private scanFor(geometry: Geometry): LogScan {
    if (this.scan === null || this.scanOf !== geometry) {
      this.scan = new LogScan(this.memory, geometry);
      this.scanOf = geometry;
    } else {
      this.scan.restart();
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
    this.lines = new Int32Array(count * 2);
    this.lines.set(lines);
    this.masks = new Int32Array(count * 2);
    this.masks.set(masks);
    this.words = new Int32Array(count * 2 * WORDS_PER_LINE);
    this.words.set(words);
    this.lineOf = new Int32Array(count * 4);
    this.indexOf = new Int32Array(count * 4);
    this.stampOf = new Int32Array(count * 4);
    const mask = count * 4 - 1;
    for (let index = 0; index < count; index += 1) {
      let at = (Math.imul(lines[index], 0x9e3779b1) >>> 7) & mask;
      while (this.stampOf[at] === this.stamp) at = (at + 1) & mask;
      this.stampOf[at] = this.stamp;
      this.lineOf[at] = lines[index];
      this.indexOf[at] = index;
    }
  }
}

/** Looks at the media alone: most recoveries find none, and then need no volume. */
function hasOrphans(memory: Memory, geometry: Geometry): boolean {
  const bitmap = geometry.inodeBitmapFirstBlock * BYTES_PER_BLOCK;
  const table = geometry.inodeFirstBlock * BYTES_PER_BLOCK;
  for (let first = 0; first < geometry.inodes; first += 32) {
    const used = memory.peek32(bitmap + first / 8);
    for (let bit = 0; used !== 0 && bit < 32; bit += 1) {
      if (((used >>> bit) & 1) === 0 || first + bit <= ROOT_INODE) continue;
      const links = table + (first + bit) * INODE_BYTES + InodeWord.links * 4;
      if (memory.peek32(links) === 0) return true;
    }
  }
  return false;
}

function freeOrphans(memory: Memory, geometry: Geometry, writer: LineWriter): number {
  if (!hasOrphans(memory, geometry)) return 0;
  const volume = new MountedVolume(new StateSpace(), memory, geometry, ROOT_ENTRIES);
  let freed = 0;
  const { inodes } = volume;
  for (
    let inode = inodes.nextUsed(inodes.root + 1);
    inode < inodes.count;
    inode = inodes.nextUsed(inode + 1)
  ) {
    if (!volume.isOrphan(inode)) continue;
    let outcome: MediaOutcome = MediaOutcome.More;
    while (outcome === MediaOutcome.More) {
      volume.begin(inodes.changeNs(inode));
      outcome = volume.reclaimOrphan(inode, ORPHAN_EXTENTS);
      volume.commit();
      forceNow(volume, memory, writer);
      checkpointNow(volume, memory, writer);
    }
    freed += 1;
  }
  return freed;
}
