import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { joined, withoutDefinitions, withoutLocks } from '../rows.js';
import type { Hold } from '@daxsim/sim';

const read: Hold = {
  lock: 'mmap',
  mode: 'shared',
  region: 'fault',
  validateAt: ['enter', 'install'],
};
const remove: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const gap: Hold = { lock: 'mmap', mode: 'exclusive', region: 'gap' };
const map: Hold = { lock: 'mmap', mode: 'exclusive', region: 'map' };

export const s9 = defineLockPlan({
  name: 'S9',
  source: 'Linux 2.6.13 mm/filemap_xip.c (xip_sparse_seq), mmu_notifier_retry; KucoFS.',
  about: 'Faults look without a lock and install only if no layout change began since they looked.',
  claim: { unsafeFor: ['R06', 'R07', 'R12'] },
  locks: {
    ...withoutDefinitions(xfsUpstream.locks, ['entry']),
    mmap: { kind: 'seqcount', per: 'inode', guards: [] },
  },
  holds: joined(withoutLocks(xfsUpstream.holds, ['mmap', 'entry']), {
    readFault: [read],
    writeFault: [read],
    truncateInode: [remove],
    fallocate: [remove],
    evict: [remove],
    write: [gap, map],
    copyRange: [gap, map],
    directWrite: [gap, map],
  }),
});
