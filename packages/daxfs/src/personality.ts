/**
 * A personality: the values by which one file system of one kernel differs from another. Steps read
 * values; no step knows a name or a version. Where a value comes from stands beside it in
 * `personalities/`.
 */
export interface Personality {
  /** `family@kernel`. */
  readonly name: string;
  /** Name of the lock plan that this kernel ships. */
  readonly plan: string;
  /** Which faults tag their entry dirty: 6.1 all of them, 6.12 write faults only. */
  readonly tagsDirtyOn: 'everyFault' | 'writeFault';
  /** A store to 2 MiB of a private mapping: tried as a fault of 2 MiB first, or split at once. */
  readonly privateHugeStore: 'tried' | 'split';
  /** How much of a file truncate and fallocate unmap before they look for pinned pages. */
  readonly layoutBreakScope: 'file' | 'range';
  /** Operations that break layouts: XFS every fallocate, ext4 only those that take blocks away. */
  readonly layoutBreakOn: 'everyChange' | 'removal';
  /** Growing a file zeroes written blocks behind the old end. */
  readonly zeroesEofOnGrow: boolean;
  /** A write fault or write at the end of the file allocates to the stripe unit's end. */
  readonly eofAllocation: 'block' | 'stripe';
  /**
   * Blocks that must be free beside those asked for, because the transaction reserves them for the
   * extent tree.
   */
  readonly treeReserveBlocks: number;
  /** Whether fallocate writes its range back and unmaps it before it looks at what was asked. */
  readonly flushesBeforeCheck: boolean;
  /** Whether a truncation writes the page of the new end back before it zeroes the rest of it. */
  readonly flushesNewEnd: boolean;
  /** Which last close of a description frees blocks behind the end of the file. */
  readonly trimsOnClose: 'any' | 'writable';
  /** Blocks that must be free to make an inode and its name. */
  readonly createReserveBlocks: number;
  /** Extents that an inode holds itself, before it gets a tree: 1 … 21. */
  readonly inlineExtents: number;
  /** Extents that one transaction may free. */
  readonly extentsPerFree: number;
  /** Whether a read updates the access time: never, or when older than the change (relatime). */
  readonly accessTimes: 'never' | 'relative';
  /** A transaction is durable after a log force, or at its commit. */
  readonly metadata: 'logged' | 'synchronous';
  /** Lock that keeps a mapping alive during a fault. */
  readonly faultEntryLock: 'vma' | 'mm';
  /** Coarsest unit of time stamps, nanoseconds (a kernel tick). */
  readonly stampGranularityNs: number;
}
