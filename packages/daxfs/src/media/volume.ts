/**
 * The file system on its media, as steps see it: in-core metadata that is authoritative while
 * mounted, one log, one allocator.
 *
 *   step:      begin(now) ─▶ change, change … ─▶ commit() = sequence    in core, lost at power loss
 *   force:     planForce ─▶ store + flush the lines ─▶ fence ─▶ forceDone    now durable
 *   tail push: planCheckpoint ─▶ home lines, flush, fence ─▶ tail unit,
 *              flush, fence ─▶ checkpointDone                ring space is free again
 *
 * An orderly end is a force and then checkpoints until there is nothing left to plan. The log then
 * is empty, and mounting needs no recovery.
 *
 * Everything here is synchronous, takes no time and no lock, and happens inside one step. A
 * transaction must begin and commit in the same step; nothing else may run between. The bytes of a
 * plan are moved by recipes, line by line, and each line is asked for when it is moved.
 *
 * Before `begin`, a step asks `journal.hasRoomFor(kind)`; without room it waits for the tail to
 * move. An operation that answers anything but Done or More has changed nothing. Answers with
 * several parts are left in fields of the answering object and live until its next call.
 *
 * Left out: quotas.
 */
import type { Geometry } from './layout.js';
import type { MediaOutcome } from './outcome.js';

/** Kinds of transaction, for the most log space each may need. */
export const LogNeed = {
  /** Size, mode, time stamps: one inode. */
  Inode: 0,
  /** Names: create, link, unlink, rename, symlink, removal of an inode without extents. */
  Name: 1,
  /** Extents: insert, convert, remove up to two, shift one. */
  Extents: 2,
  /** The same where blocks may have several owners: their counts change, too. */
  Shares: 3,
  /** An extended attribute, its value of up to 64 KiB included. */
  Xattr: 4,
} as const;
export type LogNeed = (typeof LogNeed)[keyof typeof LogNeed];

export interface Volume {
  readonly geometry: Geometry;
  readonly journal: JournalPort;
  readonly inodes: InodePort;
  readonly extents: ExtentPort;
  readonly shares: SharePort;
  readonly allocator: AllocatorPort;
  readonly directories: DirectoryPort;
  readonly names: NamePort;
  readonly xattrs: XattrPort;

  /** Opens the transaction; `nowNs` is the simulated time that its stamps get. */
  begin(nowNs: number): void;
  /** What a transaction needs that takes extents out of files: more once blocks are shared. */
  readonly removalNeed: LogNeed;
  /** Closes it and answers its sequence number. An unchanged transaction answers the last one. */
  commit(): number;
  /** As a defect: closes it without a record; `inode` is as if last changed by these. */
  commitUnlogged(inode: number, last: number, lastData: number): void;
  /** What was changed without a record; null where nothing can be. */
  readonly unlogged: UnloggedPort | null;

  /**
   * Names. All need an open transaction and set the directories' mtime and ctime. `created` is the
   * inode that createInode made. A new inode has one name, or two for a directory.
   */
  createInode(dir: number, name: number, mode: number, uid: number, gid: number): MediaOutcome;
  readonly created: number;
  /** The same without a name: an orphan as soon as nobody holds it. */
  createUnnamed(mode: number, uid: number, gid: number): MediaOutcome;
  symlink(dir: number, name: number, target: Uint8Array, uid: number, gid: number): MediaOutcome;
  /** `isFirst`: an inode without names may get one. */
  link(inode: number, dir: number, name: number, isFirst?: boolean): MediaOutcome;
  /** Removes a name of a file or symlink. `removed` is its inode; see `isOrphan`. */
  unlink(dir: number, name: number): MediaOutcome;
  rmdir(dir: number, name: number): MediaOutcome;
  /** `removed` is the inode that the new name named before, or 0. */
  rename(fromDir: number, fromName: number, toDir: number, toName: number): MediaOutcome;
  readonly removed: number;
  /** Length of a symlink's target; its bytes are in `target` from 0. */
  readlink(inode: number, target: Uint8Array): number;

