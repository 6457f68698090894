/**
 * Operations on names: every check first, then the one call that may run out of space, then changes
 * that cannot fail. So an answer other than Done leaves the transaction as it was.
 *
 * Links: a file has one per name; a directory has two and one per directory in it; an inode without
 * links keeps its blocks until nobody holds it, and recovery frees what a crash left.
 */
import type { Allocator } from './allocator.js';
import type { Directories } from './directory.js';
import type { ExtentMap } from './extent-map.js';
import { INLINE_TARGET_BYTES, InodeWord } from './inode-table.js';
import type { InodeTable } from './inode-table.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import type { Names } from './names.js';
import { FileType, MediaOutcome, Stamp } from './outcome.js';

/** Longest target of a symlink. */
export const TARGET_BYTES_MAX = 4095;
const SYMLINK_MODE = 0o120777;

/** Changes that fsync is not told of, as defects; the first value is none. */
export const FORGETTING = ['all', 'notNames', 'notLinks', 'notNewDirectories'] as const;
export type Forgetting = (typeof FORGETTING)[number];

export class Namespace {
  created = 0;
  removed = 0;
  /** A defect, if it is not `all`. */
  counts: Forgetting = 'all';
  /** What was noted of the directory before the operation. */
  private last = 0;
  private lastData = 0;

  constructor(
    private readonly metadata: MetadataBlocks,
    private readonly inodes: InodeTable,
    private readonly extents: ExtentMap,
    private readonly allocator: Allocator,
    private readonly directories: Directories,
    private readonly names: Names,
  ) {}

  createInode(dir: number, name: number, mode: number, uid: number, gid: number): MediaOutcome {
    const refusal = this.refuseNew(dir, name);
    if (refusal !== MediaOutcome.Done) return refusal;
    if (!this.inodes.hasFree()) return MediaOutcome.NoInodes;
    const outcome = this.directories.makePlace(dir, name);
    if (outcome !== MediaOutcome.Done) return outcome;
    const inode = this.inodes.make(mode, uid, gid);
    const isDirectory = mode >>> 12 === FileType.Directory;
    this.inodes.addLinks(inode, isDirectory ? 2 : 1);
    if (isDirectory) {
      this.inodes.setParent(inode, dir);
      this.inodes.addLinks(dir, 1);
    }
    this.enter(dir, name, inode);
    this.created = inode;
    if (this.counts === 'notNewDirectories' && isDirectory) this.inodes.forgetChanges(inode, 0, 0);
    return MediaOutcome.Done;
  }

  createUnnamed(mode: number, uid: number, gid: number): MediaOutcome {
    if (!this.inodes.hasFree()) return MediaOutcome.NoInodes;
    this.created = this.inodes.make(mode, uid, gid);
    return MediaOutcome.Done;
  }

  symlink(dir: number, name: number, target: Uint8Array, uid: number, gid: number): MediaOutcome {
    if (target.length === 0 || target.length > TARGET_BYTES_MAX) return MediaOutcome.BadName;
    const isLong = target.length > INLINE_TARGET_BYTES;
    if (isLong && this.allocator.reserve(0, 1, 1) === 0) return this.allocator.failure();
    const block = this.allocator.reservedBlock;
    const outcome = this.createInode(dir, name, SYMLINK_MODE, uid, gid);
    if (outcome !== MediaOutcome.Done) {
      if (isLong) this.allocator.giveBack(block, 1);
      return outcome;
    }
    const inode = this.created;
    this.inodes.setSize(inode, target.length);
    if (isLong) {
      this.extents.insert(inode, 0, block, 1, false);
      this.writeBytes(this.metadata.fresh(block), 0, target);
    } else {
      this.writeBytes(this.inodes.handle(inode), this.inodes.place(inode) + InodeWord.root, target);
    }
    return MediaOutcome.Done;
  }

  readlink(inode: number, target: Uint8Array): number {
    const length = this.inodes.sizeBytes(inode);
    let handle = this.inodes.handle(inode);
    let word = this.inodes.place(inode) + InodeWord.root;
    if (length > INLINE_TARGET_BYTES) {
      this.extents.lookup(inode, 0);
      handle = this.metadata.at(this.extents.block);
      word = 0;
    }
    for (let i = 0; i < length; i += 1) {
      target[i] = this.metadata.get(handle, word + (i >>> 2)) >>> ((i & 3) * 8);
    }
    return length;
  }

  link(inode: number, dir: number, name: number, isFirst = false): MediaOutcome {
    if (this.inodes.type(inode) === FileType.Directory) return MediaOutcome.IsDirectory;
    if (this.inodes.links(inode) === 0 && !isFirst) return MediaOutcome.NotFound;
    const refusal = this.refuseNew(dir, name);
    if (refusal !== MediaOutcome.Done) return refusal;
    const outcome = this.directories.makePlace(dir, name);
    if (outcome !== MediaOutcome.Done) return outcome;
    const last = this.inodes.lastSequence(inode);
    const lastData = this.inodes.lastDataSequence(inode);
    this.inodes.addLinks(inode, 1);
    this.inodes.stamp(inode, Stamp.Change);
    this.enter(dir, name, inode);
    if (this.counts === 'notLinks') this.inodes.forgetChanges(inode, last, lastData);
    return MediaOutcome.Done;
  }

  unlink(dir: number, name: number): MediaOutcome {
    if (this.inodes.type(dir) !== FileType.Directory) return MediaOutcome.NotDirectory;
    const inode = this.directories.lookup(dir, name);
    if (inode === 0) return MediaOutcome.NotFound;
    if (this.inodes.type(inode) === FileType.Directory) return MediaOutcome.IsDirectory;
    this.directories.remove(dir, name);
    this.inodes.stamp(dir, Stamp.Modify | Stamp.Change);
    this.dropLink(inode);
    return MediaOutcome.Done;
  }

