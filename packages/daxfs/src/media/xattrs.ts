/**
 * Extended attributes: names with values, in the inode while they fit, else in blocks of their own.
 *
 *     inode   ┊ … ┊ used units, first block ┊ entry ┊ entry ┊ meaningless
 *                                │
 *     block   ┊ magic, used units, inode, next block ┊ entry ┊ entry ┊ … used │ meaningless
 *                                              │                 │
 *                                           block …              └▶ blocks of one large value
 *
 *     entry   units, name bytes, space ┊ value bytes, apart? ┊ name ┊ value, or its blocks
 *
 * A change takes the old entry out, closes the gap and puts the new one behind the last: in the
 * inode, in the first block of the chain with room, or in a new first block. A value that no block
 * has room for beside its name lies apart, in up to 16 blocks. Everything is checked and counted
 * before anything changes, and all of it is logged, so that an attribute is there after power loss
 * as a whole or not at all.
 *
 * An inode without attributes has a clear flag, and then the words of this area mean nothing: most
 * inodes never pay for it. Left out: XFS's tree of attributes (a chain is walked from its start).
 */
import { assert } from '@daxsim/sim';
import type { Allocator } from './allocator.js';
import { InodeWord } from './inode-table.js';
import type { InodeTable } from './inode-table.js';
import { BLOCK_UNITS, BYTES_PER_BLOCK } from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { bytesIn, bytesOut } from './word-bytes.js';
import type { Names } from './names.js';
import { InodeFlag, MediaOutcome, Stamp } from './outcome.js';
import type { XattrLimits, XattrPort } from './volume.js';
import {
  VALUE_APART,
  XATTR_BLOCK_HEAD_UNITS,
  XATTR_BODY_UNITS,
  XATTR_MAGIC,
  XattrBlockWord,
  apartBlocks,
  limitCost,
  xattrShape,
  xattrUnits,
} from './xattr-layout.js';

export class Xattrs implements XattrPort {
  entryName = 0;
  entrySpace = 0;
  valueBytes = 0;

  /** Where `find` or `next` found an entry: its block (0: the inode), handle and first word. */
  private block = 0;
  private handle = 0;
  private word = 0;
  /** The block whose `next` leads to `block`; 0 if the inode does. */
  private before = 0;
  /** Where a new entry goes: see `choose`. */
  private place = 0;
  private nameBytes = new Uint8Array(256);

  constructor(
    private readonly metadata: MetadataBlocks,
    private readonly inodes: InodeTable,
    private readonly allocator: Allocator,
    private readonly names: Names,
  ) {}

  find(inode: number, space: number, name: number): boolean {
    this.before = 0;
    let previous = 0;
    let last = 0;
    for (let at = this.next(inode, 0); at >= 0; at = this.next(inode, at)) {
      if (this.block !== last) {
        previous = last;
        last = this.block;
      }
      this.before = previous;
      if (this.entrySpace === space && this.entryName === name) return true;
    }
    return false;
  }

  next(inode: number, cursor: number): number {
    if (!this.has(inode)) return -1;
    let block = Math.floor(cursor / CURSOR_UNITS);
    let unit = cursor - block * CURSOR_UNITS;
    for (;;) {
      this.enter(inode, block);
      const first = block === 0 ? 0 : XATTR_BLOCK_HEAD_UNITS;
      unit = Math.max(unit, first);
      if (unit < this.usedUnits(inode, block)) {
        this.readEntry(block === 0 ? this.bodyWord(inode) + unit * 2 : unit * 2);
        return block * CURSOR_UNITS + unit + (this.metadata.get(this.handle, this.word) & 0xffff);
      }
      block = this.nextBlock(inode, block);
      unit = 0;
      if (block === 0) return -1;
    }
  }

