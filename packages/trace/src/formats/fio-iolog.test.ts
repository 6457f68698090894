/** fio logs: the grammar to its last field, leftovers that are not believed, and both waits. */
import { describe, expect, test } from '@jest/globals';
import { drain, readerOf } from '../../test/memory-trace.js';
import { OpKind } from '../op-kind.js';
import type { TraceOptions } from '../reader.js';

const v3 = (lines: string[], options: TraceOptions = {}) =>
  readerOf('fio-iolog-v3', ['fio version 3 iolog', ...lines, ''].join('\n'), options);
const v2 = (lines: string[], options: TraceOptions = {}) =>
  readerOf('fio-iolog-v2', ['fio version 2 iolog', ...lines, ''].join('\n'), options);

describe('a version 3 log', () => {
  test('gives one record for each line, with its microseconds in nanoseconds', async () => {
    const reader = await v3(['7 /f add', '8 /f open', '9 /f write 4096 512', '10 /f close']);
    const records = await drain(reader);
    expect(records.map(({ kind }) => kind)).toEqual([
      OpKind.Create,
      OpKind.Open,
      OpKind.Write,
      OpKind.Close,
    ]);
    expect(records[2]).toMatchObject({
      startNs: 9000,
      offset: 4096,
      length: 512,
      handle: 0,
      line: 4,
      sequence: 2,
    });
    expect(reader.names.text(records[2]?.path ?? -1)).toBe('/f');
  });

  test('of a job with relative names has its files where fio was started', async () => {
    const lines = ['1 ./job.0 add', '2 ./job.0 open', '3 sub/job.1 write 0 512'];
    const namesOf = async (options: TraceOptions): Promise<string[]> => {
      const reader = await v3(lines, options);
      const paths = (await drain(reader)).map(({ path }) => reader.names.text(path));
      return [...new Set(paths)];
    };
    expect(await namesOf({})).toEqual(['/job.0', '/sub/job.1']);
    expect(await namesOf({ cwd: '/mnt/pmem/' })).toEqual([
      '/mnt/pmem/job.0',
      '/mnt/pmem/sub/job.1',
    ]);
  });

  test('does not believe the offset and length of a sync', async () => {
    const [, record] = await drain(await v3(['1 /f sync 4096 512']));
    expect(record).toMatchObject({ kind: OpKind.Fsync, offset: -1, length: 0 });
  });

  test('holds offsets beyond four gigabytes', async () => {
    const records = await drain(await v3(['1 /f open', '2 /f read 1099511627776 4096']));
    expect(records[1]?.offset).toBe(1_099_511_627_776);
  });

  test.each([
    '5 /f write 1 2 3',
    '5 /f write 1',
    '5 /f wr',
    '5 /f/mnt8192',
    '5 /f write 1 2x',
    '/f write 1 2',
    '5x /f write 1 2',
    '5 /mfio version 3 iolog',
    '5 /f close 0 0',
    '5 /f write -1 2',
  ])('counts the torn line "%s" with its number', async (torn) => {
    const reader = await v3(['1 /f open', torn, '9 /f close']);
    expect(await drain(reader)).toHaveLength(2);
    expect(reader.badLineCount).toBe(1);
    expect(reader.badLineNumbers).toEqual([3]);
    expect(reader.badLines).toEqual([{ line: 3, text: torn }]);
  });

  test('shows the first five bad lines and counts all', async () => {
    const reader = await v3(Array.from({ length: 9 }, (_, i) => `torn${i}`));
    await drain(reader);
    expect(reader.badLineCount).toBe(9);
    expect(reader.badLines).toHaveLength(5);
    expect(reader.badLineNumbers).toHaveLength(9);
  });

  test('refuses the first bad line when it is to be strict, and says where', async () => {
    const reader = await v3(['1 /f open', 'torn'], { strict: true });
    await expect(drain(reader)).rejects.toThrow('memory:3: a line that does not parse: "torn"');
  });

  test('may repeat its header, have empty lines and lack the last line feed', async () => {
    const reader = await v3(['1 /f open', 'fio version 3 iolog', '', '2 /f close']);
    expect(await drain(reader)).toHaveLength(2);
    const cut = await readerOf('fio-iolog-v3', 'fio version 3 iolog\n1 /f open\n2 /f close');
    expect(await drain(cut)).toHaveLength(2);
    expect([reader.badLineCount, cut.badLineCount]).toEqual([0, 0]);
  });

  test('opens a file by implication when the log uses it unopened', async () => {
    const records = await drain(await v3(['1 /f write 0 1', '2 /f write 1 1']));
    expect(records.map((r) => [r.kind, r.handle, r.isImplied, r.inScope])).toEqual([
      [OpKind.Open, 0, true, false],
      [OpKind.Write, 0, false, true],
      [OpKind.Write, 0, false, true],
    ]);
  });

  test('gives a file that is opened again another handle', async () => {
    const lines = ['1 /f open', '2 /f close', '3 /f open', '4 /f read 0 1'];
    expect((await drain(await v3(lines))).map(({ handle }) => handle)).toEqual([0, 0, 1, 1]);
  });
});

describe('a wait of a version 2 log', () => {
  const lines = ['/f open', '/f wait 100 0', '/f write 0 1', '/f wait 250 0', '/f write 1 1'];
  const times = async (options: TraceOptions) => {
    const reader = await v2(lines, options);
    const records = await drain(reader);
    return { reader, starts: records.map(({ startNs }) => startNs) };
  };

  test('is a gap in microseconds since the previous wait by default', async () => {
    const { reader, starts } = await times({});
    expect(starts).toEqual([-1, 0, 100_000, 100_000, 350_000]);
    expect(reader.notes).toEqual([expect.stringContaining('gap-us')]);
    expect(reader.tallies.get('waitUs')).toBe(350);
  });

  test('is a time in milliseconds if the option says so', async () => {
    const { reader, starts } = await times({ fioWait: 'abs-ms' });
    expect(starts).toEqual([-1, 0, 100_000_000, 100_000_000, 250_000_000]);
    expect(reader.notes).toEqual([expect.stringContaining('abs-ms')]);
  });

  test('is an operation whose length is the time with nothing to do', async () => {
    const records = await drain(await v2(lines));
    const waits = records.filter(({ kind }) => kind === OpKind.Wait);
    expect(waits.map(({ length }) => length)).toEqual([100_000, 250_000]);
  });
});
