import { defineLockPlan } from '@daxsim/sim';
import { xfsUpstream } from '../xfs-upstream.js';
import { joined, withoutLocks } from '../rows.js';
import type { Hold } from '@daxsim/sim';

const entry: Hold = { lock: 'entry', mode: 'exclusive', region: 'entry' };
const syncEntry: Hold = { lock: 'entry', mode: 'exclusive', region: 'syncEntry' };

export const s4 = defineLockPlan({
  name: 'S4',
  source: 'Zwisler, 2017: readers-writer entry locks in place of the bit.',
  about: 'Faults on a page whose entry has its block share the entry; whoever changes it excludes.',
  claim: 'safe',
  locks: { ...xfsUpstream.locks, entry: { kind: 'rwsem', per: 'entry', guards: ['daxEntry'] } },
  holds: joined(withoutLocks(xfsUpstream.holds, ['entry']), {
    readFault: [{ lock: 'entry', mode: { by: 'entryMode' }, region: 'entry' }],
    writeFault: [{ lock: 'entry', mode: { by: 'entryMode' }, region: 'entry' }, syncEntry],
    privateFault: [entry],
    writebackRange: [entry],
    invalidateRange: [entry],
    truncateEntries: [entry],
    tagWrittenPages: [entry],
  }),
});
