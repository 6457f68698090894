/** Rows of plans that keep faults out of a part of a file only. */
import { joined, withoutLocks } from '../rows.js';
import { xfsUpstream } from '../xfs-upstream.js';
import type { Hold } from '@daxsim/sim';
import type { Rows } from '../rows.js';

const fault: Hold = { lock: 'mmap', mode: 'shared', region: 'fault', range: 'faultPages' };
const change: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout', range: 'callBytes' };
const size: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout', range: 'behindSize' };
const gap: Hold = { lock: 'mmap', mode: 'exclusive', region: 'gap', range: 'behindSize' };

const FAULTS: Rows = { readFault: [fault], writeFault: [fault], privateFault: [fault] };
const ENTRIES: Rows = Object.fromEntries(
  Object.entries(xfsUpstream.holds).map(([recipe, holds]) => [
    recipe,
    holds.filter(({ lock }) => lock === 'entry'),
  ]),
);

/** XFS's rows with the lock against removals taken for the part that each operation is about. */
export const RANGE_ROWS: Rows = joined(
  withoutLocks(xfsUpstream.holds, ['mmap', 'entry']),
  FAULTS,
  {
    truncateInode: [size],
    fallocate: [change],
    evict: [{ lock: 'mmap', mode: 'exclusive', region: 'layout' }],
    write: [gap],
    copyRange: [gap],
    directWrite: [gap],
  },
  ENTRIES,
);