  /** Copies the value of the entry found last. */
  readValue(target: Uint8Array): void {
    const { handle, metadata, valueBytes } = this;
    const value = this.word + 2 + nameWords(this.names.lengthOf(this.entryName));
    if ((metadata.get(handle, this.word + 1) & VALUE_APART) === 0) {
      bytesOut(metadata, handle, value, 0, valueBytes, target);
      return;
    }
    for (let i = 0; i * BYTES_PER_BLOCK < valueBytes; i += 1) {
      const from = i * BYTES_PER_BLOCK;
      const page = metadata.at(metadata.get(handle, value + i));
      bytesOut(metadata, page, 0, from, Math.min(BYTES_PER_BLOCK, valueBytes - from), target);
    }
  }

  set(
    inode: number,
    space: number,
    name: number,
    value: Uint8Array,
    length: number,
    limits: XattrLimits | null,
  ): MediaOutcome {
    const nameLength = this.names.lengthOf(name);
    const units = xattrUnits(nameLength, length);
    const isThere = this.find(inode, space, name);
    const outcome = this.choose(inode, isThere, units, limitCost(nameLength, length), limits);
    if (outcome !== MediaOutcome.Done) return outcome;
    const apart = apartBlocks(nameLength, length);
    if (this.allocator.available < apart + (this.place === NEW_BLOCK ? 1 : 0)) {
      return this.allocator.failure();
    }
    if (isThere) this.takeOut(inode, this.place);
    else if (!this.has(inode)) this.start(inode);
    if (this.place === NEW_BLOCK) this.place = this.addBlock(inode);
    this.putIn(inode, this.place, space, name, value, length);
    this.inodes.stamp(inode, Stamp.Change);
    this.inodes.noteData(inode);
    return MediaOutcome.Done;
  }

  remove(inode: number, space: number, name: number): MediaOutcome {
    if (!this.find(inode, space, name)) return MediaOutcome.NotFound;
    this.takeOut(inode, NEW_BLOCK);
    this.endIfEmpty(inode);
    this.inodes.stamp(inode, Stamp.Change);
    this.inodes.noteData(inode);
    return MediaOutcome.Done;
  }

  has(inode: number): boolean {
    return (this.inodes.flags(inode) & InodeFlag.HasXattrs) !== 0;
  }

  /**
   * Frees the first block of the chain with the values of its entries, or at last what the entries
   * in the inode have; false if there was nothing to free.
   */
  dropBlock(inode: number): boolean {
    if (!this.has(inode)) return false;
    const before = this.inodes.blocks(inode);
    const block = this.firstBlock(inode);
    this.enter(inode, block);
    const { handle, metadata } = this;
    const base = block === 0 ? this.bodyWord(inode) : XATTR_BLOCK_HEAD_UNITS * 2;
    const end =
      block === 0 ? base + this.usedUnits(inode, 0) * 2 : this.usedUnits(inode, block) * 2;
    for (let word = base; word < end; word += (metadata.get(handle, word) & 0xffff) * 2) {
      this.readEntry(word);
      this.freeApart(inode);
    }
    if (block === 0) this.setUsed(inode, 0, 0);
    else {
      this.inodes.set(inode, InodeWord.xattrBlock, metadata.get(handle, XattrBlockWord.next));
      this.freeBlock(inode, block);
    }
    return this.inodes.blocks(inode) < before;
  }

  /**
   * Finds a place for an entry when the one found last, if `isThere`, is gone: 0 is the inode, else
   * the number of a block, or `NEW_BLOCK`.
   */
  private choose(
    inode: number,
    isThere: boolean,
    units: number,
    cost: number,
    limits: XattrLimits | null,
  ): MediaOutcome {
    const oldUnits = isThere ? this.metadata.get(this.handle, this.word) & 0xffff : 0;
    const oldCost = isThere ? limitCost(this.names.lengthOf(this.entryName), this.valueBytes) : 0;
    const old = isThere ? this.block : NEW_BLOCK;
    const hasArea = this.has(inode);
    const used = hasArea ? this.usedUnits(inode, 0) - (old === 0 ? oldUnits : 0) : 0;
    const bodyCost = limits === null ? 0 : this.costIn(inode, 0) - (old === 0 ? oldCost : 0);
    this.place = 0;
    const fitsLimit = limits === null || bodyCost + cost <= limits.bodyBytes;
    if (used + units <= XATTR_BODY_UNITS && fitsLimit) return this.found(inode, isThere);
    let block = hasArea ? this.firstBlock(inode) : 0;
    if (limits !== null) {
      const inBlock = block === 0 ? 0 : this.costIn(inode, block) - (old === block ? oldCost : 0);
      if (inBlock + cost > limits.blockBytes) return MediaOutcome.NoSpace;
    }
    for (; block !== 0; block = this.nextBlock(inode, block)) {
      const inUse = this.usedUnits(inode, block) - (old === block ? oldUnits : 0);
      if (inUse + units <= BLOCK_UNITS) break;
    }
    this.place = block === 0 ? NEW_BLOCK : block;
    return this.found(inode, isThere);
  }