  /** Open files, mappings, running operations: they keep an inode without names alive. */
  hold(inode: number): void;
  /** Gives a hold back; true if the inode is now an orphan that nobody holds. */
  release(inode: number): boolean;
  /** No names and nobody holds it: free its blocks, then the inode. */
  isOrphan(inode: number): boolean;
  /**
   * One transaction's worth of freeing an orphan: up to `maxExtents` extents, and with the last of
   * them the inode. More: commit and call again.
   */
  reclaimOrphan(inode: number, maxExtents: number): MediaOutcome;

  /** Changes the size, with mtime and ctime; blocks stay as they are. */
  setSize(inode: number, sizeBytes: number): void;
  /** Makes the file longer and leaves its stamps alone. */
  growSize(inode: number, sizeBytes: number): void;
  /** Sets stamps (sum of `Stamp`) to the transaction's time. Alone, it leaves fdatasync clean. */
  touch(inode: number, stamps: number): void;
}

/** Metadata units that no record has, for the move that stores them where they lie. */
export interface UnloggedPort {
  readonly count: number;
  address(index: number): number;
  wordsInto(index: number, words: Int32Array, at: number): void;
}

export interface InodePort {
  readonly count: number;
  readonly root: number;
  isUsed(inode: number): boolean;
  /** Type and permissions as in st_mode. */
  mode(inode: number): number;
  type(inode: number): number;
  generation(inode: number): number;
  links(inode: number): number;
  uid(inode: number): number;
  gid(inode: number): number;
  /** As system calls see it. */
  sizeBytes(inode: number): number;
  /** As the log has it: behind `sizeBytes` while data of a cached file is not written back. */
  loggedSize(inode: number): number;
  /** Changes the size in core only: nothing on media, no transaction. */
  setCoreSize(inode: number, sizeBytes: number): void;
  /** Needs an open transaction: what was written back becomes visible after a crash. */
  setLoggedSize(inode: number, sizeBytes: number): void;
  /** Blocks it owns, those of its extent tree included. */
  blocks(inode: number): number;
  flags(inode: number): number;
  parent(inode: number): number;
  accessNs(inode: number): number;
  modifyNs(inode: number): number;
  changeNs(inode: number): number;
  /** Need an open transaction. `setMode` keeps the type. */
  setMode(inode: number, permissions: number): void;
  setOwner(inode: number, uid: number, gid: number): void;
  setFlags(inode: number, flags: number): void;
  /** Blocks that allocations of this file are rounded to; 0 for none. */
  extentHint(inode: number): number;
  setExtentHint(inode: number, blocks: number): void;
  setTimes(inode: number, accessNs: number, modifyNs: number): void;
  /** Last transaction that changed the inode at all. */
  lastSequence(inode: number): number;
  /** Last transaction that changed more than its time stamps; fsync and MAP_SYNC wait for it. */
  lastDataSequence(inode: number): number;
  /** As a defect: forgets that transactions after these changed the inode. */
  forgetChanges(inode: number, last: number, lastData: number): void;
}

