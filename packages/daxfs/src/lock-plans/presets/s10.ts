import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { joined, withoutLocks } from '../rows.js';
import type { Rows } from '../rows.js';

const { rename, inode, mm, ...inner } = xfsUpstream.locks;
const changed: Rows[string] = [
  { lock: 'mm', mode: 'exclusive', region: 'operation' },
  { lock: 'vma', mode: 'exclusive', region: 'operation' },
];
const VMA: Rows = {
  readFault: [{ lock: 'vma', mode: 'shared', region: 'operation' }],
  writeFault: [{ lock: 'vma', mode: 'shared', region: 'operation' }],
  mmap: changed,
  munmap: changed,
  mremap: changed,
  mprotect: changed,
};

export const s10 = defineLockPlan({
  name: 'S10',
  source: 'Linux 6.7 mm/memory.c: file faults under the per-VMA lock.',
  about: 'As S3b, with the mapping of a fault kept by its own lock instead of the address space.',
  claim: 'safe',
  locks: {
    rename,
    inode,
    mm,
    vma: { kind: 'rwsem', per: 'mapping', guards: [] },
    ...inner,
  },
  holds: joined(VMA, withoutLocks(xfsUpstream.holds, ['mm']), {
    madvise: xfsUpstream.holds['madvise'] ?? [],
  }),
});