  /** Walking the chain has moved the fields; an entry that was there is found again. */
  private found(inode: number, isThere: boolean): MediaOutcome {
    if (isThere) this.find(inode, this.entrySpace, this.entryName);
    return MediaOutcome.Done;
  }

  /** What the entries of the inode (block 0), or of a block, count against a limit. */
  private costIn(inode: number, block: number): number {
    if (!this.has(inode)) return 0;
    const { block: foundBlock, entrySpace, entryName, valueBytes } = this;
    let cost = 0;
    for (let at = this.next(inode, block * CURSOR_UNITS); at >= 0; at = this.next(inode, at)) {
      if (this.block !== block) break;
      cost += limitCost(this.names.lengthOf(this.entryName), this.valueBytes);
    }
    this.block = foundBlock;
    this.entrySpace = entrySpace;
    this.entryName = entryName;
    this.valueBytes = valueBytes;
    return cost;
  }

  private start(inode: number): void {
    this.inodes.set(inode, InodeWord.flags, this.inodes.flags(inode) | InodeFlag.HasXattrs);
    this.inodes.set(inode, InodeWord.xattrUnits, 0);
    this.inodes.set(inode, InodeWord.xattrBlock, 0);
  }

  private endIfEmpty(inode: number): void {
    if (this.usedUnits(inode, 0) > 0 || this.firstBlock(inode) !== 0) return;
    this.inodes.set(inode, InodeWord.flags, this.inodes.flags(inode) & ~InodeFlag.HasXattrs);
  }

  /** Takes the entry found last out; a block that it leaves empty goes, unless it is `kept`. */
  private takeOut(inode: number, kept: number): void {
    const { block, before, handle, metadata, word } = this;
    this.freeApart(inode);
    const units = metadata.get(handle, word) & 0xffff;
    const used = this.usedUnits(inode, block);
    const base = block === 0 ? this.bodyWord(inode) : 0;
    const behind = word + units * 2;
    const end = base + used * 2;
    if (behind < end) metadata.move(handle, behind, word, end - behind);
    this.setUsed(inode, block, used - units);
    if (block === 0 || block === kept || used - units > XATTR_BLOCK_HEAD_UNITS) return;
    const next = metadata.get(handle, XattrBlockWord.next);
    if (before === 0) this.inodes.set(inode, InodeWord.xattrBlock, next);
    else metadata.set(metadata.at(before), XattrBlockWord.next, next);
    this.freeBlock(inode, block);
  }

  private putIn(
    inode: number,
    block: number,
    space: number,
    name: number,
    value: Uint8Array,
    length: number,
  ): void {
    const { metadata, names } = this;
    const nameLength = names.lengthOf(name);
    const used = this.usedUnits(inode, block);
    this.enter(inode, block);
    const { handle } = this;
    const word = (block === 0 ? this.bodyWord(inode) : 0) + used * 2;
    const apart = apartBlocks(nameLength, length);
    metadata.set(handle, word, xattrShape(nameLength, length, space));
    metadata.set(handle, word + 1, apart > 0 ? length | VALUE_APART : length);
    const nameAt = names.wordsOf(name);
    for (let i = 0; i < nameAt.length; i += 1) metadata.set(handle, word + 2 + i, nameAt[i]);
    const to = word + 2 + nameAt.length;
    for (let i = 0; i < apart; i += 1) {
      const page = this.allocator.takeForMetadata();
      this.inodes.addBlocks(inode, 1);
      const from = i * BYTES_PER_BLOCK;
      const bytes = Math.min(BYTES_PER_BLOCK, length - from);
      bytesIn(metadata, metadata.fresh(page), 0, value, from, bytes);
      metadata.set(handle, to + i, page);
    }
    if (apart === 0) bytesIn(metadata, handle, to, value, 0, length);
    this.setUsed(inode, block, used + xattrUnits(nameLength, length));
  }

