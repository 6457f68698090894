/**
 * Directories: names in blocks, and an index of them in core.
 *
 *   block   ┊ magic, used bytes ┊ entry ┊ entry ┊ dead ┊ entry ┊ … used │ meaningless
 *   entry   inode (0 = dead) ┊ units, name bytes, type ┊ name, padded to whole units
 *
 * A directory's blocks are mapped by its extents like a file's. An entry never moves. A dead entry
 * is used again by a name of the same number of units, which an in-core list remembers; else a
 * name goes to the end of the last block, or of a new one. `.` is implied, `..` is the inode's
 * parent.
 *
 * The index is filled when a directory is first used: (directory, name) → place of the entry. A
 * place is block · 512 + unit.
 */
import { Bitmap, IntMap, assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import type { Allocator } from './allocator.js';
import type { ExtentMap } from './extent-map.js';
import { InodeWord } from './inode-table.js';
import type { InodeTable } from './inode-table.js';
import {
  BLOCK_UNITS,
  BYTES_PER_BLOCK,
  DIRECTORY_HEAD_UNITS,
  DIRECTORY_MAGIC,
  DirectoryWord,
} from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import { NAMES_LIMIT } from './names.js';
import type { Names } from './names.js';
import { MediaOutcome } from './outcome.js';
import type { DirectoryPort } from './volume.js';

const UNIT_CLASSES = 64;

/** Units of an entry with a name of so many bytes. */
export function entryUnits(nameBytes: number): number {
  return 1 + Math.ceil(nameBytes / 8);
}

/** The second word of an entry. */
export function entryShape(nameBytes: number, type: number): number {
  return entryUnits(nameBytes) | (nameBytes << 8) | (type << 16);
}

export class Directories implements DirectoryPort {
  entryName = 0;
  entryInode = 0;
  entryType = 0;

  private readonly isLoaded: Bitmap;
  private readonly index: IntMap;
  /** (directory, units) → place of the first dead entry; dead entry → the next. */
  private readonly deadFirst: IntMap;
  private readonly deadNext: IntMap;

  constructor(
    space: StateSpace,
    private readonly metadata: MetadataBlocks,
    private readonly inodes: InodeTable,
    private readonly extents: ExtentMap,
    private readonly allocator: Allocator,
    private readonly names: Names,
  ) {
    this.isLoaded = new Bitmap(space, 'directoryLoaded');
    this.index = new IntMap(space, 'directoryIndex');
    this.deadFirst = new IntMap(space, 'directoryDeadFirst');
    this.deadNext = new IntMap(space, 'directoryDeadNext');
  }

  lookup(dir: number, name: number): number {
    const place = this.placeOf(dir, name);
    return place === 0 ? 0 : this.wordAt(place, 0);
  }

  entryCount(dir: number): number {
    return this.inodes.entries(dir);
  }

  next(dir: number, cursor: number): number {
    const blocks = this.inodes.sizeBytes(dir) / BYTES_PER_BLOCK;
    let fileBlock = Math.floor(cursor / BLOCK_UNITS);
    let unit = Math.max(cursor - fileBlock * BLOCK_UNITS, DIRECTORY_HEAD_UNITS);
    for (; fileBlock < blocks; fileBlock += 1, unit = DIRECTORY_HEAD_UNITS) {
      this.extents.lookup(dir, fileBlock);
      const handle = this.metadata.at(this.extents.block);
      const used = this.metadata.get(handle, DirectoryWord.usedUnits);
      while (unit < used) {
        const shape = this.metadata.get(handle, unit * 2 + 1);
        const at = unit;
        unit += shape & 0xff;
        if (this.metadata.get(handle, at * 2) === 0) continue;
        this.entryInode = this.metadata.get(handle, at * 2);
        this.entryType = (shape >>> 16) & 0xff;
        this.entryName = this.readName(handle, at, (shape >>> 8) & 0xff);
        return fileBlock * BLOCK_UNITS + unit;
      }
    }
    return -1;
  }

  /** Sees to it that a name can be added; only this may need a block. Needs a transaction. */
  makePlace(dir: number, name: number): MediaOutcome {
    this.load(dir);
    const units = entryUnits(this.names.lengthOf(name));
    if (this.deadFirst.get(dir * UNIT_CLASSES + units) !== 0) return MediaOutcome.Done;
    const tail = this.inodes.get(dir, InodeWord.tailBlock);
    if (tail !== 0) {
      const used = this.metadata.get(this.metadata.at(tail), DirectoryWord.usedUnits);
      if (used + units <= BLOCK_UNITS) return MediaOutcome.Done;
    }
    return this.addBlock(dir, tail);
  }

  /** Adds a name that is not there; `makePlace` came before. */
  add(dir: number, name: number, inode: number, type: number): void {
    const bytes = this.names.lengthOf(name);
    const words = this.names.wordsOf(name);
    const place = this.takePlace(dir, entryUnits(bytes));
    const block = Math.floor(place / BLOCK_UNITS);
    const handle = this.metadata.at(block);
    const word = (place - block * BLOCK_UNITS) * 2;
    this.metadata.set(handle, word, inode);
    this.metadata.set(handle, word + 1, entryShape(bytes, type));
    for (let i = 0; i < words.length; i += 1) this.metadata.set(handle, word + 2 + i, words[i]);
    this.index.set(indexKey(dir, name), place);
    this.inodes.addEntries(dir, 1);
  }

  /** Lets a name that is there name another inode. */
  replace(dir: number, name: number, inode: number, type: number): void {
    const place = this.placeOf(dir, name);
    assert(place !== 0, 'Directories: replaced a name that is not there');
    const block = Math.floor(place / BLOCK_UNITS);
    const word = (place - block * BLOCK_UNITS) * 2;
    const handle = this.metadata.at(block);
    this.metadata.set(handle, word, inode);
    this.metadata.set(handle, word + 1, entryShape(this.names.lengthOf(name), type));
    this.inodes.noteData(dir);
  }

  remove(dir: number, name: number): void {
    const place = this.placeOf(dir, name);
    assert(place !== 0, 'Directories: removed a name that is not there');
    const block = Math.floor(place / BLOCK_UNITS);
    this.metadata.set(this.metadata.at(block), (place - block * BLOCK_UNITS) * 2, 0);
    this.index.delete(indexKey(dir, name));
    this.pushDead(dir, entryUnits(this.names.lengthOf(name)), place);
    this.inodes.addEntries(dir, -1);
  }

  /** Drops what is kept in core of an empty directory whose inode goes. */
  forget(dir: number): void {
    for (let units = 1; units < UNIT_CLASSES; units += 1) {
      let place = this.deadFirst.get(dir * UNIT_CLASSES + units);
      if (place !== 0) this.deadFirst.delete(dir * UNIT_CLASSES + units);
      while (place !== 0) {
        const next = this.deadNext.get(place);
        if (next !== 0) this.deadNext.delete(place);
        place = next;
      }
    }
    if (this.isLoaded.get(dir)) this.isLoaded.clear(dir);
  }

  private placeOf(dir: number, name: number): number {
    this.load(dir);
    return this.index.get(indexKey(dir, name));
  }

  private wordAt(place: number, word: number): number {
    const block = Math.floor(place / BLOCK_UNITS);
    return this.metadata.get(this.metadata.at(block), (place - block * BLOCK_UNITS) * 2 + word);
  }

  private takePlace(dir: number, units: number): number {
    const key = dir * UNIT_CLASSES + units;
    const dead = this.deadFirst.get(key);
    if (dead !== 0) {
      this.deadFirst.set(key, this.deadNext.get(dead));
      this.deadNext.delete(dead);
      return dead;
    }
    const tail = this.inodes.get(dir, InodeWord.tailBlock);
    const handle = this.metadata.at(tail);
    const used = this.metadata.get(handle, DirectoryWord.usedUnits);
    assert(tail !== 0 && used + units <= BLOCK_UNITS, 'Directories: added without a place');
    this.metadata.set(handle, DirectoryWord.usedUnits, used + units);
    return tail * BLOCK_UNITS + used;
  }

  private pushDead(dir: number, units: number, place: number): void {
    const key = dir * UNIT_CLASSES + units;
    this.deadNext.set(place, this.deadFirst.get(key));
    this.deadFirst.set(key, place);
  }

  private addBlock(dir: number, goal: number): MediaOutcome {
    if (this.allocator.reserve(goal, 1, 1) === 0) return this.allocator.failure();
    const block = this.allocator.reservedBlock;
    const sizeBytes = this.inodes.sizeBytes(dir);
    const outcome = this.extents.insert(dir, sizeBytes / BYTES_PER_BLOCK, block, 1, false);
    if (outcome !== MediaOutcome.Done) {
      this.allocator.giveBack(block, 1);
      return outcome;
    }
    const handle = this.metadata.fresh(block);
    this.metadata.set(handle, DirectoryWord.magic, DIRECTORY_MAGIC);
    this.metadata.set(handle, DirectoryWord.usedUnits, DIRECTORY_HEAD_UNITS);
    this.metadata.set(handle, DirectoryWord.owner, dir);
    this.inodes.setSize(dir, sizeBytes + BYTES_PER_BLOCK);
    this.inodes.set(dir, InodeWord.tailBlock, block);
    return MediaOutcome.Done;
  }

  private load(dir: number): void {
    if (this.isLoaded.get(dir)) return;
    this.isLoaded.set(dir);
    const blocks = this.inodes.sizeBytes(dir) / BYTES_PER_BLOCK;
    for (let fileBlock = 0; fileBlock < blocks; fileBlock += 1) {
      this.extents.lookup(dir, fileBlock);
      this.loadBlock(dir, this.extents.block);
    }
  }

  private loadBlock(dir: number, block: number): void {
    const handle = this.metadata.at(block);
    const used = this.metadata.get(handle, DirectoryWord.usedUnits);
    for (let unit = DIRECTORY_HEAD_UNITS; unit < used;) {
      const shape = this.metadata.get(handle, unit * 2 + 1);
      const place = block * BLOCK_UNITS + unit;
      if (this.metadata.get(handle, unit * 2) === 0) this.pushDead(dir, shape & 0xff, place);
      else {
        const name = this.readName(handle, unit, (shape >>> 8) & 0xff);
        this.index.set(indexKey(dir, name), place);
      }
      unit += shape & 0xff;
    }
  }

  private readName(handle: number, unit: number, length: number): number {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 1) {
      bytes[i] = this.metadata.get(handle, unit * 2 + 2 + (i >>> 2)) >>> ((i & 3) * 8);
    }
    return this.names.idOfBytes(bytes);
  }
}

function indexKey(dir: number, name: number): number {
  return dir * NAMES_LIMIT + name;
}
