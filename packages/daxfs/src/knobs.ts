/**
 * Knobs: named, typed values that a lock plan, a planted defect or an experiment changes. The
 * catalogue says what each may be; steps read the resolved record and nothing else.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { DEFECT_KNOBS } from './defect-knobs.js';
import type { KnobDefinition } from './knob-definition.js';

export type { KnobDefinition };

export const KNOBS = {
  stamps: {
    about: 'Time that inode stamps get: the clock, a counter, or always the same.',
    source: 'Ours: exploring has no clock, and a counter keeps equal states apart.',
    values: ['clock', 'counter', 'frozen'],
  },
  logForceFlush: {
    about: 'Whether a log force writes its lines back before the fence.',
    source: 'Ours: the classic planted defect of missing flushes.',
    values: ['yes', 'skip'],
  },
  punchOrder: {
    symbol: 'O',
    about: 'Whether a punch removes translations before it frees blocks, after, or both.',
    source: 'Linux 6.12 fs/xfs/xfs_file.c; the reversed order is Chinner, 2014-09-16.',
    values: ['unmapThenFree', 'freeThenUnmap', 'unmapFreeUnmap'],
    words: { 'inv-free': 0, 'free-inv': 1, 'inv-free-inv': 2 },
  },
  blockedFaults: {
    symbol: 'F',
    about: 'Whether the lock that keeps faults out of a file is taken at all.',
    source: 'Linux 6.12 mapping->invalidate_lock; XFS had none before 4.1.',
    values: ['asPlanned', 'never', 'notInRemovals'],
    words: { plan: 0, none: 1 },
  },
  entryLock: {
    symbol: 'E',
    about: 'Whether the lock bit of a DAX entry is taken at all.',
    source: 'Linux 6.12 fs/dax.c, grab_mapping_entry; absent before 4.7.',
    values: ['asPlanned', 'never', 'notInWriteback', 'onlyToInstallReads'],
    words: { plan: 0, none: 1 },
  },
  layoutHold: {
    symbol: 'Oheld',
    about: 'Whether a removal keeps faults out from unmapping to freeing, or while unmapping only.',
    source: 'Goyal, 2020, first fuse-dax patches; Chinner, 2020-08-12.',
    values: ['whole', 'unmapOnly'],
    words: { yes: 0, no: 1 },
  },
  iomapBegin: {
    symbol: 'B',
    about: 'Whether a fault asks for the extent under the lock of the entry.',
    source: 'Linux 4.12, Kara, 2017: moved inside; outside from 4.7 to 4.11.',
    values: ['underEntry', 'beforeEntry', 'beforeEntryForReads'],
    words: { inside: 0, outside: 1 },
  },
  blockZeroing: {
    symbol: 'Z',
    about:
      'When a new block is zeroed: before its extent is committed, never, after and after a log ' +
      'force, by the fault (unwritten until then), or by the fault though it is written already.',
    source: 'Linux 6.12 xfs_iomap_write_direct; Linux 4.3 fs/dax.c zeroed in the fault.',
    values: ['beforeCommit', 'never', 'afterCommit', 'inFault', 'afterEntry'],
    words: { precommit: 0, 'post-commit': 2, 'in-handler': 3 },
  },
  unwrittenFault: {
    symbol: 'C',
    about: 'Whether a write fault on an unwritten block makes it a written one.',
    source: 'Chinner, 2014-09-16: the first DAX patches did not; xfstests xfs/166.',
    values: ['converts', 'forgets'],
    words: { 'in-begin': 0, missing: 1 },
  },
  writeConversion: {
    about: 'Whether write(2) converts unwritten blocks before its copy or after it.',
    source: 'Linux commit 12735f881952: after it, a fault may zero what was copied.',
    values: ['beforeCopy', 'afterCopy'],
  },
  writeLookup: {
    about: 'Whether a write looks at the extents again under their lock.',
    source: 'xfstests xfs/559; Linux 6.1 iomap validity cookies.',
    values: ['again', 'once'],
  },
  fsyncProtects: {
    symbol: 'Wp',
    about: 'Which translations fsync makes read-only before it flushes.',
    source: 'Linux 6.12 fs/dax.c, dax_writeback_one; huge ones were skipped before 4.10.',
    values: ['all', 'none', 'pagesOnly'],
    words: { yes: 0, no: 1 },
  },
  dirtyClearing: {
    symbol: 'Wt',
    about: 'Whether writeback clears the dirty tag after its flush or before.',
    source: 'Linux 6.12 fs/dax.c, dax_writeback_one.',
    values: ['afterFlush', 'beforeFlush'],
    words: { after: 0, before: 1 },
  },
  dirtySearch: {
    about:
      'Whether writeback looks for dirty tags before it locks an entry, or locks every entry and ' +
      'looks then.',
    source: 'Linux 6.12 fs/dax.c, dax_writeback_mapping_range: by tag; the rest is ours.',
    values: ['byTag', 'underEntry'],
  },
  syncFaults: {
    symbol: 'M',
    about: 'Whether a MAP_SYNC fault makes the metadata durable before it maps.',
    source: 'Linux 6.12 fs/dax.c, dax_finish_sync_fault.',
    values: ['forceFirst', 'mapAtOnce'],
    words: { yes: 0, no: 1 },
  },
  transfers: {
    symbol: 'D',
    about: 'Whether truncation and fallocate wait for unbuffered transfers of the file.',
    source: 'Linux 6.12 fs/inode.c, inode_dio_wait.',
    values: ['waitFor', 'ignore'],
    words: { yes: 0, no: 1 },
  },
  shootDown: {
    symbol: 'T',
    about: 'Whether blocks are freed only after every TLB has let go of them.',
    source: 'Linux 6.12 mm/mmu_gather.c: flush, then free.',
    values: ['beforeFree', 'afterFree'],
    words: { yes: 0, no: 1 },
  },
  userCopy: {
    symbol: 'U',
    about:
      'Whether a write keeps faults out of the file while it copies from its caller: never, ' +
      'always, or under a plan by which it keeps them out while it allocates.',
    source: 'Linux 6.12 fs/xfs/xfs_inode.c: the copy may fault, so it must not.',
    values: ['unlocked', 'locked', 'heldOver'],
    words: { no: 0, yes: 2 },
  },
  handleStart: {
    symbol: 'J',
    about: 'Whether a write fault opens its journal handle before it locks the entry or inside.',
    source: 'Kara, 2017-05-10; Linux 6.12 fs/ext4/file.c, ext4_dax_huge_fault.',
    values: ['beforeEntry', 'insideEntry'],
    words: { before: 0, inside: 1 },
  },
  faultSizeCheck: {
    about: 'Whether a fault compares with the file size under the lock against truncation.',
    source: 'Linux 6.12 fs/dax.c: reliable only under it.',
    values: ['underLock', 'beforeLock'],
  },
  faultRecheck: {
    about: 'Whether a fault compares with the file size again under the lock of the entry.',
    source: 'Linux 6.12 mm/filemap.c, filemap_fault: i_size is read again under the folio lock.',
    values: ['no', 'size'],
  },
  faultWithoutSpace: {
    about: 'Whether a fault that finds no space ends in a signal or tries again for ever.',
    source: 'xfstests generic/274.',
    values: ['signals', 'retries'],
  },
  faultShutdown: {
    about: 'Whether faults look if the file system was shut down.',
    source: 'xfstests generic/623; Linux 6.12 fs/xfs/xfs_iomap.c, xfs_is_shutdown.',
    values: ['checked', 'ignored'],
  },
  fastPin: {
    about: 'Whether a pin without locks reads the translation again after its reference.',
    source: 'Linux 6.12 mm/gup.c, gup_fast_pte_range.',
    values: ['rechecks', 'trusts'],
  },
  writtenPin: {
    about: 'Whether letting go of a pin that was written through tags its pages dirty.',
    source: 'Linux Documentation/core-api/pin_user_pages.rst.',
    values: ['tagsDirty', 'forgets'],
  },
  truncatedTail: {
    about: 'Whether bytes behind the end in the last block become zero.',
    source: 'xfstests generic/029; Linux 6.12 xfs_setattr_size.',
    values: ['zeroed', 'kept'],
  },
  freedBlocks: {
    about: 'When a freed block may be used again: when its freeing is durable, or at once.',
    source: 'Linux 6.12 fs/xfs/xfs_extent_busy.c.',
    values: ['afterForce', 'atOnce'],
  },
  reuse: {
    about: 'Which blocks an allocation prefers: near its neighbours, or freed ones.',
    source: 'Ours: reuse at once shows what a wrong reuse does.',
    values: ['nearest', 'freedFirst'],
  },
  dataFence: {
    about: 'Whether the data of a write is fenced before the size that shows it is committed.',
    source: 'Linux 6.12 fs/dax.c; missing in PMFS and WineFS (Chipmunk, EuroSys 2023).',
    values: ['kept', 'skipped'],
  },
  copyEdges: {
    about: 'Whether bytes of a copy that fill no aligned word are flushed.',
    source: 'Linux 6.12 arch/x86/lib/usercopy_64.c; missing in PMFS (Chipmunk, EuroSys 2023).',
    values: ['flushed', 'left'],
  },
  fsyncBehindEnd: {
    about: 'Whether fsync counts a change of extents behind the end of the file.',
    source: 'CrashMonkey, OSDI 2018, new bug 8.',
    values: ['counts', 'ignored'],
  },
  renameCommits: {
    about: 'Whether a replacing rename removes the old name durably before it enters the new one.',
    source: 'Chipmunk, EuroSys 2023, NOVA bug 4.',
    values: ['one', 'removeFirst'],
  },
  nameCommits: {
    about: 'When a change of names reaches the log and its home: later, at once, or both unfenced.',
    source: 'Chipmunk, EuroSys 2023, NOVA-Fortis bug 1: two copies with no fence between.',
    values: ['later', 'unfencedCopies'],
  },
  poison: {
    about: 'Whether a load of a line with a media error is told.',
    source: 'xfstests xfs/550; Linux 6.12 arch/x86/lib/copy_mc_64.S.',
    values: ['reported', 'swallowed'],
  },
  writeInvalidates: {
    about: 'Whether write(2) removes stale translations of blocks it allocated.',
    source: 'Linux commit cd656375f946; absent before 4.12.',
    values: ['yes', 'no', 'twice'],
  },
  copiedPages: {
    about:
      'When a write that copies shared blocks removes what shows them: before it copies, also ' +
      'when the copy has taken their place, or never.',
    source:
      'Linux 6.12 fs/dax.c, dax_iomap_iter: before. A read fault until xfs_reflink_end_cow maps ' +
      'the old block again.',
    values: ['unmappedBefore', 'unmappedTwice', 'kept'],
  },
  pinnedPages: {
    symbol: 'G',
    about: 'Whether truncation and fallocate wait until no page of the file is pinned.',
    source: 'Linux 6.12 fs/dax.c, dax_layout_busy_page; absent before 4.18.',
    values: ['waitFor', 'ignore'],
    words: { yes: 0, no: 1 },
  },
  remoteWrites: {
    about:
      'Whether a client that asks for a punch first writes the range back and waits for what is ' +
      'on its way.',
    source: 'Linux 5.16 fs/fuse/file.c, fuse_writeback_range; absent before 5.6.',
    values: ['waitFor', 'ignore'],
  },
  pageFills: {
    about: 'Whether a page is added and filled under the lock that keeps faults out of a file.',
    source: 'Linux 5.15 mm/filemap.c, filemap_create_folio; absent before.',
    values: ['locked', 'unlocked'],
  },
  commitWritesData: {
    about: 'Whether a log force writes dirty pages back first, as ordered data of a journal.',
    source:
      'Linux fs/jbd2/commit.c, journal_submit_data_buffers; DAX files are not ordered since 4.5.',
    values: ['no', 'yes'],
  },
  rangeWait: {
    about: 'Whether a fault that finds no free range of the window waits without its locks.',
    source:
      'Linux 6.12 fs/fuse/dax.c, __fuse_dax_fault: EAGAIN, the lock is let go, then the wait.',
    values: ['unlocked', 'underFaultLock'],
  },
  windowReclaim: {
    about: 'Whether whoever takes a range of the window back keeps faults out of its file.',
    source: 'Linux 6.12 fs/fuse/dax.c, lookup_and_reclaim_dmap: invalidate_lock, then dax->sem.',
    values: ['underFaultLock', 'unlocked'],
  },
  windowUnmap: {
    about: 'Whether translations to a range go before it is taken back.',
    source: 'Linux 6.12 fs/fuse/dax.c, fuse_dax_break_layouts and dmap_writeback_invalidate.',
    values: ['first', 'never'],
  },
  windowUpgrade: {
    about:
      'Whether making a range writable holds it and looks it up again, or lets go of it and of ' +
      'the fault’s locks and trusts what it saw.',
    source: 'Linux 6.12 fs/fuse/dax.c, fuse_iomap_begin: a reference before dax->sem is dropped.',
    values: ['keepsRange', 'dropsRange'],
  },
  windowWorker: {
    about: 'When the worker starts to take ranges back: few are free, or somebody needs one.',
    source: 'Linux 6.12 fs/fuse/dax.c, __kick_dmap_free_worker; on demand is ours, for scenarios.',
    values: ['threshold', 'onDemand'],
  },
  extendingWrite: {
    about:
      'How a write that makes a file longer goes: as one request, up to the old end through the ' +
      'window and the rest as a request, or the size first and all through the window.',
    source: 'Linux 6.12 fs/fuse/dax.c, fuse_dax_write_iter; Goyal, 2020-03-12: the split form.',
    values: ['request', 'split', 'sizeFirst'],
  },
  hostFault: {
    about:
      'What an access to a page that the host took away leads to: EIO or a short count of calls ' +
      'and SIGBUS of programs, SIGBUS of both, a wait until it is back, or trying for ever.',
    source: 'Goyal, 2020: KVM could not tell a guest that a page is gone, which then hung.',
    values: ['eio', 'sigbus', 'hang', 'retries'],
  },
  faultSizes: {
    about: 'Sizes that a page fault tries, from the largest.',
    source: 'Linux 6.12 mm/memory.c, __handle_mm_fault; pages only without CONFIG_FS_DAX_PMD.',
    values: ['hugeFirst', 'pagesOnly'],
  },
  ...DEFECT_KNOBS,
} as const satisfies { readonly [name: string]: KnobDefinition };

export type KnobName = keyof typeof KNOBS;
export type Knobs = { readonly [K in KnobName]: (typeof KNOBS)[K]['values'][number] };

/** Resolves settings, later ones winning. Throws `ConfigError` for an unknown knob or value. */
export function resolveKnobs(
  where: string,
  ...settings: readonly { readonly [knob: string]: string }[]
): Knobs {
  const names = Object.keys(KNOBS) as KnobName[];
  const resolved: Record<string, string> = {};
  for (const name of names) resolved[name] = KNOBS[name].values[0];
  for (const setting of settings) {
    for (const [name, value] of Object.entries(setting)) {
      if (!Object.hasOwn(KNOBS, name)) throw unknown(where, 'knob', name, names);
      const { values } = KNOBS[name as KnobName] as KnobDefinition;
      if (!values.includes(value)) throw unknown(where, `value of knob ${name}`, value, values);
      resolved[name] = value;
    }
  }
  return Object.freeze(resolved) as unknown as Knobs;
}

function unknown(
  where: string,
  what: string,
  found: string,
  valid: readonly string[],
): ConfigError {
  return new ConfigError({
    where,
    found: `unknown ${what} "${found}"`,
    allowed: `one of ${valid.join(', ')}`,
    nearest: nearestName(found, valid),
  });
}
