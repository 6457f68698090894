/** Lines and operands of strace; what calls do to tables is tested in test/. */
import { describe, expect, test } from '@jest/globals';
import { calls, drain, readerOf } from '../../test/memory-trace.js';
import { FallocateMode, IoctlRequest, OpKind, SyncRangeFlag, Whence } from '../op-kind.js';

const open = 'openat(AT_FDCWD, "/d/a", O_RDWR|O_CREAT|O_TRUNC, 0644) = 3 <0.000010>';

describe('the line', () => {
  test.each([
    ['with -f', '12 1795230523.055265 fsync(3) = 0 <0.000420>'],
    ['on a terminal', '[pid    12] 1795230523.055265 fsync(3) = 0 <0.000420>'],
    ['of one task', '1795230523.055265 fsync(3) = 0 <0.000420>'],
    ['padded', '12    1795230523.055265 fsync(3)             = 0 <0.000420>'],
    ['with a carriage return', '12 1795230523.055265 fsync(3) = 0 <0.000420>\r'],
  ])('%s is read', async (_name, line) => {
    const opening = line.replace(/fsync.*/, 'openat(AT_FDCWD, "/d/f", O_RDWR) = 3 <0.000001>');
    const reader = await readerOf('strace-f-ttt-T', `${opening}\n${line}\n`, { scope: '/d' });
    const [, record] = await drain(reader);
    expect(record).toMatchObject({ kind: OpKind.Fsync, startNs: 0, endNs: 420_000, result: 0 });
  });

  test('with nanoseconds is read to the nanosecond', async () => {
    const text = [
      '1 100.999999999 creat("/d/a", 0644) = 3 <0.000000123>',
      '1 101.000000001 close(3) = 0 <0.000000001>',
      '',
    ].join('\n');
    const records = await drain(await readerOf('strace-f-ttt-T', text, { scope: '/d' }));
    expect(records.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [0, 123],
      [2, 3],
    ]);
  });

  test.each(['1 100.5 fsync(3', '1 100', 'torn', '1 100.000001 )= 0', '1 100.000001 fsync(3) 0'])(
    'of no known form, "%s", is counted',
    async (torn) => {
      const reader = await readerOf('strace-f-ttt-T', `${torn}\n`);
      expect(await drain(reader)).toHaveLength(0);
      expect(reader.badLineNumbers).toEqual([1]);
    },
  );

  test('that strace adds itself is not a bad one', async () => {
    const reader = await readerOf('strace-f-ttt-T', 'strace: Process 12 attached\n\n');
    await drain(reader);
    expect(reader.badLineCount).toBe(0);
  });
});

