/**
 * Knobs that no lock plan sets: slips of journals, of recovery and of bookkeeping that somebody
 * once shipped. Their first value is the right rule.
 */
import { COMMIT_RULES } from './media/commit-rule.js';
import { MAKE_RULES } from './media/inode-table.js';
import { FORGETTING } from './media/namespace.js';
import { REPLAY_RULES } from './media/replay-rule.js';
import type { KnobDefinition } from './knob-definition.js';

export const DEFECT_KNOBS = {
  commits: {
    about: 'Which records a transaction becomes: one with everything, or parts, late or never.',
    source: 'Chipmunk, EuroSys 2023; Silhouette, FAST 2025; CrashMonkey, OSDI 2018.',
    values: COMMIT_RULES,
  },
  recordChecksum: {
    about: 'Whether the checksum of a record covers the extents in it.',
    source: 'Silhouette, FAST 2025, NOVA issue 137: an extent tree with an old checksum.',
    values: ['ofAll', 'beforeExtents'],
  },
  countedChanges: {
    about: 'Which changes fsync knows of: all, or not new names, new links, new directories.',
    source: 'CrashMonkey, OSDI 2018, new bugs 3 to 7.',
    values: FORGETTING,
  },
  replay: {
    about: 'What recovery makes of the log, and in which order.',
    source: 'Chipmunk, EuroSys 2023; CrashMonkey, OSDI 2018; Vinter, ATC 2022.',
    values: REPLAY_RULES,
  },
  newInodes: {
    about: 'Whether a new inode is cleared, and whose number it may get.',
    source: 'Silhouette, FAST 2025, NOVA 146 and 147, WineFS 26.',
    values: MAKE_RULES,
  },
  lastName: {
    about: 'Whether a file without names keeps its blocks while it is open or mapped.',
    source: 'unlink(2); Linux 6.12 fs/inode.c, iput_final.',
    values: ['keepsHeld', 'freesAtOnce'],
  },
  partialZeros: {
    about: 'Whether zeros over parts of a block are written back.',
    source: 'Linux 6.12 fs/dax.c, dax_zero_range: dax_zero_page_range flushes.',
    values: ['flushed', 'cached'],
  },
  keptSize: {
    about: 'Whether zeroing behind the end with the size kept logs the larger size.',
    source: 'CrashMonkey, OSDI 2018, new bug 9 (F2FS).',
    values: ['asItIs', 'loggedLarger'],
  },
  syncedTags: {
    about: 'Whether a sync of a range clears the tags of its pages or of the whole file.',
    source: 'Linux 6.12 fs/dax.c, dax_writeback_mapping_range.',
    values: ['ofRange', 'ofFile'],
  },
  dirtyEntries: {
    about: 'Whether an invalidation keeps dirty entries.',
    source: 'Linux 6.12 fs/dax.c, __dax_invalidate_entry.',
    values: ['kept', 'dropped'],
  },
  hugeConflict: {
    about: 'Whether a huge fault falls back where there are entries of pages.',
    source: 'Linux 6.12 fs/dax.c, grab_mapping_entry.',
    values: ['fallsBack', 'ignored'],
  },
  appendPosition: {
    about: 'Whether an append looks for the end of the file under the inode lock or before it.',
    source: 'Linux 6.12 fs/read_write.c, generic_write_checks; Silhouette, PMFS-new 10.',
    values: ['underLock', 'beforeLock'],
  },
  failedCopies: {
    about: 'Whether a write counts the bytes that it could not copy from its caller.',
    source: 'Linux 6.12 fs/dax.c, dax_iomap_iter: a short copy ends the write; NOVA issue 149.',
    values: ['counted', 'ignored'],
  },
  changedLookup: {
    about:
      'Whether a mapping that changed between two looks is looked up again or ends the system.',
    source: 'Linux 6.12 fs/xfs/xfs_iomap.c; a warning of Linux 4.9 to 4.11 in dax_iomap_actor.',
    values: ['again', 'asserted'],
  },
  conversionBlocks: {
    about:
      'Whether making unwritten blocks written may take blocks of the reserve for its tree, or ' +
      'only what anybody may.',
    source:
      'Linux 6.12 fs/xfs/xfs_iomap.c, xfs_iomap_write_direct: force, for unwritten extents of ' +
      'DAX; fs/ext4/extents.c, EXT4_GET_BLOCKS_METADATA_NOFAIL.',
    values: ['fromPool', 'fromFree'],
  },
  completionErrors: {
    about: 'Whether a fault is told that the block it zeroed could not be made a written one.',
    source: 'Chinner, 2014-09-03: "errors … are propagated how?"; b_end_io of Linux 4.0 is void.',
    values: ['told', 'dropped'],
  },
  holeStores: {
    about:
      'Whether a store to a page that shows a hole opens a journal handle, or changes metadata ' +
      'where it lies, with no record of it.',
    source: 'Linux commit 1e9d180ba39f, ext4: page_mkwrite was taken for one that never allocates.',
    values: ['logged', 'inPlace'],
  },
  pinnedWrites: {
    about:
      'How a page that a device holds is written back to a server: as the file system sends all ' +
      'pages, from a copy, as it is, or only when the device has let go.',
    source:
      'Hubbard, 2019-02-03, Documentation/vm/get_user_pages.rst: bounce pages; leases to be ' +
      'broken, LSF/MM 2019. Linux 6.12 fs/nfs/write.c sends the page itself.',
    values: ['asOthers', 'bounced', 'asTheyAre', 'revoked'],
  },
  stableWrites: {
    about:
      'What a store to a page does that is on its way to a device: as the device wants it, wait, ' +
      'go on because a copy of the page goes, or go on.',
    source: 'Linux 6.12 mm/page-writeback.c, folio_wait_stable; mm/bounce.c until 6.2.',
    values: ['asDevice', 'waited', 'bounced', 'ignored'],
  },
  pageSums: {
    about:
      'Whether pages have a checksum on their way to a server or device, which must still hold.',
    source: 'Linux 6.12 net/sunrpc/auth_gss/auth_gss.c, gss_wrap_req_integ; BDI_CAP_STABLE_WRITES.',
    values: ['none', 'made'],
  },
  oldAnswers: {
    about:
      'Whether a client takes over the size that its server answers though it has changed the ' +
      'size itself since it asked, or has pages to send.',
    source: 'Linux 6.12 fs/fuse/inode.c, fuse_change_attributes_i: attr_version; fs/nfs/inode.c.',
    values: ['ignored', 'applied'],
  },
  directDrops: {
    about: 'Whether a direct write drops what is cached of its range again when it is over.',
    source: 'Linux 6.12 mm/filemap.c, generic_file_direct_write; Zwisler, 2017-04-25: three steps.',
    values: ['twice', 'onlyBefore'],
  },
  transferEnd: {
    about:
      'Whether a direct write counts as in flight until its blocks are written ones, or only ' +
      'until its bytes are there.',
    source: 'Linux 6.12 fs/iomap/direct-io.c, iomap_dio_complete: end_io, then inode_dio_end.',
    values: ['whenConverted', 'whenMoved'],
  },
  shiftFlush: {
    about: 'Whether what shifts extents writes dirty pages back under its locks or before.',
    source: 'Linux 6.12 fs/xfs/xfs_bmap_util.c, xfs_prepare_shift.',
    values: ['underLocks', 'beforeLocks'],
  },
  hostNotice: {
    about:
      'Whether the second level of a guest’s page tables hears that the host takes pages of a ' +
      'file away, or keeps what it had.',
    source: 'Linux 6.12 virt/kvm/kvm_main.c, kvm_mmu_notifier_invalidate_range_start.',
    values: ['given', 'forgotten'],
  },
  goneCount: {
    about: 'What a call says of a copy that met a page which is gone: bytes done, or all of them.',
    source: 'Linux 6.12 fs/dax.c, dax_iomap_iter: what was copied, else EFAULT or EIO.',
    values: ['reached', 'asked'],
  },
  inlineReclaim: {
    about:
      'Who takes a range of the same file back in line: calls, before they lock its tree; also ' +
      'faults, which hold the fault lock; or calls under the lock of the tree.',
    source:
      'Linux 6.12 fs/fuse/dax.c, alloc_dax_mapping_reclaim: calls only, as a fault holds ' +
      'invalidate_lock, and before dax->sem is taken.',
    values: ['byCalls', 'byFaults', 'underTree'],
  },
} as const satisfies { readonly [name: string]: KnobDefinition };
