/**
 * A personality: the values by which one file system of one kernel differs from another. Steps read
 * values; no step knows a name or a version. Where a value comes from stands beside it in
 * `personalities/`.
 */
import type { XattrLimits } from './media/volume.js';

export interface Personality {
  /** `family@kernel`. */
  readonly name: string;
  /** Name of the lock plan that this kernel ships. */
  readonly plan: string;
  /** Which faults tag their entry dirty: 6.1 all of them, 6.12 write faults only. */
  readonly tagsDirtyOn: 'everyFault' | 'writeFault';
  /** A store to 2 MiB of a private mapping: tried as a fault of 2 MiB first, or split at once. */
  readonly privateHugeStore: 'tried' | 'split';
  /**
   * How much of a file truncate and fallocate unmap before they look for pinned pages; none where
   * the pages of the cache, not blocks, are pinned.
   */
  readonly layoutBreakScope: 'file' | 'range' | 'none';
  /** Operations that break layouts: XFS every fallocate, ext4 only those that take blocks away. */
  readonly layoutBreakOn: 'everyChange' | 'removal';
  /**
   * In which order fallocate unmaps the file, sets its stamps, and looks whether what was asked can
   * be done.
   */
  readonly fallocateOrder: 'unmapStampCheck' | 'stampUnmapCheck' | 'checkStampUnmap';
  /**
   * Zeroing a range: its blocks are freed and others allocated, or they stay and become unwritten.
   */
  readonly zeroRange: 'replace' | 'convert';
  /** A punch takes blocks behind the end of the file as well, or ends with the page of the end. */
  readonly punchLimit: 'none' | 'end';
  /** Whether files have extent size hints; else setting one changes nothing. */
  readonly extentHints: boolean;
  /** Whether fallocate can be asked to unshare blocks. */
  readonly unshares: boolean;
  /** Whether a preallocation that cannot have all of its blocks keeps those it got. */
  readonly preallocatesInPart: boolean;
  /** Growing a file zeroes written blocks behind the old end. */
  readonly zeroesEofOnGrow: boolean;
  /** A write behind the end zeroes written bytes between the two. */
  readonly zeroesGapOnWrite: boolean;
  /** A write fault or write at the end of the file allocates to the stripe unit's end. */
  readonly eofAllocation: 'block' | 'stripe';
  /**
   * Where blocks go: nearest to the file's neighbours, or in power-of-two runs of a block group
   * with more behind them kept for the file.
   */
  readonly placement: 'nearest' | 'buddy';
  /**
   * Most blocks beside those written that are zeroed and become written with them, so that an
   * unwritten run is not cut into short pieces; 0 is none.
   */
  readonly neighbourBlocks: number;
  /** Most blocks that one transaction of a write allocates. */
  readonly blocksPerWrite: number;
  /**
   * A fault of 2 MiB needs space for all it misses, or allocates as much as there is in one run.
   */
  readonly hugeAllocation: 'whole' | 'part';
  /**
   * Blocks that must be free beside those asked for, because the transaction reserves them for the
   * extent tree.
   */
  readonly treeReserveBlocks: number;
  /** Whether fallocate writes its range back and unmaps it before it looks at what was asked. */
  readonly flushesBeforeCheck: boolean;
  /** Whether a truncation writes the page of the new end back before it zeroes the rest of it. */
  readonly flushesNewEnd: boolean;
  /** Whether truncate(2) to the size that a file has sets its stamps. */
  readonly stampsSameSize: boolean;
  /** Whether a growing file writes the pages that it gets back before it grows. */
  readonly flushesGrowth: boolean;
  /** Which last close of a description frees blocks behind the end of the file. */
  readonly trimsOnClose: 'any' | 'writable' | 'never';
  /** Blocks that must be free to make an inode and its name. */
  readonly createReserveBlocks: number;
  /** Extents that an inode holds itself, before it gets a tree: 1 … 21. */
  readonly inlineExtents: number;
  /** Error of a rename over a directory that is not empty. */
  readonly renameOverFull: 'EEXIST' | 'ENOTEMPTY';
  /**
   * Whether an exchange of names sets the modification time of directories that get another parent:
   * Linux 6.12 fs/xfs/xfs_inode.c xfs_cross_rename does, fs/ext4/namei.c ext4_cross_rename does
   * not.
   */
  readonly exchangeModifies: boolean;
  /** Longest extents, in blocks, by state. */
  readonly extentMost: { readonly written: number; readonly unwritten: number };
  /** Extents that one transaction may free. */
  readonly extentsPerFree: number;
  /** Whether a read updates the access time: never, or when older than the change (relatime). */
  readonly accessTimes: 'never' | 'relative';
  /** A transaction is durable after a log force, or at its commit. */
  readonly metadata: 'logged' | 'synchronous';
  /** Lock that keeps a mapping alive during a fault. */
  readonly faultEntryLock: 'vma' | 'mm';
  /**
   * Whether a program's fault of one page may stay under the lock of its mapping. If not it begins
   * anew under the address space's, and tries 2 MiB a second time.
   */
  readonly pageFaultLock: 'same' | 'mm';
  /** Coarsest unit of time stamps, nanoseconds (a kernel tick). */
  readonly stampGranularityNs: number;
  /** What extended attributes have room for; null: any number, while there is space. */
  readonly xattrLimits: XattrLimits | null;
  /** How files are cached in memory; null where they are accessed on the device. */
  readonly cache: CacheValues | null;
  /** How shared blocks are copied; null where files cannot share any. */
  readonly sharing: SharingValues | null;
  /** How files that a server keeps are cached; null where they are the file system's own. */
  readonly server: ServerValues | null;
  /** The window of a guest onto its host's files; null where files are the system's own. */
  readonly window: WindowValues | null;
}

