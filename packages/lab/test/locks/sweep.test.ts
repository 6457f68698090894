/** Plans on many CPUs, from recorded operations to figures. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { DEFAULT_AGEING, LocksSweep, digestOf, parseAgeing, recordLocks } from '../../src/index.js';
import { DIRECTORIES } from '../../src/locks/task-source.js';
import type { CaseAnswer, LocksRecording, LocksRequest } from '../../src/index.js';

const REQUEST: LocksRequest = {
  plans: ['S3b', 'S5b'],
  workloads: ['DRBM', 'DWOM', 'MIXM', 'FLTW-M', 'PUNCH-STORM'],
  threads: [1, 4, 28],
  sockets: [1],
  cpus: 80,
  machine: 'optane-100-6dimm',
  fileSystem: 'xfs-dax',
  costs: 'default',
  scale: {},
  splitsArray: false,
  without: [],
  kinds: {},
  seed: 1,
  seeds: 1,
  length: 0.25,
  findsWorth: true,
  ageing: parseAgeing(DEFAULT_AGEING),
};

let recording: LocksRecording;
let answers: readonly CaseAnswer[];

function all(request: LocksRequest): CaseAnswer[] {
  const sweep = new LocksSweep(request, recording);
  return sweep.cases.map((_one, part) => sweep.run(part));
}

function rate(plan: string, workload: string, threads: number): number {
  const found = answers.find(
    (one) => one.plan === plan && one.workload === workload && one.threads === threads,
  );
  return found?.throughput_per_s.mean ?? 0;
}

beforeAll(() => {
  recording = recordLocks(REQUEST);
  answers = all(REQUEST);
});

describe('plans on many CPUs', () => {
  test('overwriting one file goes no faster with more threads, reading it does', () => {
    const alone = rate('S3b', 'DWOM', 1);
    expect(rate('S3b', 'DWOM', 4) / alone).toBeGreaterThan(0.85);
    expect(rate('S3b', 'DWOM', 4) / alone).toBeLessThan(1.15);
    expect(rate('S3b', 'DWOM', 28)).toBeLessThanOrEqual(rate('S3b', 'DWOM', 4) * 1.01);
    expect(rate('S3b', 'DRBM', 28)).toBeGreaterThan(10 * rate('S3b', 'DRBM', 1));
    expect(rate('S3b', 'DRBM', 28)).toBeGreaterThan(8 * rate('S3b', 'MIXM', 28));
  });

  test('readers in a table of slots, and counters of their own, do not meet', () => {
    const kinds = { inode: 'bravo', mapping: 'percpu-rwsem' } as const;
    const part = { plans: ['S3b'], workloads: ['DRBM'], threads: [28], findsWorth: false };
    const [found] = all({ ...REQUEST, ...part, kinds });
    expect(found?.throughput_per_s.mean).toBeGreaterThan(1.2 * rate('S3b', 'DRBM', 28));
    expect(found?.throughput_per_s.mean).toBeGreaterThan(27 * rate('S3b', 'DRBM', 1));
  });

  test('on an aged device few faults map 2 MiB, and it is said why', () => {
    const part = { plans: ['S3b'], workloads: ['AGED'], threads: [1], findsWorth: false };
    const of = (text: string): CaseAnswer | undefined => {
      const request = { ...REQUEST, ...part, ageing: parseAgeing(text) };
      const sweep = new LocksSweep(request, recordLocks(request));
      return sweep.run(0);
    };
    const aged = of('0.7:8=1,512=1');
    const { attempts = 0, mapped = 0, fallbacks = {} } = aged?.pmd ?? {};
    expect(mapped).toBeLessThan(attempts / 4);
    expect((fallbacks['short'] ?? 0) + (fallbacks['unaligned'] ?? 0)).toBe(attempts - mapped);
    const fresh = of('0:8192=1');
    expect(fresh?.pmd?.mapped).toBe(fresh?.pmd?.attempts);
  });

  test('faults on one file end at the lock of its array of entries', () => {
    const found = answers.find(
      ({ plan, workload, threads }) => plan === 'S3b' && workload === 'FLTW-M' && threads === 28,
    );
    expect(found?.bottleneck?.name).toBe('array');
    expect(found?.without_bottleneck_per_s ?? 0).toBeGreaterThan(3 * rate('S3b', 'FLTW-M', 28));
    const array = found?.locks.find(({ lock }) => lock === 'array');
    expect(array?.class).toBe('&xa->xa_lock');
    expect(array?.contentions ?? 0).toBeGreaterThan(300);
  });

  test('what a task does alone takes what the file system was priced at', () => {
    const alone = answers.find(
      ({ plan, workload, threads }) => plan === 'S5b' && workload === 'FLTW-M' && threads === 1,
    );
    expect(alone?.latency_ns.p50 ?? 0).toBeGreaterThan(1500);
    expect(alone?.latency_ns.p50 ?? 0).toBeLessThan(2000);
  });

  test('files are made one by one in one directory, side by side in own ones', () => {
    const part = { plans: ['S3b'], workloads: ['MWCL', 'MWCM'], findsWorth: false };
    const made = all({ ...REQUEST, ...part, threads: [1, 28] });
    const of = (workload: string, threads: number): number =>
      made.find((one) => one.workload === workload && one.threads === threads)?.throughput_per_s
        .mean ?? 0;
    expect(of('MWCL', 28)).toBeGreaterThan(20 * of('MWCL', 1));
    expect(of('MWCM', 28)).toBeLessThan(1.5 * of('MWCM', 1));
    const { bottleneck } = made.at(-1) ?? {};
    expect(bottleneck).toMatchObject({ kind: 'lock', name: 'inode', instance: DIRECTORIES });
  });

  test('a move between directories waits for every other one', () => {
    const part = { plans: ['S3b'], workloads: ['MWRM'], threads: [28], findsWorth: false };
    expect(all({ ...REQUEST, ...part })[0]?.bottleneck?.name).toBe('rename');
  });

  test('a punch holds faults up under a lock per file, not under one of ranges', () => {
    expect(rate('S5b', 'PUNCH-STORM', 4)).toBeGreaterThan(1.5 * rate('S3b', 'PUNCH-STORM', 4));
  });

  test('the same request gives the same figures, another seed others', () => {
    const few = { ...REQUEST, plans: ['S3b'], workloads: ['MIXM'], threads: [4] };
    const digest = digestOf(all(few));
    expect(digestOf(all(few))).toBe(digest);
    expect(digestOf(all({ ...few, seed: 2 }))).not.toBe(digest);
  });

  test('a cost that is halved shows', () => {
    const few = { ...REQUEST, plans: ['S3b'], workloads: ['FLTW-M'], threads: [28] };
    const [cheap] = all({ ...few, scale: { sameSocket: 0.5 } });
    expect(cheap?.throughput_per_s.mean ?? 0).toBeGreaterThan(1.2 * rate('S3b', 'FLTW-M', 28));
  });

  test('names that there are not are refused', () => {
    expect(() => recordLocks({ ...REQUEST, workloads: ['DWXM'] })).toThrow(ConfigError);
    expect(() => recordLocks({ ...REQUEST, plans: ['S33'] })).toThrow(ConfigError);
  });
});
