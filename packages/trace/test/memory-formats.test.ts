/** Memory traces: what a line means, where an access lies, and what traps the tools have. */
import { describe, expect, test } from '@jest/globals';
import { LoadFlag, OpKind } from '../src/op-kind.js';
import { renderRecord } from '../src/info.js';
import type { TraceOptions } from '../src/reader.js';
import type { TraceRecord } from '../src/record.js';
import { TraceSummary } from '../src/summary.js';
import { drain, readerOf } from './memory-trace.js';

async function recordsOf(
  format: string,
  text: string,
  options: TraceOptions = {},
): Promise<TraceRecord[]> {
  return drain(await readerOf(format, text, options));
}

describe('lackey', () => {
  const call = (number: number, rest: string): string => `SYSCALL[7,1](${number}) ${rest}\n`;
  const open = (name: string, fd: number): string =>
    call(257, `sys_openat ( 4294967196, 0x1f(${name}), 66, 420 ) --> [async] ... `) +
    call(257, `... [async] --> Success(0x${fd.toString(16)})`);
  const values = '( 0x0, 8192, 3, 1, 4, 4096 )';
  const map = call(9, `sys_mmap ${values} --> [pre-success] Success(0x4800000)`);

  test('an access to a mapped file has its place in it and the instructions before', async () => {
    const text = `I  0401,2\nI  0402,2\n${open('/d/f', 4)}${map}I  0403,2\n S 04800010,8\n`;
    const records = await recordsOf('valgrind-lackey', text, { scope: '/d' });
    expect(records.map(({ kind, gap }) => [kind, gap])).toEqual([
      [OpKind.Open, 2],
      [OpKind.Mmap, 0],
      [OpKind.Store, 1],
    ]);
    expect(records[2]).toMatchObject({
      ...{ handle: 0, mapping: 0, offset: 16, fileOffset: 4112, length: 8, address: 0x4800010 },
    });
  });

  test('an access outside of mapped files is counted, or told if all are wanted', async () => {
    const text = `${open('/d/f', 4)}${map} L 1fff0,4\n L 04800000,4\n`;
    const reader = await readerOf('valgrind-lackey', text);
    const kinds = (await drain(reader)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === OpKind.Load)).toHaveLength(1);
    expect(reader.skipped.get('accesses outside of mapped files')).toBe(1);
    const all = await recordsOf('valgrind-lackey', text, { memory: 'all' });
    expect(all.filter(({ kind }) => kind === OpKind.Load)).toHaveLength(2);
  });

  test('what was unmapped is no file any more, and a copy moves with mremap', async () => {
    const text = [
      open('/d/f', 4),
      map,
      call(25, 'sys_mremap ( 0x4800000, 8192, 16384, 0x1, 0x0 )[sync] --> Success(0x5000000)'),
      ' S 04800000,8\n S 05000008,8\n',
      call(11, 'sys_munmap ( 0x5000000, 16384 )[sync] --> Success(0x0)'),
      ' S 05000008,8\n',
    ].join('');
    const stores = (await recordsOf('valgrind-lackey', text)).filter(
      ({ kind }) => kind === OpKind.Store,
    );
    expect(stores.map(({ fileOffset }) => fileOffset)).toEqual([4104]);
  });

  test('a call that failed changes nothing and says why', async () => {
    const text = call(2, 'sys_open ( 0x1f(/d/x (1), y), 0 ) --> [async] ... ');
    const [record] = await recordsOf(
      'valgrind-lackey',
      text + call(2, '... [async] --> Failure(0x2)'),
      { scope: '/d' },
    );
    expect(record).toMatchObject({ kind: OpKind.Open, errno: 2, handle: -1 });
  });

  test('a trace without SYSCALL lines says what is missing', async () => {
    const reader = await readerOf('valgrind-lackey', 'I  0401,2\n L 1fff0,4\n');
    expect(await drain(reader)).toHaveLength(0);
    expect(reader.notes[0]).toContain('--trace-syscalls=yes');
  });
});