/** A guest's window and what lies under it: Linux 6.12 fs/fuse/dax.c. */
export interface WindowValues {
  /** Personality of the host's file system, `family@kernel`. */
  readonly host: string;
  /** Ranges of 2 MiB that each guest has. */
  readonly ranges: number;
  /** Guests that share the host's files. */
  readonly guests: number;
  /** Ranges that one run of the worker takes back (FUSE_DAX_RECLAIM_CHUNK). */
  readonly reclaimRanges: number;
  /** The worker runs while fewer are free, of a hundred (FUSE_DAX_RECLAIM_THRESHOLD). */
  readonly reclaimBelowPercent: number;
}

/** How a kernel copies shared blocks of files that are accessed on the device. */
export interface SharingValues {
  /** Blocks that are staged together, on a multiple of this in the file, without a hint. */
  readonly copyUnitBlocks: number;
  /** Whether a read fault is told that blocks are shared, and then takes translations away. */
  readonly readFaultsSeeShares: boolean;
  /** Whether write(2) takes the translations of the blocks it copied away. */
  readonly unmapsCopied: boolean;
  /** Whether the copy of a hole is zeros; else it is what the new block held before. */
  readonly fillsHoles: boolean;
  /** Whether zeroing a part of a shared block copies it; else the zeros are lost. */
  readonly copiesToZero: boolean;
  /** Whether unsharing leaves staged blocks of a file that was dirtied since the last sync. */
  readonly keepsStagedIfDirty: boolean;
}

/** How a client caches what its server keeps. */
export interface ServerValues {
  /**
   * Which pages a writeback sends from a copy, so that the page itself is free at once: all of
   * them, those that a device holds pinned, or none.
   */
  readonly bouncePages: 'all' | 'pinned' | 'none';
  /** Pages that may be on their way without anybody waiting; who sends more waits for each. */
  readonly backgroundMost: number;
  /** Whether write(2) returns only when its server has the bytes. */
  readonly writesThrough: boolean;
  /**
   * Whose size counts when the server is asked for attributes: the client's, or the server's while
   * nothing is dirty here and nobody changed the size since the question was asked.
   */
  readonly sizes: 'own' | 'servers';
}

/** How a kernel's page cache goes about its work. */
export interface CacheValues {
  /** Pages that the cache may hold before clean ones go. */
  readonly pagesMost: number;
  /** Pages that may be dirty before whoever dirties more writes some back. */
  readonly dirtyMost: number;
  /** How a window is chosen: one function for misses and marks, or one for each (Linux 6.12). */
  readonly readAheadLogic: 'onDemand' | 'split';
  /** Readahead window of a device, pages. */
  readonly readAheadPages: number;
  /** Largest request that the device takes, pages: what one large read may read ahead. */
  readonly requestPages: number;
  /** Pages that a read fault maps if they are cached, a power of two. */
  readonly mapAroundPages: number;
  /** Largest folio that readahead makes, as a power of two of pages; 0 for single pages. */
  readonly folioOrderMost: number;
  /** Whether write(2) makes folios of several pages. */
  readonly writesLargeFolios: boolean;
  /** Whether a folio of two pages may be made. */
  readonly hasFoliosOfTwo: boolean;
  /** What is dirty after a write to a part of a folio: all of it, or the blocks written. */
  readonly dirtyUnit: 'folio' | 'block';
  /** Whether a page waits for its writeback to end before it may be changed. */
  readonly stablePages: boolean;
  /** What a delayed allocation reserves beside its blocks: a worst extent tree, or nothing. */
  readonly delayedTree: 'worst' | 'none';
  /** Blocks that a write behind the end of the file reserves at least; 0 for none. */
  readonly preallocateBlocks: number;
  /** Whether zeroing leaves unwritten blocks alone, even those with dirty pages over them. */
  readonly zeroingSkipsUnwritten: boolean;
  /** Whether a write without space writes everything dirty back and tries again. */
  readonly flushesForSpace: boolean;
  /** Whether zeroing changes a dirty page over unwritten blocks, instead of writing it back. */
  readonly zeroesDirtyPages: boolean;
  /** Whether writeback gives blocks to what it writes only, instead of to all of a promised run. */
  readonly placesWrittenOnly: boolean;
  /**
   * Whether a direct call that is not of whole sectors is refused only when the cache has let go.
   */
  readonly checksSectorsLate: boolean;
  /** Whether a file truncated while it was open is written back at its last close. */
  readonly flushesTruncated: boolean;
}
