/** Whole replays of small traces: what is right is found right, and what is wrong is found. */
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { foundSomething, summaryLines } from '@daxsim/lab';
import { TraceFolder, fioLog, run, straceLog } from './trace-files.js';

// Other suites may keep the machine busy; a run is seconds at worst.
jest.setTimeout(60_000);

const folder = new TraceFolder();
afterAll(() => folder.remove());

/** Writes and reads back, at places that share blocks and lines. */
const mixed = folder.file(
  fioLog(
    Array.from({ length: 300 }, (_, i) => {
      const offset = ((i * 7919) % 200) * 700;
      return i % 50 === 49 ? 'datasync 0 0' : `${i % 3 === 0 ? 'read' : 'write'} ${offset} 1300`;
    }),
  ),
);

const application = folder.file(
  straceLog([
    [7, 'openat(AT_FDCWD, "a", O_RDWR|O_CREAT, 0644) = 3'],
    [7, 'fstat(3, {st_mode=S_IFREG|0644, st_size=0, ...}) = 0'],
    [7, 'write(3, "..."..., 5000) = 5000'],
    [7, 'fsync(3) = 0'],
    [7, 'lseek(3, 100, SEEK_SET) = 100'],
    [7, 'read(3, "..."..., 8192) = 4900'],
    [7, 'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 8'],
    [8, 'newfstatat(AT_FDCWD, "b", 0x7ffe, 0) = -1 ENOENT (No such file or directory)'],
    [7, 'rename("a", "b") = 0'],
    [8, 'openat(AT_FDCWD, "b", O_RDONLY) = 4'],
    [8, 'pread64(4, "..."..., 4096, 4096) = 904'],
    [7, 'unlink("b") = 0'],
    [8, 'openat(AT_FDCWD, "b", O_RDONLY) = -1 ENOENT (No such file or directory)'],
    [8, 'close(4) = 0'],
    [7, 'close(3) = 0'],
  ]),
);

test('a replay reads what was written, leaves a clean file system and says so', async () => {
  const report = await run([mixed], { traceOptions: {} });
  expect(report.replayed).toBe(303);
  expect(report.oracle.violations).toBe(0);
  expect(report.oracle.reads).toBeGreaterThan(90);
  expect(report.oracle.bytes_checked).toBeGreaterThan(90 * 1300);
  expect(report.fsck.errors).toBe(0);
  expect(foundSomething(report)).toBe(false);
});

test('the same run gives the same report, however the file is cut into chunks', async () => {
  const first = await run([application]);
  const second = await run([application]);
  const third = await run([application], { traceOptions: { chunkBytes: 64 } });
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  expect(third.digest).toBe(first.digest);
  const other = await run([application], { cpus: 1 });
  expect(other.digest).not.toBe(first.digest);
});

test('what is planted is found: blocks that are not zeroed show what the device held', async () => {
  const log = folder.file(fioLog(['write 100 200', 'read 0 4096', 'datasync 0 0']));
  const report = await run([log], { knobs: { blockZeroing: 'never' } });
  // The job reads the file, so it was laid out; a hole has to be made first.
  const holed = folder.file(fioLog(['trim 0 4096', 'write 100 200', 'read 0 4096']));
  const found = await run([holed], { knobs: { blockZeroing: 'never' } });
  expect(report.oracle.violations).toBe(0);
  expect(found.oracle.violations).toBeGreaterThan(0);
  expect(found.oracle.first_violations[0]).toMatchObject({ file: '/f', expected: 0, got: 0xcd });
  expect(foundSomething(found)).toBe(true);
});

describe('system calls', () => {
  test('return what was recorded, across tasks and names', async () => {
    const report = await run([application]);
    expect(report.results.disagreements).toEqual([]);
    expect(report.results.compared).toBe(report.results.agreed);
    expect(report.results.compared).toBe(report.replayed);
    expect(report.operations['rename']?.count).toBe(1);
    expect(report.operations['stat']?.errors).toBe(1);
  });

  test('disagree under a reason when tasks are not held to the order', async () => {
    const report = await run([application], { order: 'task' });
    const counted = Object.values(report.results.by_reason).reduce((sum, n) => sum + n, 0);
    expect(counted).toBe(report.results.compared - report.results.agreed);
    const skipped = Object.values(report.skipped).reduce((sum, n) => sum + n, 0);
    const operations = Object.values(report.trace.operations).reduce((sum, n) => sum + n, 0);
    expect(report.replayed + skipped).toBe(operations);
  });

  test('find what they presume: sizes, directories, links', async () => {
    const trace = folder.file(
      straceLog([
        [7, 'newfstatat(AT_FDCWD, "d/e", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0'],
        [7, 'openat(AT_FDCWD, "d/e/old", O_RDONLY) = 3'],
        [7, 'fstat(3, {st_mode=S_IFREG|0644, st_size=70000, ...}) = 0'],
        [7, 'pread64(3, "..."..., 8192, 65536) = 4464'],
        [7, 'close(3) = 0'],
        [7, 'mkdir("d", 0755) = -1 EEXIST (File exists)'],
        [7, 'rmdir("d") = -1 ENOTEMPTY (Directory not empty)'],
      ]),
    );
    const report = await run([trace]);
    expect(report.results.disagreements).toEqual([]);
    expect(report.oracle.violations).toBe(0);
  });

  test('that name what no call made disagree under that reason', async () => {
    const trace = folder.file(
      straceLog([
        [7, 'unlink("s") = -1 ENOENT (No such file or directory)'],
        [7, 'unlink("s") = 0'],
      ]),
    );
    const report = await run([trace]);
    expect(report.results.by_reason).toEqual({ 'a name that no call of the trace makes': 1 });
  });
});

