/** Replays of collapse and insert: bytes are looked for where they moved, and nowhere else. */
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { FileOracle } from '../src/oracle/file-oracle.js';
import { TraceFolder, run, straceLog } from './trace-files.js';

// Other suites may keep the machine busy; a run is seconds at worst.
jest.setTimeout(60_000);

const folder = new TraceFolder();
afterAll(() => folder.remove());
afterEach(() => {
  jest.restoreAllMocks();
});

const size = 262_144;
const shifting = folder.file(
  straceLog([
    [7, 'openat(AT_FDCWD, "a", O_RDWR|O_CREAT, 0644) = 3'],
    [7, `pwrite64(3, "..."..., ${size}, 0) = ${size}`],
    [7, 'pwrite64(3, "..."..., 5000, 100000) = 5000'],
    [7, 'fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 65536, 16384) = 0'],
    [7, `pread64(3, "..."..., ${size}, 0) = ${size - 16_384}`],
    [7, 'fallocate(3, FALLOC_FL_INSERT_RANGE, 32768, 16384) = 0'],
    [7, 'fallocate(3, FALLOC_FL_ZERO_RANGE, 131072, 5000) = 0'],
    [7, 'pwrite64(3, "..."..., 700, 40000) = 700'],
    [7, 'fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 0, 10) = -1 EINVAL (Invalid argument)'],
    [7, `pread64(3, "..."..., ${size}, 0) = ${size}`],
    [7, 'fsync(3) = 0'],
    [7, 'fallocate(3, FALLOC_FL_INSERT_RANGE, 4096, 8192) = 0'],
    [7, `pread64(3, "..."..., 8192, ${size}) = 8192`],
    [7, 'close(3) = 0'],
  ]),
);

test('bytes that a collapse or an insert moved are right at their new places', async () => {
  const report = await run([shifting]);
  expect(report.results.disagreements).toEqual([]);
  expect(report.oracle.violations).toBe(0);
  expect(report.oracle.bytes_checked).toBeGreaterThan(2 * size);
  expect(report.fsck.errors).toBe(0);
});

test.each(['beginCollapse', 'beginInsert'] as const)(
  'a shift that is a block off is found: %s',
  async (name) => {
    const begin = FileOracle.prototype[name];
    jest.spyOn(FileOracle.prototype, name).mockImplementation(function (
      this: FileOracle,
      task,
      inode,
      from,
      length,
    ) {
      begin.call(this, task, inode, from, length + 4096);
    });
    const report = await run([shifting]);
    expect(report.oracle.violations).toBeGreaterThan(0);
  },
);

test('a collapse that nobody tells the oracle is found', async () => {
  jest.spyOn(FileOracle.prototype, 'beginCollapse').mockImplementation(() => undefined);
  const report = await run([shifting]);
  expect(report.oracle.violations).toBeGreaterThan(0);
});

/** Shifts of what is synced already, with writes and a sync now and then. */
const shiftingSynced = folder.file(
  straceLog([
    [7, 'openat(AT_FDCWD, "a", O_RDWR|O_CREAT, 0644) = 3'],
    [7, `pwrite64(3, "..."..., ${size}, 0) = ${size}`],
    [7, 'fsync(3) = 0'],
    ...Array.from({ length: 20 }, (_, i): [number, string][] => {
      const mode = i % 2 === 0 ? 'FALLOC_FL_INSERT_RANGE' : 'FALLOC_FL_COLLAPSE_RANGE';
      return [
        [7, `fallocate(3, ${mode}, ${(i % 5) * 8192}, 16384) = 0`],
        [7, `pwrite64(3, "..."..., 9000, ${i * 7000}) = 9000`],
        [7, i % 3 === 2 ? 'fsync(3) = 0' : 'lseek(3, 0, SEEK_SET) = 0'],
      ];
    }).flat(),
    [7, 'close(3) = 0'],
  ]),
);

test('power lost at any moment around shifts loses nothing that was synced', async () => {
  const report = await run([shiftingSynced], { powerCuts: 60 });
  expect(report.results.disagreements).toEqual([]);
  expect(report.power_cuts).toMatchObject({ lost_synced_bytes: 0, foreign_bytes: 0 });
});

test('a log force that does not flush is found among shifts as well', async () => {
  const report = await run([shiftingSynced], { powerCuts: 60, knobs: { logForceFlush: 'skip' } });
  expect(report.power_cuts?.['lost_synced_bytes']).toBeGreaterThan(0);
});

test('a file that was there before has the size that it shows, less what was shifted', async () => {
  const trace = folder.file(
    straceLog([
      [7, 'openat(AT_FDCWD, "b", O_RDWR) = 3'],
      [7, 'fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 0, 8192) = 0'],
      [7, 'lseek(3, 0, SEEK_END) = 50000'],
      [7, 'fallocate(3, FALLOC_FL_INSERT_RANGE, 4096, 4096) = 0'],
      [7, 'pread64(3, "..."..., 60000, 0) = 54096'],
      [7, 'close(3) = 0'],
    ]),
  );
  const report = await run([trace]);
  expect(report.results.disagreements).toEqual([]);
  expect(report.oracle.violations).toBe(0);
});
