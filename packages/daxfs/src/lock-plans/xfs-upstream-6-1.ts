import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from './xfs-upstream.js';

const { write, copyRange, readFault } = xfsUpstream.holds;

export const xfsUpstream61 = defineLockPlan({
  ...xfsUpstream,
  name: 'xfs-upstream-6.1',
  source: 'Linux 6.1 fs/xfs/xfs_file.c: xfs_filemap_map_pages, xfs_file_write_checks.',
  about:
    'XFS before 6.12: mapping what is cached takes the mmap lock, zeroing a gap before a write ' +
    'does not.',
  holds: {
    ...xfsUpstream.holds,
    write: write.filter(({ region }) => region !== 'gap'),
    copyRange: copyRange.filter(({ region }) => region !== 'gap'),
    readFault: [...readFault, { lock: 'mmap', mode: 'shared', region: 'around' }],
  },
});