describe('mapped files', () => {
  const calls = [
    [7, 'openat(AT_FDCWD, "m", O_RDWR|O_CREAT, 0644) = 3'],
    [7, 'ftruncate(3, 65536) = 0'],
    [7, 'mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f0000000000'],
    [7, 'msync(0x7f0000000000, 65536, MS_SYNC) = 0'],
    [7, 'pread64(3, "..."..., 65536, 0) = 65536'],
    [7, 'munmap(0x7f0000000000, 65536) = 0'],
    [7, 'close(3) = 0'],
  ] as const;
  const trace = folder.file(straceLog(calls));

  test('have no stores unless they are asked for, and the summary says so', async () => {
    const report = await run([trace]);
    expect(report.mapped['msync_calls_with_nothing_dirty']).toBe(1);
    expect(summaryLines(report).join('\n')).toContain('had nothing dirty');
    expect(report.faults['write_faults']).toBe(0);
  });

  test.each([
    ['dirty:3', 3],
    ['uniform:64', 4],
    ['all', 16],
  ])('are filled by %s, and what is stored is read back', async (mappedFill, stores) => {
    const report = await run([trace], { mappedFill });
    expect(report.mapped['filled_stores']).toBe(stores);
    expect(report.faults['write_faults']).toBeGreaterThan(0);
    expect(report.oracle.violations).toBe(0);
  });
});

test('timing think keeps pauses, open keeps times, scale stretches them', async () => {
  const ms = async (timing: string): Promise<number> =>
    (await run([application], { timing })).simulated.time_ps / 1e9;
  expect(await ms('closed')).toBeLessThan(1);
  expect(await ms('think')).toBeGreaterThan(5);
  const open = await ms('open');
  expect(open).toBeGreaterThan(13);
  expect(open).toBeLessThan(15);
  expect(await ms('scale=2')).toBeGreaterThan(26);
});

test('a trace that needs more than the device holds is the user’s error', async () => {
  const large = folder.file(fioLog(['read 100000000 4096']));
  await expect(run([large])).rejects.toThrow(ConfigError);
  await expect(run([large])).rejects.toThrow('does not fit on a device');
});

test('a full device answers ENOSPC and stays clean', async () => {
  const call = 'write(3, "..."..., 1048576) = 1048576';
  const calls = Array.from({ length: 5 }, () => [7, call] as const);
  const open = [7, 'openat(AT_FDCWD, "big", O_WRONLY|O_CREAT, 0644) = 3'] as const;
  const trace = folder.file(straceLog([open, ...calls]));
  const report = await run([trace], { deviceBytes: '4MiB' });
  expect(Object.keys(report.results.by_reason)).toEqual(['the simulated device is full']);
  expect([report.oracle.violations, report.fsck.errors]).toEqual([0, 0]);
});

test('several traces run side by side on one file system', async () => {
  const one = folder.file(fioLog(['write 0 65536', 'datasync 0 0']));
  const two = folder.file(fioLog(['write 0 65536', 'datasync 0 0']));
  const report = await run([one, two], { traceOptions: {} });
  expect(report.replayed).toBe(10);
  expect(report.locks.some(({ contentions }) => contentions > 0)).toBe(true);
  expect(report.oracle.violations).toBe(0);
});

test('concurrent jobs are one run, in which all of them is replayed', async () => {
  const log = folder.file(fioLog(['write 0 512', 'write 4096 512']));
  const report = await run([log, mixed], { traceOptions: {} });
  const [first, second] = report.traces;
  const writes = first!.operations['write']! + second!.operations['write']!;
  expect(report.trace.operations['write']).toBe(writes);
  const all = Object.values(report.trace.operations).reduce((sum, count) => sum + count, 0);
  expect([report.replayed, report.results.agreed]).toEqual([all, all]);
});

test.each([
  ['no CPU', { cpus: 0 }],
  ['a million CPUs', { cpus: 1_000_000 }],
  ['a thousand million power cuts', { powerCuts: 1_000_000_000 }],
])('%s is the user’s mistake', async (_what, request) => {
  await expect(run([mixed], request)).rejects.toThrow(ConfigError);
});
