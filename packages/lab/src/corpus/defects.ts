/**
 * Named defects of corpora as settings of knobs: the only change against the correct rules. A name
 * that is not here is not modelled, and a scenario that needs it says so.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { KnobName } from '@daxsim/daxfs';

export type DefectSetting = { readonly [K in KnobName]?: string };

export const DEFECTS: { readonly [name: string]: DefectSetting } = {
  cow_without_unmap: { copiedPages: 'kept' },
  missing_data_fence: { dataFence: 'skipped' },
  nt_copy_unflushed_edge: { copyEdges: 'left' },
  poison_swallowed: { poison: 'swallowed' },
  free_before_tlb_ack: { shootDown: 'afterFree' },
  convert_after_copy: { writeConversion: 'afterCopy' },
  no_dio_drain: { transfers: 'ignore' },
  no_mapping_revalidation: { writeLookup: 'once' },
  no_tail_zero_on_truncate: { truncatedTail: 'kept' },
  free_before_commit: { freedBlocks: 'atOnce' },
  map_before_zero_persist: { blockZeroing: 'afterCommit' },
  retry_with_transaction_open: { faultWithoutSpace: 'retries' },
  fsync_ignores_post_eof: { fsyncBehindEnd: 'ignored' },
  in_place_dentry_delete: { renameCommits: 'removeFirst' },
  no_fence_between_copies: { nameCommits: 'unfencedCopies' },
  journal_start_inside_entry_lock: { handleStart: 'insideEntry' },
  dirty_cleared_outside_entry_lock: { entryLock: 'notInWriteback' },
  fault_zero_without_convert: { unwrittenFault: 'forgets' },
  zero_in_fault_unlocked: { blockZeroing: 'inFault', entryLock: 'never' },
  mkclean_skips_huge_entry: { fsyncProtects: 'pagesOnly' },
  no_entry_lock: { entryLock: 'never' },
  no_shutdown_check_in_fault: { faultShutdown: 'ignored' },
  no_unmap_on_allocating_write: { writeInvalidates: 'no' },
  size_check_outside_lock: { faultSizeCheck: 'beforeLock' },
  sync_fault_skips_commit: { syncFaults: 'mapAtOnce' },
  zero_insert_without_recheck: {
    entryLock: 'onlyToInstallReads',
    iomapBegin: 'beforeEntryForReads',
  },
  free_pinned_blocks: { pinnedPages: 'ignore' },
  gup_fast_no_recheck: { fastPin: 'trusts' },
  unpin_without_dirty: { writtenPin: 'forgets' },
  copy_under_file_lock: { userCopy: 'locked' },
  fault_under_exclusive_lock: { userCopy: 'locked' },
  free_before_unmap: { punchOrder: 'freeThenUnmap' },
  punch_then_invalidate: { punchOrder: 'freeThenUnmap', blockedFaults: 'notInRemovals' },
  page_fill_without_invalidate_lock: { pageFills: 'unlocked' },
  punch_without_writeback_wait: { remoteWrites: 'ignore' },
  punch_without_invalidate_lock: { blockedFaults: 'notInRemovals' },
  extend_through_window: { extendingWrite: 'sizeFirst' },
  remap_without_unmap: { windowUnmap: 'never' },
  retry_forever_on_missing_backing: { hostFault: 'retries' },
  wait_holding_fault_lock: { rangeWait: 'underFaultLock' },
  window_lock_order_inverted: { windowReclaim: 'unlocked' },
  window_upgrade_drops_ref: { windowUpgrade: 'dropsRange' },
  missing_inode_flush: { commits: 'newInodesLast' },
  unchecked_user_copy: { failedCopies: 'ignored' },
  assert_no_new_mapping: { changedLookup: 'asserted' },
  punch_zero_without_dirty: { partialZeros: 'cached' },
  duplicate_inode_number: { newInodes: 'reuseNamed' },
  free_on_unlink: { lastName: 'freesAtOnce' },
  orphan_inode_reused: { newInodes: 'reuseOrphans' },
  extent_checksum_stale: { recordChecksum: 'beforeExtents' },
  fsync_dir_misses_child: { countedChanges: 'notNames' },
  fsync_keeps_old_directory: { commits: 'movedDirectoriesLater' },
  fsync_misses_new_link: { countedChanges: 'notLinks' },
  fsync_misses_parent: { countedChanges: 'notNewDirectories' },
  in_place_link_count: { commits: 'linksFirst' },
  in_place_multiword_update: { commits: 'unitByUnit' },
  log_order_two_descriptors: { commits: 'sizesHeld' },
  long_name_partial_entry: { commits: 'namesInParts' },
  rename_record_lacks_new_dir: { commits: 'withoutNewDirectory' },
  timestamp_separate_commit: { commits: 'stampsApart' },
  unlink_entry_before_nlink: { commits: 'linksLast' },
  unlink_not_atomic: { commits: 'linksLast' },
  zero_keep_changes_size: { keptSize: 'loggedLarger' },
  append_log_lost: { replay: 'firstPage' },
  orphan_pass_before_scan: { replay: 'orphansFirst' },
  recovery_double_free: { replay: 'freesTwice' },
  recovery_leaves_no_space: { replay: 'noFreeMap' },
  recovery_out_of_bounds: { replay: 'unwrapped' },
  recovery_wrong_epoch: { replay: 'sameEpoch' },
  replay_drops_replaced_name: { replay: 'dropsReplaced' },
  replay_keeps_old_name: { replay: 'keepsOld' },
  huge_insert_ignores_base: { hugeConflict: 'ignored' },
  invalidate_drops_dirty: { dirtyEntries: 'dropped' },
  zero_outside_allocation: { blockZeroing: 'afterEntry' },
  inode_cache_differs: { commits: 'withoutSizes' },
  inode_uninitialised: { newInodes: 'inherit' },
  ranged_sync_clears_inode_dirty: { syncedTags: 'ofFile' },
  completion_error_dropped: { conversionBlocks: 'fromFree', completionErrors: 'dropped' },
  hole_store_without_handle: { holeStores: 'inPlace' },
  pinned_pages_sent_as_they_are: { pinnedWrites: 'asTheyAre' },
  append_position_stale: { appendPosition: 'beforeLock' },
  flush_outside_locks: { shiftFlush: 'beforeLocks' },
};

/** Known defects without a switch, and what they wait for. */
export const WAITING: { readonly [name: string]: string } = {
  replica_pointer_unpersisted: 'metadata in two copies, as NOVA-Fortis has it',
  replica_init_not_atomic: 'metadata in two copies, as NOVA-Fortis has it',
  checksum_persist_apart: 'metadata at home with checksums, as NOVA-Fortis has it',
  strict_write_not_atomic: 'writes that are atomic, as in the strict mode of WineFS',
  truncate_two_commits: 'extents removed with the size, in one commit, as in NOVA',
  recovery_cpu_array_overrun: 'tables per processor, as in NOVA',
  recovery_journal_misread: 'journals per processor, as in WineFS',
  recovery_log_pointer_unchecked: 'a log per inode, as in NOVA',
  walk_after_remove: 'snapshots, as in NOVA',
  io_done_before_convert: 'direct I/O that converts when it completes, with a page cache',
  stale_block_after_truncate_alloc: 'mappings kept per descriptor, as in NOVA',
  nonatomic_counter: 'counters that are read and stored in two steps; steps here are indivisible',
  seq_sampled_at_lookup: 'nothing: it is a lock plan, S9 with a late sample, in the matrix',
  seq_validated_before_ptl: 'nothing: it is a lock plan, S9 with early validation, in the matrix',
  stale_size_drops_cache: 'the page cache over a server',
};

/** The knobs of a defect. Throws `ConfigError` for a name that is not modelled. */
export function defectKnobs(name: string): Readonly<Record<string, string>> {
  const setting = Object.hasOwn(DEFECTS, name) ? DEFECTS[name] : undefined;
  if (setting !== undefined) return { ...setting };
  const names = Object.keys(DEFECTS);
  throw new ConfigError({
    where: 'defect',
    found: `unknown defect "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
