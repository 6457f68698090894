/**
 * Defects of recovery: what it reads of the log, what it makes of a record, and in which order.
 *
 *     whole           every valid record, then the tail, then orphans
 *     firstPage       only records that begin in the tail's block of the ring
 *     unwrapped       a record over the ring's end is read on behind it
 *     sameEpoch       sequences go on where the log ended, so that what is left in the ring counts
 *     dropsReplaced   a name that led elsewhere before is removed instead
 *     keepsOld        a name that a rename took away stays
 *     orphansFirst    orphans are freed by what the bitmaps say before the replay
 *     freesTwice      blocks of orphans are freed once more
 *     tailFirst       the tail moves before what it passes is home
 *     noFreeMap       nothing is free after it, until the next orderly mount
 */
import {
  BYTES_PER_BLOCK,
  DIRECTORY_HEAD_UNITS,
  DIRECTORY_MAGIC,
  DirectoryWord,
  UNIT_BYTES,
} from './layout.js';
import type { LogScan, UnitSink } from './log-scan.js';
import type { MediaMemory } from './media-memory.js';

export const REPLAY_RULES = [
  'whole',
  'firstPage',
  'unwrapped',
  'sameEpoch',
  'dropsReplaced',
  'keepsOld',
  'orphansFirst',
  'freesTwice',
  'tailFirst',
  'noFreeMap',
] as const;
export type ReplayRule = (typeof REPLAY_RULES)[number];

/** Whether the rule changes units of records. */
export function changesRecords(rule: ReplayRule): boolean {
  return rule === 'dropsReplaced' || rule === 'keepsOld';
}

/** Gives the units of a record as a defect of replay has them. */
export class RecordDefect {
  /** Values of records before this one, by unit address. */
  private readonly values = new Map<number, number>();

  constructor(
    private readonly memory: MediaMemory,
    private readonly rule: ReplayRule,
    private readonly firstFileBlock: number,
  ) {}

  forEachUnit(scan: LogScan, sink: UnitSink): void {
    const units: { address: number; low: number; high: number; before: number }[] = [];
    scan.forEachUnit((address, low, high) => {
      const before = this.isEntry(address) ? this.wordAt(address) : 0;
      units.push({ address, low, high, before });
    });
    const enters = units.filter(({ address, low }) => this.isName(address) && low !== 0);
    for (const { address, low, high, before } of units) {
      const isEntry = before !== 0;
      const isReplaced = isEntry && low !== 0 && low !== before;
      const isRemoved = isEntry && low === 0 && enters.length > 0;
      if (this.rule === 'keepsOld' && isRemoved) continue;
      const value = this.rule === 'dropsReplaced' && isReplaced ? 0 : low;
      this.values.set(address, value);
      this.values.set(address + 4, high);
      sink(address, value, high);
    }
  }

  private wordAt(address: number): number {
    return this.values.get(address) ?? this.memory.peek32(address);
  }

  /** Whether the unit lies in a block of names. */
  private isName(address: number): boolean {
    const block = Math.floor(address / BYTES_PER_BLOCK);
    const unit = (address - block * BYTES_PER_BLOCK) / UNIT_BYTES;
    if (block < this.firstFileBlock || unit < DIRECTORY_HEAD_UNITS) return false;
    return this.wordAt(block * BYTES_PER_BLOCK) === DIRECTORY_MAGIC;
  }

  /** Whether an entry begins at the unit, as the block is before this record. */
  private isEntry(address: number): boolean {
    if (!this.isName(address)) return false;
    const start = address - (address % BYTES_PER_BLOCK);
    const used = this.wordAt(start + DirectoryWord.usedUnits * 4);
    for (let unit = DIRECTORY_HEAD_UNITS; unit < used;) {
      const at = start + unit * UNIT_BYTES;
      if (at >= address) return at === address;
      unit += Math.max(1, this.wordAt(at + 4) & 0xff);
    }
    return false;
  }
}
