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
import { BYTES_PER_BLOCK, INODE_BYTES, LOG_HEAD_BLOCK, ROOT_INODE } from './layout.js';
import type { Geometry } from './layout.js';
import { LineWriter } from './line-writer.js';
import { sequenceLow, tailHighWord } from './log-record.js';
import { LogScan } from './log-scan.js';
import { MediaOutcome } from './outcome.js';
import { checkpointNow, forceNow } from './quiesce.js';
import { readGeometry } from './superblock.js';

const LINE_BYTES = 64;
const ORPHAN_EXTENTS = 2;

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

/**
 * Recovers the file system on the memory, through requests of `source`. The outcome is Done or
 * NotMountable. Doing it twice does no harm and changes no file.
 */
export function recoverNow(memory: Memory, source = 0): RecoveryReport {
  const geometry = readGeometry(memory);
  if (geometry === null) {
    return { outcome: MediaOutcome.NotMountable, records: 0, homeLines: 0, orphans: 0 };
  }
  const writer = new LineWriter(memory, source);
  const scan = new LogScan(memory, geometry);
  const lines = new HomeLines();
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

/** The last value of every unit of the valid records, by home line. */
class HomeLines {
  count = 0;
  private readonly indexOf = new Map<number, number>();
  private readonly addresses: number[] = [];
  private readonly masks: number[] = [];
  private readonly words: number[] = [];

  readonly take = (address: number, low: number, high: number): void => {
    const line = Math.floor(address / LINE_BYTES);
    let index = this.indexOf.get(line);
    if (index === undefined) {
      index = this.count;
      this.count += 1;
      this.indexOf.set(line, index);
      this.addresses.push(line * LINE_BYTES);
      this.masks.push(0);
      for (let i = 0; i < 16; i += 1) this.words.push(0);
    }
    const unit = (address - line * LINE_BYTES) / 8;
    this.masks[index] |= 1 << unit;
    this.words[index * 16 + unit * 2] = low;
    this.words[index * 16 + unit * 2 + 1] = high;
  };

  write(memory: Memory, writer: LineWriter): void {
    for (let index = 0; index < this.count; index += 1) {
      for (let i = 0; i < 16; i += 1) memory.lineWords[i] = this.words[index * 16 + i];
      writer.store(this.addresses[index], this.masks[index]);
    }
    if (this.count > 0) writer.fence();
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
