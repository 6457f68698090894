/** Recipes of the journal and of room: what any operation calls, whatever it holds. */
import { move } from '@daxsim/sim';
import { fence, writeHome, writeLog, writeTail } from '../../moves/definitions.js';
import { reclaimPart } from '../../steps/files/extents.js';
import { allPages } from '../../steps/files/pages.js';
import {
  aimAtAll,
  commitsData,
  endForce,
  endHome,
  isDurable,
  nextDirtyInode,
  noteDataSequence,
  noteSequence,
  planForce,
  planHome,
} from '../../steps/files/log.js';
import {
  ALONE,
  BYTES,
  PAGES,
  SEQUENCE,
  again,
  branch,
  call,
  leave,
  nothing,
  operation,
  region,
  repeat,
  seq,
  service,
  step,
  transact,
} from './shapes.js';

/** Writes what is planned, and notes that it is durable. */
const writePlanned = seq(move(writeLog), step(endForce));
const forceBody = branch(planForce, { Write: writePlanned, Durable: nothing() });

/** Every file with dirty pages, one after the other. */
const writebackAll = repeat(
  'inodes',
  seq(
    branch(nextDirtyInode, { Found: nothing(), End: leave('inodes') }),
    step(allPages),
    call('writebackRange', PAGES),
  ),
);

export const forceLog = service(
  'forceLog',
  'Makes transaction `sequence` durable, with all committed before the force: xfs_log_force_seq.',
  region('commit', branch(commitsData, { No: nothing(), Yes: writebackAll })),
  region('force', forceBody),
);

export const forceAll = service(
  'forceAll',
  'Makes everything committed so far durable: xfs_log_force.',
  step(aimAtAll),
  call('forceLog', SEQUENCE),
);

export const forceRoom = service(
  'forceRoom',
  'The same within an operation that found too little room, whatever it holds.',
  step(aimAtAll),
  region('force', forceBody),
);

export const pushTail = service(
  'pushTail',
  'Writes the oldest records home and moves the tail, for room in the log: xfs_ail_push_all_sync.',
  region(
    'force',
    seq(
      step(aimAtAll),
      forceBody,
      branch(planHome, {
        Write: seq(move(writeHome), move(writeTail), step(endHome)),
        Nothing: nothing(),
      }),
    ),
  ),
);

export const reclaimOrphan = service(
  'reclaimOrphan',
  'Frees the blocks of an inode that nobody can reach, then the inode: xfs_inactive.',
  step(allPages),
  call('truncateEntries', PAGES),
  repeat(
    'parts',
    seq(transact(reclaimPart, { More: again('parts'), Failed: leave('room') }), leave('parts')),
  ),
);

/** Forces the log to the noted transaction; when it is durable already a device flush is enough. */
const forceIfNeeded = branch(isDurable, { Yes: move(fence), No: call('forceLog', SEQUENCE) });

export const syncInode = service(
  'syncInode',
  'Writes pages [cursor, end) back, forces the log to the inode’s last change: xfs_file_fsync.',
  region('writeback', call('writebackRange', BYTES)),
  region('sequence', step(noteSequence)),
  forceIfNeeded,
);

export const syncInodeData = service(
  'syncInodeData',
  'Like syncInode, but changed time stamps alone do not force: xfs_file_fsync with datasync.',
  region('writeback', call('writebackRange', BYTES)),
  region('sequence', step(noteDataSequence)),
  forceIfNeeded,
);

export const sync = operation(
  'sync',
  'sync(2): writes back every dirty page, then forces the log.',
  region('writeback', writebackAll),
  call('forceAll', ALONE),
);

export const unmount = operation(
  'unmount',
  'Makes everything durable and home, so that the log is empty: xfs_unmount_flush_inodes.',
  region('writeback', writebackAll),
  call('forceAll', ALONE),
  call('pushTail', ALONE),
);

export const LOG_RECIPES = [
  forceLog,
  forceAll,
  forceRoom,
  pushTail,
  reclaimOrphan,
  syncInode,
  syncInodeData,
  sync,
  unmount,
];
