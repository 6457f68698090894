/**
 * Defects of how a transaction becomes a record: it is cut into several records, or parts of it are
 * left out, or come later.
 *
 *     touched units ─▶ rule ─▶ record 1, record 2 …        power may be lost between any two
 *                           ├▶ left out                    in core only
 *                           ├▶ later                       with the second transaction after this
 *                           └▶ held                        the value of now, behind the next record
 *
 * The right rule is one record with everything, for which the log does not come here. What waits is
 * state, so that a search can take it back.
 */
import { NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { InodeWord } from './inode-table.js';
import {
  BLOCK_UNITS,
  DIRECTORY_HEAD_UNITS,
  DIRECTORY_MAGIC,
  INODES_PER_BLOCK,
  INODE_WORDS,
} from './layout.js';
import type { Geometry } from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { FileType } from './outcome.js';

export const COMMIT_RULES = [
  'whole',
  'stampsApart',
  'linksFirst',
  'linksLast',
  'newInodesLast',
  'namesInParts',
  'unitByUnit',
  'withoutNewDirectory',
  'withoutSizes',
  'movedDirectoriesLater',
  'sizesHeld',
] as const;
export type CommitRule = (typeof COMMIT_RULES)[number];

/** One record to be: units, and their values if those are not the present ones. */
export interface RecordPart {
  readonly keys: Float64Array;
  readonly values: Float64Array | null;
}

const LEFT_OUT = -1;
const LATER = -2;
const HELD = -3;
/** Transactions after which what comes later comes. */
const DELAY = 2;
const UNITS_PER_LINE = 8;
const UNITS_PER_INODE = INODE_WORDS / 2;

/** A unit, seen as what it is. */
interface UnitPlace {
  /** Of the inode table: its inode, else −1. */
  inode: number;
  /** The first of its two words, counted in the inode or the block. */
  word: number;
  isInDirectory: boolean;
  isNewInode: boolean;
  type: number;
}

export class SplitCommit {
  private readonly waiting: NumberColumn;
  private readonly held: NumberColumn;
  private readonly place: UnitPlace = {
    inode: -1,
    word: 0,
    isInDirectory: false,
    isNewInode: false,
    type: 0,
  };

  constructor(
    space: StateSpace,
    private readonly geometry: Geometry,
    private readonly metadata: MetadataBlocks,
    private readonly rule: CommitRule,
  ) {
    this.waiting = new NumberColumn(space, 'commitWaiting');
    this.held = new NumberColumn(space, 'commitHeld');
  }

  /** The records that the sorted units of transaction `sequence` become, in order. */
  partsOf(touched: Float64Array, count: number, sequence: number): readonly RecordPart[] {
    const keys = [...touched.subarray(0, count), ...this.due()];
    const parts = new Map<number, number[]>();
    const isLater = this.rule === 'movedDirectoriesLater';
    const movesDirectory = isLater && this.moves(touched, count, sequence);
    const isBetween = this.directoriesIn(touched, count) > 1;
    const before = this.takeHeld();
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] ?? 0;
      const isOwn = i < count;
      const part = isOwn ? this.partOf(key, i, touched, sequence, isBetween) : 0;
      if (isOwn && (movesDirectory || part === LATER)) this.push(this.waiting, key, DELAY);
      else if (part === HELD) this.hold(key);
      else if (part !== LEFT_OUT) parts.set(part, [...(parts.get(part) ?? []), key]);
    }
    const records = [...parts.keys()]
      .sort((a, b) => a - b)
      .map((part) => ({ keys: sorted(parts.get(part) ?? []), values: null }));
    return before === null ? records : [...records, before];
  }

  private partOf(
    key: number,
    index: number,
    touched: Float64Array,
    sequence: number,
    isBetween: boolean,
  ): number {
    const place = this.placeOf(key, sequence);
    const { inode, word, isNewInode, type } = place;
    const isInode = inode >= 0;
    switch (this.rule) {
      case 'stampsApart':
        return isInode && type === FileType.Directory && isStamp(word) ? 1 : 0;
      case 'linksFirst':
        return isInode && word === InodeWord.links && !isNewInode ? 0 : 1;
      case 'linksLast':
        return isInode && word === InodeWord.links && !isNewInode ? 1 : 0;
      case 'newInodesLast':
        return isNewInode ? 1 : 0;
      case 'namesInParts':
        return place.isInDirectory && isBehindFirstLine(touched, index) ? 1 : 0;
      case 'unitByUnit':
        return isInode ? index : touched.length;
      case 'withoutNewDirectory':
        return place.isInDirectory && isBetween && this.valueAt(key) !== 0 ? LEFT_OUT : 0;
      case 'withoutSizes':
        return isFileSize(place) ? LEFT_OUT : 0;
      case 'sizesHeld':
        return isFileSize(place) ? HELD : 0;
      default:
        return 0;
    }
  }

  private placeOf(key: number, sequence: number): UnitPlace {
    const { geometry, metadata, place } = this;
    const block = Math.floor(key / BLOCK_UNITS);
    const unit = key - block * BLOCK_UNITS;
    const first = geometry.inodeFirstBlock;
    place.inode = -1;
    place.word = unit * 2;
    place.isNewInode = false;
    place.type = 0;
    place.isInDirectory = this.isDirectory(block) && unit >= DIRECTORY_HEAD_UNITS;
    if (block < first || block >= first + geometry.inodeBlocks) return place;
    const slot = Math.floor(unit / UNITS_PER_INODE);
    const handle = metadata.at(block);
    const base = slot * INODE_WORDS;
    place.inode = (block - first) * INODES_PER_BLOCK + slot;
    place.word = unit * 2 - base;
    place.type = metadata.get(handle, base + InodeWord.mode) >>> 12;
    place.isNewInode = metadata.get(handle, base + InodeWord.generation) === (sequence | 0);
    return place;
  }

  private isDirectory(block: number): boolean {
    if (block < this.geometry.firstFileBlock) return false;
    return this.metadata.get(this.metadata.at(block), 0) === DIRECTORY_MAGIC;
  }

  private directoriesIn(touched: Float64Array, count: number): number {
    const owners = new Set<number>();
    for (let i = 0; i < count; i += 1) {
      const block = Math.floor((touched[i] ?? 0) / BLOCK_UNITS);
      if (this.isDirectory(block)) owners.add(this.metadata.get(this.metadata.at(block), 2));
    }
    return owners.size;
  }

  /** Whether a directory that was there before gets a name. */
  private moves(touched: Float64Array, count: number, sequence: number): boolean {
    const { geometry, metadata } = this;
    for (let i = 0; i < count; i += 1) {
      const key = touched[i] ?? 0;
      if (!this.placeOf(key, sequence).isInDirectory) continue;
      const block = Math.floor(key / BLOCK_UNITS);
      const shape = metadata.get(metadata.at(block), (key - block * BLOCK_UNITS) * 2 + 1);
      const inode = this.valueAt(key);
      const isDirectory = ((shape >>> 16) & 0xff) === FileType.Directory;
      if (!isDirectory || inode <= 0 || inode >= geometry.inodes) continue;
      const table = metadata.at(geometry.inodeFirstBlock + Math.floor(inode / INODES_PER_BLOCK));
      const base = (inode % INODES_PER_BLOCK) * INODE_WORDS;
      const isNew = metadata.get(table, base + InodeWord.generation) === (sequence | 0);
      if (!isNew) return true;
    }
    return false;
  }

  private valueAt(key: number): number {
    const block = Math.floor(key / BLOCK_UNITS);
    return this.metadata.get(this.metadata.at(block), (key - block * BLOCK_UNITS) * 2);
  }

  /** Units whose time has come; the others come one transaction nearer. */
  private due(): number[] {
    const { waiting } = this;
    const count = waiting.get(0);
    const due: number[] = [];
    let kept = 0;
    for (let i = 0; i < count; i += 1) {
      const key = waiting.get(1 + i * 2);
      const left = waiting.get(2 + i * 2) - 1;
      if (left > 0) {
        waiting.set(1 + kept * 2, key);
        waiting.set(2 + kept * 2, left);
        kept += 1;
      } else due.push(key);
    }
    waiting.set(0, kept);
    return due;
  }

  private push(column: NumberColumn, ...values: readonly number[]): void {
    const count = column.get(0);
    values.forEach((value, i) => {
      column.set(1 + count * values.length + i, value);
    });
    column.set(0, count + 1);
  }

  private hold(key: number): void {
    const block = Math.floor(key / BLOCK_UNITS);
    const handle = this.metadata.at(block);
    const word = (key - block * BLOCK_UNITS) * 2;
    this.push(this.held, key, this.metadata.get(handle, word), this.metadata.get(handle, word + 1));
  }

  private takeHeld(): RecordPart | null {
    const { held } = this;
    const count = held.get(0);
    if (count === 0) return null;
    const entries = Array.from({ length: count }, (_none, i) => [
      held.get(1 + i * 3),
      held.get(2 + i * 3),
      held.get(3 + i * 3),
    ]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    held.set(0, 0);
    return {
      keys: Float64Array.from(entries, ([key = 0]) => key),
      values: Float64Array.from(entries.flatMap(([, low = 0, high = 0]) => [low, high])),
    };
  }
}

function isStamp(word: number): boolean {
  return word === InodeWord.access || word === InodeWord.modify || word === InodeWord.change;
}

function isFileSize({ inode, word, type, isNewInode }: UnitPlace): boolean {
  const isSize = inode >= 0 && word === InodeWord.sizeLow;
  return isSize && type === FileType.Regular && !isNewInode;
}

/** Whether the unit lies in another line than the first of its run of neighbours. */
function isBehindFirstLine(touched: Float64Array, index: number): boolean {
  let first = index;
  while (first > 0 && touched[first - 1] === (touched[first] ?? 0) - 1) first -= 1;
  const lineOf = (key: number): number => Math.floor(key / UNITS_PER_LINE);
  return lineOf(touched[index] ?? 0) !== lineOf(touched[first] ?? 0);
}

function sorted(keys: readonly number[]): Float64Array {
  return Float64Array.from(new Set(keys)).sort();
}
