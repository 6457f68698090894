/** Names: relative ones, directories that move, the scope, and what -y adds. */
import { describe, expect, test } from '@jest/globals';
import { OpKind, PathFlag, RenameFlag } from '../src/op-kind.js';
import type { TraceOptions } from '../src/reader.js';
import { calls } from './memory-trace.js';

/** Names of all operations of a trace. */
async function names(lines: readonly string[], options: TraceOptions): Promise<string[]> {
  const { reader, records } = await calls(lines, options);
  return records.filter((r) => !r.isImplied).map(({ path }) => reader.names.text(path));
}

describe('a relative name', () => {
  test('starts at the directory that the option gives, then where chdir went', async () => {
    const lines = ['mkdir("x", 0777) = 0', 'chdir("x/./y/..") = 0', 'unlink("../z") = 0'];
    expect(await names(lines, { scope: '/d', cwd: '/d' })).toEqual(['/d/x', '/d/z']);
  });

  test('starts at the directory behind its descriptor', async () => {
    const lines = [
      'openat(AT_FDCWD, "/d/dir", O_RDONLY|O_DIRECTORY) = 5',
      'openat(5, "f", O_RDONLY) = 6',
      'fchdir(5) = 0',
      'unlinkat(AT_FDCWD, "g", 0) = 0',
    ];
    expect(await names(lines, { scope: '/d' })).toEqual(['/d/dir', '/d/dir/f', '/d/dir/g']);
  });

  test('starts where -y says, whatever has been assumed', async () => {
    const lines = [
      'openat(AT_FDCWD</d/w>, "f", O_RDONLY) = 3</d/w/f>',
      'unlinkat(9</d/v>, "g", 0) = 0',
    ];
    expect(await names(lines, { scope: '/d', cwd: '/' })).toEqual(['/d/w/f', '/d/v/g']);
  });

  test('follows its directory when that is renamed', async () => {
    const lines = [
      'openat(AT_FDCWD, "/d/old", O_RDONLY|O_DIRECTORY) = 5',
      'chdir("/d/old/in") = 0',
      'rename("/d/old", "/d/new") = 0',
      'mkdirat(5, "a", 0777) = 0',
      'mkdir("b", 0777) = 0',
    ];
    const found = await names(lines, { scope: '/d' });
    expect(found.slice(2)).toEqual(['/d/new/a', '/d/new/in/b']);
  });
});

test('names with escapes, commas and brackets are what they were', async () => {
  const lines = [
    String.raw`openat(AT_FDCWD, "/d/a\"b, (c]\303\244\n", O_RDONLY) = 3`,
    'fsync(3</d/x(1, 2>) = 0',
  ];
  const { reader, records } = await calls(lines, { scope: '/d' });
  expect(reader.names.text(records[0]?.path ?? -1)).toBe('/d/a"b, (c]ä\n');
  expect(records[1]).toMatchObject({ kind: OpKind.Fsync, handle: 0 });
});

test('two names, their order, and the flags of the call', async () => {
  const { reader, records } = await calls([
    'renameat2(AT_FDCWD, "/d/a", AT_FDCWD, "/d/b", RENAME_NOREPLACE|RENAME_EXCHANGE) = 0',
    'linkat(AT_FDCWD, "/d/a", AT_FDCWD, "/d/c", AT_SYMLINK_FOLLOW) = 0',
    'symlink("../any where", "/d/s") = 0',
    'unlinkat(AT_FDCWD, "/d/e", AT_REMOVEDIR) = -1 ENOTEMPTY (Directory not empty)',
  ]);
  const [rename, link, symlink, rmdir] = records;
  const text = (id: number | undefined): string => reader.names.text(id ?? -1);
  expect([text(rename?.path), text(rename?.path2)]).toEqual(['/d/a', '/d/b']);
  expect(rename?.flags).toBe(RenameFlag.NoReplace | RenameFlag.Exchange);
  expect([text(link?.path2), link?.flags]).toEqual(['/d/c', PathFlag.FollowLink]);
  expect([text(symlink?.path), text(symlink?.path2)]).toEqual(['/d/s', '../any where']);
  expect(rmdir).toMatchObject({ kind: OpKind.Rmdir, errno: 39, result: -1, hasResult: 1 });
});

describe('the scope', () => {
  const lines = [
    'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3',
    'read(3, ""..., 10) = 10',
    'openat(AT_FDCWD, "/usr/tmp", O_RDWR) = 4',
    'openat(AT_FDCWD, "/srv/f", O_RDONLY) = 5',
    'stat("/proc/self", 0x7ffc) = -1 ENOENT (No such file or directory)',
    'openat(AT_FDCWD, "/dev/null", O_RDWR) = 6',
    'socket(AF_UNIX, SOCK_STREAM, 0) = 7',
    'write(7, "x", 1) = 1',
  ];

  test('without a directory leaves out the system, unless it is changed', async () => {
    expect(await names(lines, {})).toEqual(['/usr/tmp', '/srv/f']);
  });

  test('with a directory is what is in it, and not what only begins like it', async () => {
    const more = [...lines, 'mkdir("/srv2", 0777) = 0', 'mkdir("/srv", 0777) = 0'];
    expect(await names(more, { scope: '/srv/' })).toEqual(['/srv/f', '/srv']);
  });

  test('takes a call with two names if one of them is in it', async () => {
    const { records } = await calls(['rename("/tmp/a", "/d/a") = 0'], { scope: '/d' });
    expect(records).toHaveLength(1);
  });

  test('leaves out a standard stream that only -y knows', async () => {
    const { records, reader } = await calls(['read(0</d/in.sql>, ""..., 10) = 10']);
    expect(records).toHaveLength(0);
    expect(reader.skipped.get('standard stream opened before the trace')).toBe(1);
  });

  test('takes another descriptor that only -y knows, opened by implication', async () => {
    const { records } = await calls(['fsync(8</d/f>) = 0', 'fsync(8</d/f>) = 0']);
    expect(records.map((r) => [r.kind, r.handle, r.isImplied])).toEqual([
      [OpKind.Open, 0, true],
      [OpKind.Fsync, 0, false],
      [OpKind.Fsync, 0, false],
    ]);
  });
});
