/**
 * A mounted file system: its parts, wired, and what concerns several of them.
 *
 * Mounting reads the bitmaps and nothing else; inodes, directories and trees come in when they are
 * used. The log must be empty: `recoverNow` sees to that and is right after an orderly end, too.
 */
import { assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { Allocator } from './allocator.js';
import { SplitCommit } from './commit-rule.js';
import type { CommitRule } from './commit-rule.js';
import { Directories } from './directory.js';
import { ExtentMap, FILE_BLOCKS_LIMIT } from './extent-map.js';
import { ROOT_ENTRIES } from './extent-path.js';
import { INLINE_TARGET_BYTES, InodeTable } from './inode-table.js';
import type { MakeRule } from './inode-table.js';
import { Journal } from './journal.js';
import type { Geometry } from './layout.js';
import { LogScan } from './log-scan.js';
import type { MediaMemory } from './media-memory.js';
import { MetadataBlocks } from './metadata-blocks.js';
import { Names } from './names.js';
import { Namespace } from './namespace.js';
import type { Forgetting } from './namespace.js';
import { FileType, MediaOutcome, Stamp } from './outcome.js';
import type { ReplayRule } from './replay-rule.js';
import { readGeometry } from './superblock.js';
import { UnloggedUnits } from './unlogged-units.js';
import { ShareMap } from './share-map.js';
import type { Transaction } from './transaction.js';
import { LogNeed } from './volume.js';
import type { Volume } from './volume.js';
import { Xattrs } from './xattrs.js';

export class MountedVolume implements Volume {
  readonly journal: Journal;
  readonly inodes: InodeTable;
  readonly extents: ExtentMap;
  readonly shares: ShareMap;
  readonly allocator: Allocator;
  readonly directories: Directories;
  readonly names = new Names();
  readonly xattrs: Xattrs;
  unlogged: UnloggedUnits | null = null;

  /** As a defect: what has no name is freed although somebody holds it. */
  private freesAtOnce = false;
  private readonly metadata: MetadataBlocks;
  private readonly namespace: Namespace;
  private readonly transaction: Transaction = { sequence: 0, nowNs: 0 };

  constructor(
    space: StateSpace,
    memory: MediaMemory,
    readonly geometry: Geometry,
    rootEntries: number,
  ) {
    const metadata = new MetadataBlocks(space, memory);
    this.metadata = metadata;
    this.allocator = new Allocator(space, geometry, metadata, this.transaction);
    this.inodes = new InodeTable(space, geometry, metadata, this.transaction);
    this.shares = new ShareMap(metadata, this.inodes, this.allocator);
    this.extents = new ExtentMap(metadata, this.inodes, this.allocator, this.shares, rootEntries);
    this.directories = new Directories(
      space,
      metadata,
      this.inodes,
      this.extents,
      this.allocator,
      this.names,
    );
    this.namespace = new Namespace(
      metadata,
      this.inodes,
      this.extents,
      this.allocator,
      this.directories,
      this.names,
    );
    this.xattrs = new Xattrs(metadata, this.inodes, this.allocator, this.names);
    this.journal = new Journal(space, geometry, metadata, this.allocator);
    this.load(memory);
  }

  /** Knows nothing of the media any more; `load` follows, on a space put back to the beginning. */
  forget(): void {
    this.metadata.forgetAll();
  }

  /** Mounts what the memory holds now, on a space as it was before the first mount. */
  load(memory: MediaMemory): void {
    this.allocator.load();
    this.inodes.load();
    this.journal.load(memory);
  }

  get created(): number {
    return this.namespace.created;
  }

  get removed(): number {
    return this.namespace.removed;
  }

  get removalNeed(): LogNeed {
    return this.shares.isEmpty ? LogNeed.Extents : LogNeed.Shares;
  }

  /** Plants what of these is not the right rule. */
  plant(space: StateSpace, defects: MediaDefects): void {
    const { commits, recordChecksum, countedChanges, replay, newInodes, lastName } = defects;
    if (defects.holeStores === 'inPlace') this.unlogged = new UnloggedUnits(space, this.metadata);
    const { geometry, metadata, journal } = this;
    if (commits !== 'whole') journal.split = new SplitCommit(space, geometry, metadata, commits);
    journal.sumsExtents = recordChecksum === 'ofAll';
    this.namespace.counts = countedChanges;
    this.inodes.makes = newInodes;
    this.freesAtOnce = lastName === 'freesAtOnce';
    // Sequences jump by the length of the log at each recovery.
    const wasRecovered = journal.committedSequence >= geometry.logLines;
    if (replay === 'noFreeMap' && wasRecovered) loseFree(this.allocator, geometry.blocks);
  }

  begin(nowNs: number): void {
    this.metadata.begin();
    this.transaction.sequence = this.journal.committedSequence + 1;
    this.transaction.nowNs = nowNs;
  }

  commit(): number {
    const sequence = this.journal.commit();
    this.metadata.end();
    return sequence;
  }

  commitUnlogged(inode: number, last: number, lastData: number): void {
    assert(this.unlogged !== null, 'MountedVolume: every transaction has a record');
    this.unlogged.take();
    this.metadata.end();
    this.inodes.forgetChanges(inode, last, lastData);
  }

  createInode(dir: number, name: number, mode: number, uid: number, gid: number): MediaOutcome {
    return this.namespace.createInode(dir, name, mode, uid, gid);
  }

  createUnnamed(mode: number, uid: number, gid: number): MediaOutcome {
    return this.namespace.createUnnamed(mode, uid, gid);
  }

  symlink(dir: number, name: number, target: Uint8Array, uid: number, gid: number): MediaOutcome {
    return this.namespace.symlink(dir, name, target, uid, gid);
  }

  readlink(inode: number, target: Uint8Array): number {
    return this.namespace.readlink(inode, target);
  }

  link(inode: number, dir: number, name: number, isFirst = false): MediaOutcome {
    return this.namespace.link(inode, dir, name, isFirst);
  }

  unlink(dir: number, name: number): MediaOutcome {
    return this.namespace.unlink(dir, name);
  }

  rmdir(dir: number, name: number): MediaOutcome {
    return this.namespace.rmdir(dir, name);
  }

  rename(fromDir: number, fromName: number, toDir: number, toName: number): MediaOutcome {
    return this.namespace.rename(fromDir, fromName, toDir, toName);
  }

  hold(inode: number): void {
    this.inodes.hold(inode);
  }

  release(inode: number): boolean {
    if (!this.freesAtOnce && this.inodes.links(inode) !== 0) {
      this.inodes.releaseNamed(inode);
      return false;
    }
    const left = this.inodes.release(inode);
    return (left === 0 || this.freesAtOnce) && this.isOrphan(inode);
  }

  isOrphan(inode: number): boolean {
    if (!this.inodes.isUsed(inode) || this.inodes.links(inode) !== 0) return false;
    return this.freesAtOnce || !this.inodes.isHeld(inode);
  }

  reclaimOrphan(inode: number, maxExtents: number): MediaOutcome {
    assert(this.isOrphan(inode), 'MountedVolume: reclaimed an inode that is in use');
    if (this.xattrs.dropBlock(inode)) return MediaOutcome.More;
    const outcome = this.hasExtents(inode)
      ? this.extents.remove(inode, 0, FILE_BLOCKS_LIMIT, maxExtents)
      : MediaOutcome.Done;
    if (outcome !== MediaOutcome.Done) return outcome;
    if (this.inodes.type(inode) === FileType.Directory) this.directories.forget(inode);
    this.inodes.discard(inode);
    return MediaOutcome.Done;
  }

  setSize(inode: number, sizeBytes: number): void {
    this.inodes.setSize(inode, sizeBytes);
    this.inodes.stamp(inode, Stamp.Modify | Stamp.Change);
  }

  growSize(inode: number, sizeBytes: number): void {
    this.inodes.setSize(inode, sizeBytes);
  }

  touch(inode: number, stamps: number): void {
    this.inodes.stamp(inode, stamps);
  }

  /** A short symlink keeps its target where others keep extents. */
  private hasExtents(inode: number): boolean {
    if (this.inodes.blocks(inode) === 0) return false;
    const isLink = this.inodes.type(inode) === FileType.Symlink;
    return !isLink || this.inodes.sizeBytes(inode) > INLINE_TARGET_BYTES;
  }
}

/** What is free cannot be had. */
function loseFree(allocator: Allocator, blocks: number): void {
  for (let at = allocator.nextAvailable(0, blocks); at >= 0;) {
    const taken = allocator.nextTaken(at, blocks);
    const end = taken < 0 ? blocks : taken;
    allocator.keep(at, end - at);
    at = allocator.nextAvailable(end, blocks);
  }
}

/** Defects of the media half of a system; see `defect-knobs.ts`. */
export interface MediaDefects {
  readonly commits: CommitRule;
  readonly recordChecksum: 'ofAll' | 'beforeExtents';
  readonly countedChanges: Forgetting;
  readonly replay: ReplayRule;
  readonly newInodes: MakeRule;
  readonly lastName: 'keepsHeld' | 'freesAtOnce';
  readonly holeStores: 'logged' | 'inPlace';
}

/**
 * Mounts what is on the media, its log being empty. Null when there is no file system of this
 * version. All state goes into `space`. `rootEntries` (1 … 21) is how many extents an inode may
 * hold itself before it gets a tree.
 */
export function mount(
  memory: MediaMemory,
  space: StateSpace,
  rootEntries: number = ROOT_ENTRIES,
): MountedVolume | null {
  const geometry = readGeometry(memory);
  if (geometry === null) return null;
  const scan = new LogScan(memory, geometry);
  assert(!scan.next(), 'mount: the log has records; recover first');
  return new MountedVolume(space, memory, geometry, rootEntries);
}