export interface ExtentPort {
  /**
   * State of a file block. Leaves: `block` (of `fileBlock`, when not a hole), `length` (blocks from
   * `fileBlock` on in the same extent or hole) and `start` (first file block of that extent or
   * hole).
   */
  lookup(inode: number, fileBlock: number): number;
  /** First extent that ends after `fileBlock`: false if none, else all fields, from its start. */
  next(inode: number, fileBlock: number): boolean;
  readonly state: number;
  readonly start: number;
  readonly block: number;
  readonly length: number;
  /** Number of extents. Linear in the tree's leaves. */
  count(inode: number): number;
  /**
   * The rest needs an open transaction. Enters blocks that were reserved; they become allocated.
   * The range must be a hole.
   */
  insert(
    inode: number,
    fileBlock: number,
    block: number,
    length: number,
    unwritten: boolean,
  ): MediaOutcome;
  /** Turns unwritten blocks in the range into written ones; other blocks stay. */
  convert(inode: number, fileBlock: number, length: number): MediaOutcome;
  /** The other way: written into unwritten (zeroing a range in place). */
  unconvert(inode: number, fileBlock: number, length: number): MediaOutcome;
  /** Frees up to `maxExtents` (parts of) extents in [from, limit), from the end. */
  remove(inode: number, from: number, limit: number, maxExtents: number): MediaOutcome;
  /**
   * Puts blocks in the place of whatever the file has from `fileBlock` on, and answers for how many
   * in `replaced`: as far as one extent or hole of the file and runs of equal counts go. The blocks
   * were reserved, or (`isShared`) belong to a file already and get one owner more. What was there
   * loses its owner. `block` 0 puts nothing there.
   */
  replace(
    inode: number,
    fileBlock: number,
    block: number,
    length: number,
    isShared: boolean,
  ): MediaOutcome;
  readonly replaced: number;
  /** Longest extents that neighbours are joined to, in blocks, by state; set once. */
  writtenMost: number;
  unwrittenMost: number;
  /** Blocks that a conversion may take for its tree; null: all there are. Set once. */
  forConversions: (() => number) | null;
  /** Splits the extent that crosses `fileBlock`, if one does. */
  splitAt(inode: number, fileBlock: number): MediaOutcome;
  /**
   * Moves one extent by `delta` file blocks: for delta < 0 the first that starts at or after
   * `from`, for delta > 0 the last one there. `cursor` walks: pass 0 first (or 2^32 for delta > 0),
   * then the field `shifted`. NotFound: none left. The place must be a hole.
   */
  shift(inode: number, from: number, delta: number, cursor: number): MediaOutcome;
  readonly shifted: number;
}

/** How many owners blocks of files have. Changed by what changes extents. */
export interface SharePort {
  /**
   * Owners of an allocated block, 1 if it is not shared. Leaves `start` and `length`: where the run
   * of equal counts that holds the block begins, and its blocks from `block` on.
   */
  owners(block: number): number;
  readonly start: number;
  readonly length: number;
  /** No block has more than one owner. */
  readonly isEmpty: boolean;
}

export interface AllocatorPort {
  /**
   * Takes up to `wanted` blocks in one run: at `goal` if they are available, else at the start of
   * the run nearest to it that is long enough, else in the longest. Answers its length; 0 is no
   * space. The run starts at `reservedBlock`. `align` (blocks, 1 = none) asks for runs that start
   * on a multiple of it where one is long enough. In core only: nothing on media.
   */
  reserve(goal: number, wanted: number, align: number): number;
  readonly reservedBlock: number;
  /** Takes exactly these blocks if all are available. */
  reserveExactly(block: number, length: number): boolean;
  /** The first available, or not available, block of [from, limit); −1 if there is none. */
  nextAvailable(from: number, limit: number): number;
  nextTaken(from: number, limit: number): number;
  /** Chooses the available block that a tree gets; −1 leaves it to the allocator. */
  metadataPlace: () => number;
  /** Keeps available blocks for later: they stay free, but only `reserveKept` takes them. */
  keep(block: number, length: number): void;
  /** What of the range is still kept becomes available again. */
  unkeep(block: number, length: number): void;
  hasKept(block: number, length: number): boolean;
  /** Reserves kept blocks from `block` on, up to `most`; answers how many. */
  reserveKept(block: number, most: number): number;
  /** Gives a reservation, or a part of one, back. */
  giveBack(block: number, length: number): void;
  /** Blocks that may be reserved now. */
  readonly available: number;
  /** Blocks promised to delayed allocations: no longer available, but without a place. */
  readonly delayed: number;
  /** Changes that number; taking more than is free is the caller's mistake. */
  addDelayed(delta: number): void;
  /** Reserved, not yet entered into a file. */
  readonly reserved: number;
  /** Freed, but not durably or (metadata) not checkpointed. */
  readonly busy: number;
  /** Blocks kept from reservations, for trees; not counted as free. */
  readonly pool: number;
  /** What statfs tells: available, kept and busy. */
  readonly free: number;
  /** For checks: may the allocator hand this block out? */
  isAvailable(block: number): boolean;
  isBusy(block: number): boolean;
}

