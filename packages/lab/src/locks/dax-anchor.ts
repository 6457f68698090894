/**
 * A2: the count of direct I/O taken off reads and writes of two files on NVDIMMs, 38 threads on
 * four sockets (Long, linux-ext4, 2016-06-03). Operations are those that ext4 with DAX does here,
 * on ordinary memory, with the count's line added at both ends, and the inode lock as Linux 4.6 had
 * it: a mutex that writes hold and reads do not. Reads that hold it (mounted without
 * dioread_nolock) could not have come near the published rate: each would have had 490 ns of it,
 * copy and hand-over included.
 *
 * Between two I/Os the program works for itself, which keeps it off the lines: `PROGRAM_TICKS`.
 *
 * Left out: how many NVDIMMs there were, and what else a write did in 4.6.
 */
import type { LockPlan } from '@daxsim/sim';
import { loadFileSystem, loadMachine } from '../config/systems.js';
import type { AnchorFigure } from './anchors.js';
import { measureChannels } from './channels.js';
import type { Contention, Touch } from './config.js';
import { OPERATION_NAMES, recordOperations } from './operations.js';
import { scriptOf } from './path-scripts.js';
import { PLAIN, RecordedSystem } from './recorded-system.js';
import type { PathItem } from './recorded-system.js';
import { runSeed, type CaseSetting } from './run-case.js';
import type { Workload } from './workloads.js';

const COUNT: Touch = {
  ...{ kind: 'rmw', name: 'dioCount', of: 'inode', insideTicks: 0, lessTicks: 0, times: 1 },
  shootdown: false,
};
/**
 * What fio does between two I/Os, which the posting does not tell: at least the 200 ns that fio
 * 3.33 takes with its null engine on a CPU of today (1.7 M I/Os a second of a third of a CPU, `fio
 * --ioengine=null --rw=randrw --thread`), at most the 3.3 µs that an I/O of A1 takes in all. Over
 * that range reads gain 1.3 to 3.3 percent.
 */
const PROGRAM_TICKS = 1_000_000;
const COUNTED = ['startRead', 'endRead', 'startWrite', 'endWrite'];
const SEEDS = [1, 2, 3, 4, 5];
const LENGTH = 2;
const SOURCE = 'Long, 2016-06-03: ext4, NVDIMM, 38 threads, 2 files, 4 sockets';

/** Its figures: what reads gain, what a mix gains, and how far apart they are. */
export function daxAnchors(contention: Contention): AnchorFigure[] {
  const machine = loadMachine('ddr4-6ch');
  const fileSystem = loadFileSystem('ext4-dax');
  const recorded = recordOperations(new RecordedSystem(machine, fileSystem));
  const paths = {
    ...recorded,
    read: [PROGRAM, ...withoutInodeLock(recorded.read)],
    overwrite: [PROGRAM, ...recorded.overwrite],
  };
  const plan = withInodeMutex(fileSystem.plan);
  const channels = measureChannels(machine);
  const rate = (isCounted: boolean, workload: Workload): number => {
    const touches = new Map(contention.touches);
    if (isCounted) for (const step of COUNTED) touches.set(step, COUNT);
    const costs: Contention = { ...contention, touches };
    const scripts = new Map(
      OPERATION_NAMES.map((name) => {
        return [name, scriptOf(name, paths[name], plan, costs)];
      }),
    );
    const setting: CaseSetting = {
      ...{ plan, scripts, workload, threads: 38, sockets: 4, cpus: 72 },
      ...{
        contention: costs,
        channels,
        machine: machine.name,
        splitsArray: false,
        without: [],
        kinds: {},
        length: LENGTH,
      },
    };
    const rates = SEEDS.map((seed) => runSeed(setting, seed).perSecond);
    return rates.reduce((sum, one) => sum + one, 0) / rates.length;
  };
  const reads = rate(true, READ);
  const mixed = rate(true, MIX);
  const gain = (before: number, workload: Workload): number =>
    (rate(false, workload) / before - 1) * 100;
  const told = { fitted: false, source: SOURCE };
  return [
    {
      ...{ id: 'A2 read', what: 'reads without the count, percent', published: 5.7 },
      ...{ simulated: gain(reads, READ), from: 2, to: 10, ...told },
    },
    {
      ...{ id: 'A2 mix', what: 'reads and writes without the count, percent', published: 8.4 },
      ...{ simulated: gain(mixed, MIX), from: 4, to: 14, ...told },
    },
    {
      ...{ id: 'A2 ratio', what: 'reads against the mix, ratio', published: 15.5 },
      ...{ simulated: reads / mixed, from: 8, to: 25, ...told },
    },
  ];
}

const PROGRAM: PathItem = { ...PLAIN, name: 'program', ticks: PROGRAM_TICKS };

function withoutInodeLock(path: readonly PathItem[]): PathItem[] {
  return path.filter(({ kind, name }) => {
    return name !== 'inode' || (kind !== 'acquire' && kind !== 'release');
  });
}

function withInodeMutex(plan: LockPlan): LockPlan {
  const { inode } = plan.locks;
  if (inode === undefined) return plan;
  return { ...plan, locks: { ...plan.locks, inode: { ...inode, kind: 'mutex' } } };
}

const READ: Workload = {
  ...{ name: 'A2 read', about: '', source: SOURCE, files: 'two', spaces: 'own', pages: 'random' },
  parts: [{ operation: 'read', share: 1 }],
};
const MIX: Workload = {
  ...READ,
  name: 'A2 mix',
  parts: [
    { operation: 'read', share: 1 },
    { operation: 'overwrite', share: 1 },
  ],
};
