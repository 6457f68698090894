/** Memory traces through a mapped file: the faults that a kernel took for the same program. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError, TraceError } from '@daxsim/sim';
import { runReplay, summaryLines } from '@daxsim/lab';
import type { ReplayReport, ReplayRequest } from '@daxsim/lab';
import { TraceFolder, fioLog } from './trace-files.js';

const folder = new TraceFolder();
afterAll(() => folder.remove());

const traces = fileURLToPath(new URL('../../../../traces/', import.meta.url));
const recordings = {
  mmsmall: 'pair-mmsmall.lackey.gz',
  pmlog: 'pair-pmlog.pmemcheck.gz',
  pmlist: 'pair-pmlist.pmemcheck.gz',
} as const;
const recordingOf = (pair: keyof typeof recordings): string => `${traces}pair-${pair}.dax.txt.gz`;

async function through(
  trace: string,
  more: { readonly msyncFrom?: string; readonly mapsSync?: boolean; readonly file?: string } = {},
  request: Partial<ReplayRequest> = {},
): Promise<ReplayReport> {
  const { report } = await runReplay({
    ...{ traces: [trace], version: '0.0.0', deviceBytes: '64MiB', fileSystem: 'xfs-dax@6.1' },
    ...request,
    through: { file: 'data', ...more },
  });
  expect(report.oracle.violations).toBe(0);
  expect(report.fsck.errors).toBe(0);
  return report;
}

describe('a pair: the stores of a program give the faults of its recording on a DAX mount', () => {
  // Counted in the recordings by a script of its own.
  const recorded = {
    mmsmall: { holeLoads: 36, pmdFaultsTried: 1, pteReadFaults: 36, pteWriteFaults: 355 },
    pmlog: { holeLoads: 0, pmdFaultsTried: 1, pteReadFaults: 0, pteWriteFaults: 45 },
  };
  const written = {
    mmsmall: { syncWriteFaults: 0, writebackPages: 375, writebackRanges: 12 },
    pmlog: { syncWriteFaults: 45, writebackPages: 0, writebackRanges: 44 },
  };

  test.each(['mmsmall', 'pmlog'] as const)(
    '%s, from its stores alone',
    async (pair) => {
      const { mapped_files: files } = (await through(`${traces}${recordings[pair]}`)).through!;
      expect(files.map((file) => file.as_recorded)).toEqual([
        { ...recorded[pair], ...written[pair] },
      ]);
    },
    60_000,
  );

  test('pmlist, with the calls of its recording', async () => {
    const msyncFrom = recordingOf('pmlist');
    const merged = await through(`${traces}${recordings.pmlist}`, { msyncFrom });
    expect(merged.through!.recorded).toEqual({
      ...{ agrees: true, holeLoads: 1, pmdFaultsTried: 2, pteReadFaults: 2, pteWriteFaults: 786 },
      ...{ syncWriteFaults: 514, writebackPages: 9, writebackRanges: 522 },
    });
    expect(merged.through!.merged).toMatchObject({ msync: 8, store_faults_unexplained: 0 });
  }, 60_000);

  test('without them the output says what a store log lacks', async () => {
    const range = 'FLUSH;0x200000;0x100';
    const alone = await through(folder.file(log(store(0), range, store(1))));
    expect(summaryLines(alone).join('\n')).toMatch(/no msync: 1 flushes .*--msync-from/);
  });
});

const log = (...records: readonly string[]): string =>
  `==9== START|REGISTER_FILE;/d/a;0x200000;0x100000;0x0|${records.join('|')}\n==9== |STOP\n`;
const store = (page: number): string => `STORE;0x${(0x200000 + page * 4096).toString(16)};0x1;0x8`;

test('MAP_SYNC costs a log force for each page first stored to, and can be left out', async () => {
  const trace = folder.file(log(store(0), store(1), store(1), store(2)));
  const sync = (await through(trace)).through!.mapped_files[0]!;
  expect(sync.faults).toMatchObject({ pte: { read: 0, write: 3 }, write_synced: 3 });
  const plain = (await through(trace, { mapsSync: false })).through!.mapped_files[0]!;
  expect(plain.faults).toMatchObject({ pte: { read: 0, write: 3 }, write_synced: 0 });
});

test('addresses without files lie in one file, and faults are by its pages', async () => {
  const trace = folder.file('0x40 R\n0x5040 R\n0x5080 R\n0x40000000 R\n');
  const [file] = (await through(trace)).through!.mapped_files;
  expect(file!.path).toBe('/data');
  expect(file!.faults.pmd.tried + file!.faults.pte.read).toBe(2);
});

test('power cuts find what a program flushed, and reproduce nothing else', async () => {
  const trace = folder.file(log(store(0), 'FLUSH;0x200000;0x40', 'FENCE', store(3)));
  const report = await through(trace, {}, { powerCuts: 5 });
  expect(report.power_cuts).toMatchObject({ moments: 5, foreign_bytes: 0, fsck_errors: 0 });
});

test('what is no memory trace, or another program’s recording, is refused', async () => {
  const fio = folder.file(fioLog(['write 0 4096']));
  await expect(through(fio)).rejects.toThrow(TraceError);
  const pmlog = `${traces}${recordings.pmlog}`;
  await expect(through(pmlog, { msyncFrom: fio })).rejects.toThrow(/no event of a kernel trace/);
  const other = recordingOf('mmsmall');
  await expect(through(pmlog, { msyncFrom: other })).rejects.toThrow(/maps no file/);
  const two = log('REGISTER_FILE;/d/b;0x800000;0x1000;0x0', 'FENCE', store(0));
  await expect(through(folder.file(two), { file: '/d/c' })).rejects.toThrow(ConfigError);
});
