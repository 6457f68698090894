/**
 * Inodes: 512 bytes each, at a place that follows from the number. `SPEC.md` has the words.
 *
 * The table is never cleared by mkfs; the inode bitmap says which slots mean anything, and making
 * an inode sets every word of its head. What else is kept here is in core only: the transactions
 * that changed an inode last, for fsync, and how many hold it.
 */
import { Bitmap, IntColumn, IntMap, NO_BIT, NumberColumn, assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { INODES_PER_BLOCK, INODE_WORDS, ROOT_INODE } from './layout.js';
import type { Geometry } from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { FileType, Stamp } from './outcome.js';
import type { Transaction } from './transaction.js';
import type { InodePort } from './volume.js';

/** Words of an inode. */
export const InodeWord = {
  mode: 0,
  generation: 1,
  links: 2,
  flags: 3,
  uid: 4,
  gid: 5,
  sizeLow: 6,
  sizeHigh: 7,
  blocks: 8,
  parent: 9,
  access: 10,
  modify: 12,
  change: 14,
  /** Depth « 16 | entries of the extent root. */
  extentHead: 16,
  /** Directories: names in it. */
  entries: 17,
  /** Directories: the block where new names go; 0 while there is none. */
  tailBlock: 18,
  /** Blocks that allocations are rounded to; 0 for none. */
  extentHint: 19,
  /** 21 extents, or the first bytes of a symlink's target. */
  root: 20,
  /** With `InodeFlag.HasXattrs`: units of attributes here, the first block of others, entries. */
  xattrUnits: 104,
  xattrBlock: 105,
  xattrs: 106,
} as const;
/** Defects of making inodes; the first value is the right rule. */
export const MAKE_RULES = ['cleared', 'inherit', 'reuseOrphans', 'reuseNamed'] as const;
export type MakeRule = (typeof MAKE_RULES)[number];

/** Words set when an inode is made. */
const HEAD_WORDS = 20;
/** Longest symlink target kept in the inode. */
export const INLINE_TARGET_BYTES = 336;

const HIGH = 4294967296;
const INODES_PER_BITMAP_BLOCK_SHIFT = 15;
const INODES_PER_BLOCK_SHIFT = 3;

export class InodeTable implements InodePort {
  readonly count: number;
  readonly root = ROOT_INODE;
  /** A defect, if it is not `cleared`. */
  makes: MakeRule = 'cleared';

  private readonly freeInodes: Bitmap;
  private readonly sequences: NumberColumn;
  private readonly dataSequences: NumberColumn;
  private readonly holds: IntColumn;
  /** In-core size + 1 of files whose size is ahead of what is logged: their data is not written. */
  private readonly coreSizes: IntMap;

  constructor(
    space: StateSpace,
    private readonly geometry: Geometry,
    private readonly metadata: MetadataBlocks,
    private readonly transaction: Transaction,
  ) {
    this.count = geometry.inodes;
    this.freeInodes = new Bitmap(space, 'freeInodes');
    this.sequences = new NumberColumn(space, 'inodeSequences');
    this.dataSequences = new NumberColumn(space, 'inodeDataSequences');
    this.holds = new IntColumn(space, 'inodeHolds');
    this.coreSizes = new IntMap(space, 'inodeCoreSizes');
  }

  isUsed(inode: number): boolean {
    return inode > 0 && inode < this.count && !this.freeInodes.get(inode);
  }

  /** The first used inode at or after `from`, or `count`. */
  nextUsed(from: number): number {
    const next = this.freeInodes.nextClear(from, this.count);
    return next === NO_BIT ? this.count : next;
  }

  mode(inode: number): number {
    return this.get(inode, InodeWord.mode);
  }

  type(inode: number): number {
    return this.get(inode, InodeWord.mode) >>> 12;
  }

  generation(inode: number): number {
    return this.get(inode, InodeWord.generation) >>> 0;
  }

  links(inode: number): number {
    return this.get(inode, InodeWord.links);
  }

  flags(inode: number): number {
    return this.get(inode, InodeWord.flags);
  }

  uid(inode: number): number {
    return this.get(inode, InodeWord.uid) >>> 0;
  }

  gid(inode: number): number {
    return this.get(inode, InodeWord.gid) >>> 0;
  }

  sizeBytes(inode: number): number {
    const ahead = this.coreSizes.size === 0 ? 0 : this.coreSizes.get(inode);
    return ahead === 0 ? this.getWide(inode, InodeWord.sizeLow) : ahead - 1;
  }

  loggedSize(inode: number): number {
    return this.getWide(inode, InodeWord.sizeLow);
  }

  setCoreSize(inode: number, sizeBytes: number): void {
    this.coreSizes.set(inode, sizeBytes === this.loggedSize(inode) ? 0 : sizeBytes + 1);
  }

  setLoggedSize(inode: number, sizeBytes: number): void {
    const core = this.sizeBytes(inode);
    this.setSize(inode, sizeBytes);
    this.setCoreSize(inode, core);
  }

  blocks(inode: number): number {
    return this.get(inode, InodeWord.blocks) >>> 0;
  }

  parent(inode: number): number {
    return this.get(inode, InodeWord.parent);
  }

  accessNs(inode: number): number {
    return this.getWide(inode, InodeWord.access);
  }

  modifyNs(inode: number): number {
    return this.getWide(inode, InodeWord.modify);
  }

  changeNs(inode: number): number {
    return this.getWide(inode, InodeWord.change);
  }

  setMode(inode: number, permissions: number): void {
    const type = this.get(inode, InodeWord.mode) & ~0xfff;
    this.set(inode, InodeWord.mode, type | (permissions & 0xfff));
    this.stamp(inode, Stamp.Change);
  }

  setOwner(inode: number, uid: number, gid: number): void {
    this.set(inode, InodeWord.uid, uid);
    this.set(inode, InodeWord.gid, gid);
    this.stamp(inode, Stamp.Change);
  }

  /** Flags are more than stamps: fdatasync waits for them. */
  setFlags(inode: number, flags: number): void {
    this.set(inode, InodeWord.flags, flags);
    this.noteData(inode);
    this.stamp(inode, Stamp.Change);
  }

  /** Blocks that allocations of this file are rounded to; 0 for none. */
  extentHint(inode: number): number {
    return this.get(inode, InodeWord.extentHint) >>> 0;
  }

  setExtentHint(inode: number, blocks: number): void {
    this.set(inode, InodeWord.extentHint, blocks);
    this.stamp(inode, Stamp.Change);
  }

  setTimes(inode: number, accessNs: number, modifyNs: number): void {
    this.putWide(inode, InodeWord.access, accessNs);
    this.putWide(inode, InodeWord.modify, modifyNs);
    this.stamp(inode, Stamp.Change);
  }

  setSize(inode: number, sizeBytes: number): void {
    if (this.coreSizes.size > 0) this.coreSizes.delete(inode);
    this.putWide(inode, InodeWord.sizeLow, sizeBytes);
    this.noteData(inode);
  }

  addLinks(inode: number, delta: number): void {
    this.set(inode, InodeWord.links, this.links(inode) + delta);
  }

  addBlocks(inode: number, delta: number): void {
    this.set(inode, InodeWord.blocks, this.blocks(inode) + delta);
  }

  setParent(inode: number, parent: number): void {
    this.set(inode, InodeWord.parent, parent);
  }

  entries(inode: number): number {
    return this.get(inode, InodeWord.entries);
  }

  addEntries(inode: number, delta: number): void {
    this.set(inode, InodeWord.entries, this.entries(inode) + delta);
  }

  /** Sets stamps to the transaction's time, and nothing else. */
  stamp(inode: number, stamps: number): void {
    const now = this.transaction.nowNs;
    if ((stamps & Stamp.Access) !== 0) this.putWide(inode, InodeWord.access, now);
    if ((stamps & Stamp.Modify) !== 0) this.putWide(inode, InodeWord.modify, now);
    if ((stamps & Stamp.Change) !== 0) this.putWide(inode, InodeWord.change, now);
    this.sequences.set(inode, this.transaction.sequence);
  }

  /** The open transaction changes more of the inode than its stamps. */
  noteData(inode: number): void {
    this.sequences.set(inode, this.transaction.sequence);
    this.dataSequences.set(inode, this.transaction.sequence);
  }

  lastSequence(inode: number): number {
    return this.sequences.get(inode);
  }

  lastDataSequence(inode: number): number {
    return this.dataSequences.get(inode);
  }

  forgetChanges(inode: number, last: number, lastData: number): void {
    this.sequences.set(inode, last);
    this.dataSequences.set(inode, lastData);
  }

  hold(inode: number): void {
    this.holds.count(inode, 1);
  }

  /** Gives a hold back and answers how many are left. */
  release(inode: number): number {
    const left = this.holds.add(inode, -1);
    assert(left >= 0, 'InodeTable: released more often than held');
    return left;
  }

  /** The same of an inode that has a name: how many are left matters to nobody. */
  releaseNamed(inode: number): void {
    this.holds.count(inode, -1);
  }

  isHeld(inode: number): boolean {
    return this.holds.get(inode) > 0;
  }

  hasFree(): boolean {
    return this.freeInodes.count > 0;
  }

  /** Makes an inode with the lowest free number, in the open transaction; one must be free. */
  make(mode: number, uid: number, gid: number): number {
    const wrong = this.makes === 'cleared' ? NO_BIT : this.wronglyFree();
    const inode = wrong === NO_BIT ? this.freeInodes.nextSet(1, this.count) : wrong;
    assert(inode !== NO_BIT, 'InodeTable: no inode is free');
    if (wrong === NO_BIT) {
      this.freeInodes.clear(inode);
      this.writeBit(inode, true);
    }
    const keeps = this.makes === 'inherit' && this.sequences.get(inode) > 0;
    for (let word = 0; word < HEAD_WORDS && !keeps; word += 1) this.put(inode, word, 0);
    this.put(inode, InodeWord.mode, mode);
    this.put(inode, InodeWord.generation, this.transaction.sequence | 0);
    this.put(inode, InodeWord.uid, uid);
    this.put(inode, InodeWord.gid, gid);
    this.stamp(inode, Stamp.Access | Stamp.Modify | Stamp.Change);
    this.noteData(inode);
    return inode;
  }

  /** As a defect: an inode that is used and taken for free, or NO_BIT. */
  private wronglyFree(): number {
    const links = this.makes === 'reuseOrphans' ? 0 : 1;
    if (this.makes === 'inherit') return NO_BIT;
    for (let inode = ROOT_INODE + 1; inode < this.count; inode += 1) {
      const isNamed = this.isUsed(inode) && this.type(inode) === FileType.Regular;
      const mayGo = links === 0 || !this.isHeld(inode);
      if (isNamed && mayGo && this.links(inode) === links) return inode;
    }
    return NO_BIT;
  }

  /** Frees an inode that owns nothing any more. */
  discard(inode: number): void {
    assert(this.blocks(inode) === 0, 'InodeTable: discarded with blocks');
    if (this.coreSizes.size > 0) this.coreSizes.delete(inode);
    this.set(inode, InodeWord.mode, 0);
    this.writeBit(inode, false);
    this.freeInodes.set(inode);
  }

  /** Handle of the block with the inode; word `place(inode)` of it is the inode's first. */
  handle(inode: number): number {
    return this.metadata.at(this.geometry.inodeFirstBlock + (inode >>> INODES_PER_BLOCK_SHIFT));
  }

  place(inode: number): number {
    return (inode & (INODES_PER_BLOCK - 1)) * INODE_WORDS;
  }

  get(inode: number, word: number): number {
    return this.metadata.get(this.handle(inode), this.place(inode) + word);
  }

  /** Sets a word that is no time stamp. */
  set(inode: number, word: number, value: number): void {
    this.put(inode, word, value);
    this.noteData(inode);
  }

  private put(inode: number, word: number, value: number): void {
    this.metadata.set(this.handle(inode), this.place(inode) + word, value);
  }

  private getWide(inode: number, word: number): number {
    const handle = this.handle(inode);
    const at = this.place(inode) + word;
    return this.metadata.get(handle, at + 1) * HIGH + (this.metadata.get(handle, at) >>> 0);
  }

  private putWide(inode: number, word: number, value: number): void {
    this.put(inode, word, value | 0);
    this.put(inode, word + 1, Math.floor(value / HIGH));
  }

  private writeBit(inode: number, on: boolean): void {
    const block = this.geometry.inodeBitmapFirstBlock + (inode >>> INODES_PER_BITMAP_BLOCK_SHIFT);
    const handle = this.metadata.at(block);
    const word = (inode >>> 5) & 1023;
    const bit = 1 << (inode & 31);
    const old = this.metadata.get(handle, word);
    assert(((old & bit) !== 0) !== on, 'InodeTable: an inode made or freed twice');
    this.metadata.set(handle, word, on ? old | bit : old & ~bit);
  }

  /** Reads which inodes are free, when nothing else is known yet. */
  load(): void {
    for (let first = 0; first < this.count; first += 32) {
      const block = this.geometry.inodeBitmapFirstBlock + (first >>> INODES_PER_BITMAP_BLOCK_SHIFT);
      const used = this.metadata.get(this.metadata.at(block), (first >>> 5) & 1023);
      const end = Math.min(this.count, first + 32);
      if (used === 0) this.freeInodes.setRange(first, end - first);
      else
        for (let inode = first; inode < end; inode += 1) {
          if (((used >>> (inode & 31)) & 1) === 0) this.freeInodes.set(inode);
        }
    }
    this.freeInodes.clear(0);
  }
}