  rmdir(dir: number, name: number): MediaOutcome {
    if (this.inodes.type(dir) !== FileType.Directory) return MediaOutcome.NotDirectory;
    const inode = this.directories.lookup(dir, name);
    if (inode === 0) return MediaOutcome.NotFound;
    if (this.inodes.type(inode) !== FileType.Directory) return MediaOutcome.NotDirectory;
    if (this.directories.entryCount(inode) !== 0) return MediaOutcome.NotEmpty;
    this.directories.remove(dir, name);
    this.inodes.stamp(dir, Stamp.Modify | Stamp.Change);
    this.dropDirectory(inode, dir);
    return MediaOutcome.Done;
  }

  rename(fromDir: number, fromName: number, toDir: number, toName: number): MediaOutcome {
    this.removed = 0;
    const refusal = this.refuseRename(fromDir, fromName, toDir, toName);
    if (refusal !== MediaOutcome.Done) return refusal;
    const inode = this.directories.lookup(fromDir, fromName);
    const target = this.directories.lookup(toDir, toName);
    if (target === inode) return MediaOutcome.Done;
    if (target === 0) {
      const outcome = this.directories.makePlace(toDir, toName);
      if (outcome !== MediaOutcome.Done) return outcome;
    }
    const type = this.inodes.type(inode);
    this.directories.remove(fromDir, fromName);
    if (target === 0) this.directories.add(toDir, toName, inode, type);
    else {
      this.directories.replace(toDir, toName, inode, type);
      if (type === FileType.Directory) this.dropDirectory(target, toDir);
      else this.dropLink(target);
    }
    if (type === FileType.Directory && fromDir !== toDir) {
      this.inodes.setParent(inode, toDir);
      this.inodes.addLinks(fromDir, -1);
      this.inodes.addLinks(toDir, 1);
    }
    this.inodes.stamp(inode, Stamp.Change);
    this.inodes.noteData(inode);
    this.inodes.stamp(fromDir, Stamp.Modify | Stamp.Change);
    this.inodes.stamp(toDir, Stamp.Modify | Stamp.Change);
    return MediaOutcome.Done;
  }

  /** Why a new name cannot be entered. */
  private refuseNew(dir: number, name: number): MediaOutcome {
    this.last = this.inodes.lastSequence(dir);
    this.lastData = this.inodes.lastDataSequence(dir);
    if (this.inodes.type(dir) !== FileType.Directory) return MediaOutcome.NotDirectory;
    if (this.inodes.links(dir) === 0) return MediaOutcome.NotFound;
    if (!this.names.isValid(name)) return MediaOutcome.BadName;
    if (this.directories.lookup(dir, name) !== 0) return MediaOutcome.Exists;
    return MediaOutcome.Done;
  }

  private refuseRename(
    fromDir: number,
    fromName: number,
    toDir: number,
    toName: number,
  ): MediaOutcome {
    const isBetweenDirectories =
      this.inodes.type(fromDir) === FileType.Directory &&
      this.inodes.type(toDir) === FileType.Directory;
    if (!isBetweenDirectories) return MediaOutcome.NotDirectory;
    if (!this.names.isValid(toName)) return MediaOutcome.BadName;
    const inode = this.directories.lookup(fromDir, fromName);
    if (inode === 0 || this.inodes.links(toDir) === 0) return MediaOutcome.NotFound;
    const isDirectory = this.inodes.type(inode) === FileType.Directory;
    if (isDirectory && this.isBelow(toDir, inode)) return MediaOutcome.Loop;
    const target = this.directories.lookup(toDir, toName);
    if (target === 0 || target === inode) return MediaOutcome.Done;
    const replacesDirectory = this.inodes.type(target) === FileType.Directory;
    if (isDirectory && !replacesDirectory) return MediaOutcome.NotDirectory;
    if (!isDirectory && replacesDirectory) return MediaOutcome.IsDirectory;
    if (replacesDirectory && this.directories.entryCount(target) !== 0) {
      return MediaOutcome.NotEmpty;
    }
    return MediaOutcome.Done;
  }

  /** Whether `dir` is `above` or lies below it. */
  private isBelow(dir: number, above: number): boolean {
    for (let at = dir; ; at = this.inodes.parent(at)) {
      if (at === above) return true;
      if (at === this.inodes.root) return false;
    }
  }

  private enter(dir: number, name: number, inode: number): void {
    this.directories.add(dir, name, inode, this.inodes.type(inode));
    this.inodes.stamp(dir, Stamp.Modify | Stamp.Change);
    if (this.counts === 'notNames') this.inodes.forgetChanges(dir, this.last, this.lastData);
  }

  private dropLink(inode: number): void {
    this.inodes.addLinks(inode, -1);
    this.inodes.stamp(inode, Stamp.Change);
    this.removed = inode;
  }

  /** An empty directory loses its name in `parent`: it has no links left. */
  private dropDirectory(inode: number, parent: number): void {
    this.inodes.addLinks(inode, -2);
    this.inodes.addLinks(parent, -1);
    this.inodes.stamp(inode, Stamp.Change);
    this.removed = inode;
  }

  private writeBytes(handle: number, firstWord: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) {
      let word = 0;
      for (let j = Math.min(3, bytes.length - i - 1); j >= 0; j -= 1) {
        word = (word << 8) | bytes[i + j];
      }
      this.metadata.set(handle, firstWord + (i >>> 2), word);
    }
  }
}