describe('pmemcheck', () => {
  const log = (records: string): string =>
    `==9== pmemcheck-1.0\n==9== START|${records}\n==9== |STOP\n`;

  test('the file registered last at an address is the one stored to', async () => {
    const records = await recordsOf(
      'pmemcheck-store-log',
      log(
        'REGISTER_FILE;/d/a;0x1000;0x3000;0x0|REGISTER_FILE;/d/b;0x2000;0x1000;0x8000|' +
          'STORE;0x1ff8;0x1122334455667788;0x8|STORE;0x2010;0x1;0x1|STORE;0x3000;0x1;0x1',
      ),
    );
    const stores = records.filter(({ kind }) => kind === OpKind.Store);
    expect(stores.map(({ path, fileOffset }) => [path, fileOffset])).toEqual([
      [0, 0xff8],
      [1, 0x8010],
      [0, 0x2000],
    ]);
    expect(stores[0]).toMatchObject({ valueHigh: 0x11223344, valueLow: 0x55667788 });
  });

  test("valgrind's words between two records are no record and break none", async () => {
    const reader = await readerOf(
      'pmemcheck-store-log',
      log('STORE;0x10;0x1;0x8\n==9== brk segment overflow\n==9== |FENCE|Some.BEGIN|FLUSH;0x0;0x40'),
    );
    const kinds = (await drain(reader)).map(({ kind }) => kind);
    expect(kinds).toEqual([OpKind.Store, OpKind.Fence, OpKind.Mark, OpKind.FlushRange]);
    expect(reader.badLineCount).toBe(0);
  });

  test('stack traces behind a store are passed over, halves of records are not', async () => {
    const reader = await readerOf(
      'pmemcheck-store-log',
      log('STORE;0x10;0x1;0x8;main (a.c:3);start|STORE;0x10;0x1|FENCE'),
    );
    expect(await drain(reader)).toHaveLength(2);
    expect(reader.badLineCount).toBe(1);
  });

  test.each(['STORE', 'FLUSH', 'DEEP_SYNC', 'ST', 'REGISTER_FILE', 'STORE;'])(
    '%s with nothing behind it is one bad record or a mark, and the next is read',
    async (word) => {
      const reader = await readerOf('pmemcheck-store-log', log(`${word}|FENCE`));
      const records = await drain(reader);
      expect(records.at(-1)?.kind).toBe(OpKind.Fence);
      expect(records.length + reader.badLineCount).toBe(2);
    },
  );

  test('stores behind the last fence are a tail that nothing ordered', async () => {
    const reader = await readerOf(
      'pmemcheck-store-log',
      log('FENCE|STORE;0x10;0x1;0x8|FENCE|FENCE|STORE;0x40;0x1;0x8'),
    );
    const summary = new TraceSummary(reader);
    do while (reader.next()) summary.add(reader.record);
    while (await reader.fill());
    const counts = summary.finish().as_recorded;
    expect(counts).toMatchObject({ nonEmptyEpochs: 1, unflushedTail: 1 });
    expect(counts['storesOutsideRegisteredFiles']).toBe(2);
  });
});

test('mmiotrace: a register is an offset in its BAR, not in the mapping', async () => {
  const lines = [
    'VERSION 20070824',
    'PCIDEV 0120 1b360010 b febf0004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme',
    'MAP 1.000001 3 0xfebf2000 0xffa000000009d000 0x410 0x0 0',
    'W 4 1.500000 3 0xfebf200c 0xffffffff 0x0 12',
    'UNMAP 2.000000 3 0x0 0',
    'R 8 2.500000 3 0xfebf2000 0x1 0x0 12',
  ];
  const reader = await readerOf('mmiotrace', `${lines.join('\n')}\n`);
  const records = await drain(reader);
  const store = records.find(({ kind }) => kind === OpKind.Store);
  expect(store).toMatchObject({ offset: 12, fileOffset: 0x200c, length: 4, startNs: 1.5e9 });
  expect(reader.names.text(store?.path ?? -1)).toBe('/pci/01:04.0/bar0');
  expect(records.find(({ kind }) => kind === OpKind.Load)).toMatchObject({ mapping: -1 });
});

describe('traces of memory simulators', () => {
  test('a pause of VANS comes before the next access', async () => {
    const records = await recordsOf('vans', '# made by hand\n0x40 C:7\n0x80 W\n1000 R\n');
    expect(records.map(({ address, gap }) => [address, gap])).toEqual([
      [0x40, -1],
      [0x80, 7],
      [0x1000, -1],
    ]);
    expect(records[0]?.flags).toBe(LoadFlag.Critical);
  });

  test('an address of Ramulator 2 is decimal unless it says 0x', async () => {
    const records = await recordsOf('ramulator2-ls', 'LD 128\nST 0x80\n');
    expect(records.map(({ address }) => address)).toEqual([128, 128]);
  });

  test('NVMain: the value, the thread, and old data passed over', async () => {
    const text = 'NVMV1\n5 W 0x40 00000001FFFFFFFF 00AB 3\n9 R 0x80 0000000000000000 0\n';
    const reader = await readerOf('nvt', text);
    const records = await drain(reader);
    expect(records.map(({ gap, task }) => [gap, task])).toEqual([
      [5, 0],
      [4, 1],
    ]);
    expect(records[0]).toMatchObject({ valueHigh: 1, valueLow: -1 });
    expect(reader.taskIds).toEqual([3, 0]);
    expect(reader.skipped.get('old data of NVMain')).toBe(1);
  });

  test('a line shows its address and value', async () => {
    const reader = await readerOf('nvt', '5 W 0x40 0000000100000002 0\n');
    await reader.fill();
    reader.next();
    expect(renderRecord(reader)).toMatch(/store \(W\) .*address 0x40 .*= 0x100000002$/);
  });
});
