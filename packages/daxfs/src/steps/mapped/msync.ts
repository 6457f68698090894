/** The checks of msync(2), in the kernel's order: Linux 6.12 mm/msync.c. */
import { Errno, MsyncFlag } from '../../abi.js';
import { R } from '../../registers.js';
import { fail } from '../files/answers.js';
import { keep } from '../files/holds.js';
import { endPage, firstPage, isSpan } from './page-span.js';
import type { Step } from '../files/answers.js';

const KNOWN = MsyncFlag.Async | MsyncFlag.Invalidate | MsyncFlag.Sync;

/**
 * Finds the pages of the file. A range that is not all mapped fails with ENOMEM, after its mapped
 * part was synced; MS_ASYNC has nothing to do.
 */
export const checkMsync: Step = {
  name: 'checkMsync',
  outcomes: ['Ok', 'Failed', 'Nothing'],
  touches: ['mappings', 'references'],
  run(world, frame) {
    const { mappings } = world.mm;
    const mapping = frame.get(R.mapping);
    const flags = frame.get(R.flags);
    const both = MsyncFlag.Async | MsyncFlag.Sync;
    frame.set(R.result, 0);
    if ((flags & ~KNOWN) !== 0 || (flags & both) === both) return fail(frame, Errno.Invalid);
    if (!isSpan(frame)) return fail(frame, Errno.Invalid);
    if (frame.get(R.length) === 0) return 2;
    if (!mappings.isLive(mapping)) return fail(frame, Errno.NoMemory);
    const isWhole = mappings.areas.covers(mapping, firstPage(frame), endPage(frame));
    if (!isWhole) frame.set(R.errno, Errno.NoMemory);
    if ((flags & MsyncFlag.Sync) === 0 || !mappings.isShared(mapping)) return isWhole ? 2 : 1;
    const inode = mappings.inode(mapping);
    keep(world, frame, R.held, inode);
    frame.set(R.inode, inode);
    frame.set(R.cursor, mappings.firstPage(mapping) + firstPage(frame));
    frame.set(R.end, mappings.firstPage(mapping) + endPage(frame));
    return 0;
  },
};