export interface DirectoryPort {
  /** The inode of a name, or 0. */
  lookup(dir: number, name: number): number;
  /** Names in the directory, without `.` and `..`. */
  entryCount(dir: number): number;
  /**
   * Entries in the order of their place: pass 0 first, then the answered cursor; -1 is the end.
   * Leaves `entryName`, `entryInode`, `entryType`.
   */
  next(dir: number, cursor: number): number;
  readonly entryName: number;
  readonly entryInode: number;
  readonly entryType: number;
}

/** What a file system without a tree of attributes has room for: see `limitCost`. */
export interface XattrLimits {
  readonly bodyBytes: number;
  readonly blockBytes: number;
}

/** Extended attributes. A name is the number of its text behind the space's prefix. */
export interface XattrPort {
  /** Whether there is one; leaves `valueBytes`. */
  find(inode: number, space: number, name: number): boolean;
  readonly valueBytes: number;
  /** Copies the value of what `find` or `next` found last. */
  readValue(target: Uint8Array): void;
  /** Pass 0 first, then the answered cursor; −1 is the end. Leaves the three fields. */
  next(inode: number, cursor: number): number;
  readonly entrySpace: number;
  readonly entryName: number;
  /** The rest needs an open transaction. Makes or replaces one; a null limit is none. */
  set(
    inode: number,
    space: number,
    name: number,
    value: Uint8Array,
    length: number,
    limits: XattrLimits | null,
  ): MediaOutcome;
  remove(inode: number, space: number, name: number): MediaOutcome;
}

export interface NamePort {
  /** The number of a name; equal bytes have equal numbers. Numbers are not state. */
  idOf(name: string): number;
  /** The same of characters [from, to) of a text. */
  idOfPart(text: string, from: number, to: number): number;
  idOfBytes(bytes: Uint8Array): number;
  textOf(id: number): string;
  bytesOf(id: number): Uint8Array;
  /** How many bytes that are. */
  lengthOf(id: number): number;
}

export interface JournalPort {
  readonly committedSequence: number;
  readonly durableSequence: number;
  readonly checkpointedSequence: number;
  /** Lines of the ring that no live record uses. */
  spaceLines(): number;
  /** The most lines that a transaction of this kind needs. */
  needLines(kind: LogNeed): number;
  hasRoomFor(kind: LogNeed): boolean;
  /** Lines of the last committed record. */
  readonly lastLines: number;

  /**
   * Lines to store, flush and fence so that every record to `upTo` is durable; answers their
   * number, 0 if nothing is to do. The lines are `planFirstLine` and following, as *log
   * positions*: pass each to `lineAddress` and `lineInto`, which know where the ring wraps.
   */
  planForce(upTo: number): number;
  readonly planFirstLine: number;
  /** Byte address on the device of a log position. */
  lineAddress(position: number): number;
  /** Its 16 words. */
  lineInto(position: number, words: Int32Array): void;
  /** The fence has completed: records to `upTo` are durable. */
  forceDone(upTo: number): void;

  /**
   * Collects the home lines of the oldest records, up to `maxRecords` durable ones; answers the
   * number of lines, 0 if there is no durable record. One plan at a time.
   */
  planCheckpoint(maxRecords: number): number;
  /** Line `index` of the plan: its address; bit u of the mask: bytes 8·u … 8·u + 7 are written. */
  homeAddress(index: number): number;
  homeMask(index: number): number;
  homeInto(index: number, words: Int32Array): void;
  /** After the home lines are fenced: the 8 bytes that move the tail, as one store. */
  readonly tailAddress: number;
  tailLow(): number;
  tailHigh(): number;
  /** The tail's fence has completed. */
  checkpointDone(): void;
}
