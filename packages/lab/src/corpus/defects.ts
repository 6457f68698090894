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
