import { defineLockPlan } from '@daxsim/sim';

export const none = defineLockPlan({
  name: 'none',
  source: 'Nobody ships this; it shows what the locks are for.',
  about:
    'No lock but the log’s own: each step is still indivisible, everything between steps is open.',
  claim: {
    unsafeFor: [
      'punch-vs-write-fault',
      'write-vs-read-fault',
      'truncate-vs-read',
      'write-vs-write',
    ],
  },
  locks: {
    log: { kind: 'mutex', per: 'fileSystem', guards: [] },
  },
  holds: {
    forceLog: [{ lock: 'log', mode: 'exclusive', region: 'force' }],
    forceRoom: [{ lock: 'log', mode: 'exclusive', region: 'force' }],
    pushTail: [{ lock: 'log', mode: 'exclusive', region: 'force' }],
  },
});