describe('the operands', () => {
  test.each([
    [
      'lseek(3, -10, SEEK_END) = 90',
      { kind: OpKind.Seek, length: -10, whence: Whence.End, result: 90 },
    ],
    [
      'pwrite64(3, "x\\", 1) = 2"..., 100, 4096) = 100',
      { offset: 4096, length: 100, fileOffset: 4096 },
    ],
    [
      'writev(3, [{iov_base="a", iov_len=3}, {iov_base="b, 9", iov_len=4}], 2) = 7',
      { length: 7, result: 7 },
    ],
    [
      'pwritev2(3, [{iov_base="a", iov_len=8}], 1, 512, RWF_DSYNC) = 8',
      { offset: 512, length: 8, flags: 4 },
    ],
    ['ftruncate(3, 5000) = 0', { kind: OpKind.Ftruncate, length: 5000 }],
    [
      'fallocate(3, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 4096, 8192) = 0',
      { offset: 4096, length: 8192, flags: FallocateMode.KeepSize | FallocateMode.PunchHole },
    ],
    ['fallocate(3, 0, 0, 100) = 0', { kind: OpKind.Fallocate, flags: 0 }],
    [
      'sync_file_range(3, 8, 16, SYNC_FILE_RANGE_WRITE) = 0',
      { offset: 8, length: 16, flags: SyncRangeFlag.Write },
    ],
    ['getdents64(3, 0x55 /* 3 entries, (x) */, 32768) = 72', { length: 32768, result: 72 }],
    [
      'ioctl(3, TCGETS, 0x7ff) = -1 ENOTTY (Inappropriate ioctl for device)',
      { errno: 25, flags: IoctlRequest.Terminal },
    ],
    ['fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)', { kind: OpKind.Fcntl, flags: 3 }],
    ['read(3, 0x7ffc, 10) = -1 EIO (Input/output error)', { errno: 5, result: -1 }],
    ['fadvise64(3, 0, 0, POSIX_FADV_SEQUENTIAL) = 0', { kind: OpKind.Advise }],
  ])('of %s', async (call, expected) => {
    const { records, reader } = await calls([open, call]);
    expect(reader.badLines).toEqual([]);
    expect(records[1]).toMatchObject({ handle: 0, ...expected });
  });

  test.each([
    ['copy_file_range(3, [100], 4, NULL, 50, 0) = 40', OpKind.CopyRange, 100, -1, 50],
    ['copy_file_range(3, NULL, 4, [7] => [47], 50, 0) = 40', OpKind.CopyRange, -1, 7, 50],
    ['sendfile(4, 3, [10] => [50], 40) = 40', OpKind.Sendfile, 10, -1, 40],
    ['ioctl(4, BTRFS_IOC_CLONE or FICLONE, 3) = 0', OpKind.CloneFile, -1, -1, 0],
    [
      'ioctl(4, FICLONERANGE, {src_fd=3, src_offset=4096, src_length=8192, dest_offset=512}) = 0',
      OpKind.CloneRange,
      4096,
      512,
      8192,
    ],
    [
      'ioctl(3, FIDEDUPERANGE, {src_offset=1, src_length=2, [{dest_fd=4, dest_offset=3}]}) = 2',
      OpKind.Dedupe,
      1,
      3,
      2,
    ],
  ])('of %s: from one description to another', async (call, kind, offset, offset2, length) => {
    const { records } = await calls([open, 'creat("/d/b", 0644) = 4', call]);
    expect(records[2]).toMatchObject({ kind, handle: 0, handle2: 1, offset, offset2, length });
  });
});

test('calls that no file system sees are counted, and so are opaque ones', async () => {
  const { reader } = await calls(['getpid() = 1', 'io_uring_enter(4, 1, 0, 0, NULL, 8) = 1']);
  expect(Object.fromEntries(reader.skipped)).toEqual({
    'not a file-system call': 1,
    'io_uring_enter is opaque in a trace': 1,
  });
});

test.each([
  'read(5<TCP:[127.0.0.1:80->127.0.0.1:90]>, ""..., 10) = 10',
  'epoll_wait(4<anon_inode:[eventpoll]>, [], 1, 0) = 0',
  'recvmsg(3<UNIX-STREAM:[12->13, "/run/x, y"]>, {msg_namelen=0}, 0) = 0',
  'write(1</dev/pts/0<char 136:0>>, "a", 1) = 1',
  'mmap(NULL, 1, PROT_NONE, MAP_PRIVATE|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0) = 0x7f00',
  'close(3</d/x>(deleted)) = -1 EBADF (Bad file descriptor)',
])('what -yy shows does not confuse: %s', async (call) => {
  expect((await calls([call])).reader.badLines).toEqual([]);
});

test('F_SETFL turns appending on, and the next write goes to the end', async () => {
  const { records } = await calls([
    open,
    'pwrite64(3, ""..., 100, 0) = 100',
    'fcntl(3, F_SETFL, O_RDWR|O_APPEND) = 0',
    'write(3, ""..., 10) = 10',
  ]);
  expect(records[3]?.fileOffset).toBe(100);
});

test('a position follows reads, writes and seeks', async () => {
  const { records } = await calls([
    open,
    'write(3, ""..., 100) = 100',
    'lseek(3, 20, SEEK_SET) = 20',
    'read(3, ""..., 30) = 30',
    'pread64(3, ""..., 5, 0) = 5',
    'read(3, ""..., 9) = 9',
  ]);
  expect(records.map(({ fileOffset }) => fileOffset)).toEqual([-1, 0, -1, 20, 0, 50]);
});