  private addBlock(inode: number): number {
    const block = this.allocator.takeForMetadata();
    this.inodes.addBlocks(inode, 1);
    const handle = this.metadata.fresh(block);
    this.metadata.set(handle, XattrBlockWord.magic, XATTR_MAGIC);
    this.metadata.set(handle, XattrBlockWord.usedUnits, XATTR_BLOCK_HEAD_UNITS);
    this.metadata.set(handle, XattrBlockWord.owner, inode);
    this.metadata.set(handle, XattrBlockWord.next, this.firstBlock(inode));
    this.inodes.set(inode, InodeWord.xattrBlock, block);
    return block;
  }

  /** Frees the blocks of the value of the entry read last, if it lies apart. */
  private freeApart(inode: number): void {
    const { handle, metadata, word } = this;
    if ((metadata.get(handle, word + 1) & VALUE_APART) === 0) return;
    const nameLength = (metadata.get(handle, word) >>> 16) & 0xff;
    const count = apartBlocks(nameLength, this.valueBytes);
    const first = word + 2 + nameWords(nameLength);
    for (let i = 0; i < count; i += 1) this.freeBlock(inode, metadata.get(handle, first + i));
  }

  private freeBlock(inode: number, block: number): void {
    this.metadata.forget(block);
    this.allocator.release(block, 1, true);
    this.inodes.addBlocks(inode, -1);
  }

  private enter(inode: number, block: number): void {
    this.block = block;
    this.handle = block === 0 ? this.inodes.handle(inode) : this.metadata.at(block);
  }

  private readEntry(word: number): void {
    const { handle, metadata } = this;
    this.word = word;
    const shape = metadata.get(handle, word);
    const length = (shape >>> 16) & 0xff;
    this.entrySpace = shape >>> 24;
    this.valueBytes = metadata.get(handle, word + 1) & ~VALUE_APART;
    bytesOut(metadata, handle, word + 2, 0, length, this.nameBytes);
    this.entryName = this.names.idOfBytes(this.nameBytes.subarray(0, length));
  }

  private firstBlock(inode: number): number {
    return this.inodes.get(inode, InodeWord.xattrBlock);
  }

  private nextBlock(inode: number, block: number): number {
    if (block === 0) return this.firstBlock(inode);
    return this.metadata.get(this.metadata.at(block), XattrBlockWord.next);
  }

  private bodyWord(inode: number): number {
    return this.inodes.place(inode) + InodeWord.xattrs;
  }

  private usedUnits(inode: number, block: number): number {
    if (block === 0) return this.inodes.get(inode, InodeWord.xattrUnits);
    return this.metadata.get(this.metadata.at(block), XattrBlockWord.usedUnits);
  }

  private setUsed(inode: number, block: number, units: number): void {
    if (block === 0) {
      assert(units <= XATTR_BODY_UNITS, 'Xattrs: more in the inode than fits');
      this.inodes.set(inode, InodeWord.xattrUnits, units);
      return;
    }
    assert(units <= BLOCK_UNITS, 'Xattrs: more in a block than fits');
    this.metadata.set(this.metadata.at(block), XattrBlockWord.usedUnits, units);
  }
}

/** In `place`: a block that is yet to be made; of a removal: no block is kept. */
const NEW_BLOCK = -1;

/** A cursor is block · this + unit; an entry may end where its block does. */
const CURSOR_UNITS = BLOCK_UNITS * 2;

/** Words of a name, padded to whole units. */
function nameWords(nameBytes: number): number {
  return Math.ceil(nameBytes / 8) * 2;
}
