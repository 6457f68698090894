/** What a descriptor number stands for: dup, fork, exec, close, and calls that overlap. */
import { describe, expect, test } from '@jest/globals';
import { CloseFlag, OpKind, OpenFlag } from '../src/op-kind.js';
import type { TraceRecord } from '../src/record.js';
import { calls } from './memory-trace.js';

const opened = 'openat(AT_FDCWD, "/d/a", O_RDWR|O_CREAT, 0644) = 3 <0.000010>';

/** Kind and handle of the operations, without what is implied. */
function handles(records: readonly TraceRecord[]): (readonly [OpKind, number])[] {
  return records.filter(({ isImplied }) => !isImplied).map((r) => [r.kind, r.handle] as const);
}
const implied = (records: readonly TraceRecord[], kind: OpKind): TraceRecord[] =>
  records.filter((record) => record.isImplied && record.kind === kind);

describe('a description', () => {
  test('is a new handle for each open, though the number returns', async () => {
    const { records } = await calls([opened, 'close(3) = 0', opened, 'fsync(3) = 0']);
    expect(records.map(({ handle }) => handle)).toEqual([0, 0, 1, 1]);
    expect(records[0]?.flags).toBe(OpenFlag.Read | OpenFlag.Write | OpenFlag.Create);
  });

  test('is shared by dup, with its position, and goes with the last close', async () => {
    const { records } = await calls([
      opened,
      'dup(3) = 4',
      'write(3, "x"..., 100) = 100',
      'write(4, "x"..., 50) = 50',
      'close(3) = 0',
      'close(4) = 0',
    ]);
    expect(new Set(records.map(({ handle }) => handle))).toEqual(new Set([0]));
    expect(records[3]).toMatchObject({ kind: OpKind.Write, offset: -1, fileOffset: 100 });
    expect(records.slice(4).map(({ flags }) => flags)).toEqual([0, CloseFlag.Last]);
  });

  test.each(['dup2(3, 9) = 9', 'fcntl(3, F_DUPFD_CLOEXEC, 9) = 9', 'dup3(3, 9, O_CLOEXEC) = 9'])(
    'answers to the number that %s gave it',
    async (call) => {
      const { records } = await calls([opened, call, 'fsync(9) = 0']);
      expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
      expect(records[1]?.kind).toBe(OpKind.Dup);
    },
  );

  test('is closed by implication when dup2 takes its number', async () => {
    const { records } = await calls([
      opened,
      'openat(AT_FDCWD, "/d/b", O_RDONLY) = 4',
      'dup2(3, 4) = 4',
      'fsync(4) = 0',
    ]);
    expect(implied(records, OpKind.Close)).toMatchObject([{ handle: 1, flags: CloseFlag.Last }]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
  });

  test('appends where the file ends, as far as the trace has told', async () => {
    const { records } = await calls([
      'openat(AT_FDCWD, "/d/log", O_WRONLY|O_APPEND) = 3',
      'newfstatat(3, "", {st_mode=S_IFREG|0644, st_size=500, ...}, AT_EMPTY_PATH) = 0',
      'write(3, "x", 10) = 10',
    ]);
    expect(records[1]).toMatchObject({ kind: OpKind.Stat, statSize: 500, fileType: 1, handle: 0 });
    expect(records[2]?.fileOffset).toBe(500);
  });
});

describe('a fork', () => {
  const fork = 'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2';

  test('copies the table: the child closing a number leaves the parent its own', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      `1 ${fork}`,
      '2 close(3) = 0',
      '2 fsync(3) = -1 EBADF (Bad file descriptor)',
      '1 fsync(3) = 0',
    ]);
    expect(handles(records)).toEqual([
      [OpKind.Open, 0],
      [OpKind.Close, 0],
      [OpKind.Fsync, 0],
    ]);
    expect(records[2]?.flags).toBe(0);
    expect(implied(records, OpKind.Fork)).toMatchObject([{ task: 0, child: 1 }]);
  });

  test('with CLONE_FILES shares it: a number opened by one is known to the other', async () => {
    const { records } = await calls([
      '1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD, exit_signal=0}, 88) = 2',
      `2 ${opened}`,
      '1 fsync(3) = 0',
    ]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
  });

  test('is known from the child before the parent has returned from it', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>',
      '2 fsync(3) = 0',
      '1 <... clone resumed>) = 2 <0.000100>',
    ]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
    expect(implied(records, OpKind.Fork)).toHaveLength(1);
  });

  test('by two parents at once: the child waits until a return tells whose it is', async () => {
    const { records, reader } = await calls([
      `1 ${opened}`,
      '1 fork() = 2',
      '2 close(3) = 0',
      '2 openat(AT_FDCWD, "/d/b", O_RDONLY) = 3',
      '1 fork( <unfinished ...>',
      '2 fork( <unfinished ...>',
      '9 fsync(3 <unfinished ...>',
      '8 fdatasync(3) = 0',
      '9 <... fsync resumed>) = 0',
      '2 <... fork resumed>) = 9',
      '1 <... fork resumed>) = 8',
      '9 +++ exited with 0 +++',
    ]);
    expect(handles(records).slice(-2)).toEqual([
      [OpKind.Fsync, 1],
      [OpKind.Fdatasync, 0],
    ]);
    expect(reader.taskIds).toEqual([1, 2, 9, 8]);
    expect(implied(records, OpKind.Fork).map((r) => [r.task, r.child])).toEqual([
      [0, 1],
      [1, 2],
      [0, 3],
    ]);
  });

  test('whose parents never return still gives the lines of its children', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 fork() = 2',
      '1 fork( <unfinished ...>',
      '2 fork( <unfinished ...>',
      '9 fsync(3) = 0',
    ]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
  });

  test('that the trace does not show makes a thread of the first task, and a note', async () => {
    const { records, reader } = await calls([`1 ${opened}`, '7 fsync(3) = 0']);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
    expect(reader.notes).toEqual([expect.stringContaining('task 7 appears without a fork')]);
  });
});

describe('exec and exit', () => {
  test('exec drops what is marked close-on-exec, and only that', async () => {
    const { records } = await calls([
      'openat(AT_FDCWD, "/d/a", O_RDONLY|O_CLOEXEC) = 3',
      'openat(AT_FDCWD, "/d/b", O_RDONLY) = 4',
      'openat(AT_FDCWD, "/d/c", O_RDONLY) = 5',
      'fcntl(5, F_SETFD, FD_CLOEXEC) = 0',
      'execve("/bin/x", ["x"], 0x7ffc /* 3 vars */) = 0',
      'fsync(4) = 0',
      'fsync(3) = 0',
    ]);
    expect(implied(records, OpKind.Close).map(({ handle }) => handle)).toEqual([0, 2]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 1]);
  });

  test('a failed exec drops nothing', async () => {
    const { records } = await calls([
      'openat(AT_FDCWD, "/d/a", O_RDONLY|O_CLOEXEC) = 3',
      'execve("/bin/x", ["x"], 0x7ffc /* 3 vars */) = -1 ENOENT (No such file or directory)',
      'fsync(3) = 0',
    ]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
  });

  test('exec by a thread goes on under the number of the first', async () => {
    const { records, reader } = await calls([
      `1 ${opened}`,
      '1 clone(flags=CLONE_VM|CLONE_FILES|CLONE_FS) = 2',
      '2 execve("/bin/x", ["x"], 0x7ffc /* 3 vars */ <unfinished ...>',
      '1 +++ superseded by execve in pid 2 +++',
      '1 <... execve resumed>) = 0',
      '1 fsync(3) = 0',
    ]);
    expect(handles(records).at(-1)).toEqual([OpKind.Fsync, 0]);
    expect(reader.taskIds).toEqual([1, 2]);
  });

  test('the last task of a table closes what is open when it exits', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 fork() = 2',
      '2 +++ exited with 0 +++',
      '1 +++ killed by SIGKILL +++',
    ]);
    expect(implied(records, OpKind.Close)).toMatchObject([{ task: 0, handle: 0, line: 4 }]);
    expect(implied(records, OpKind.Exit).map(({ task }) => task)).toEqual([1, 0]);
  });
});

describe('a call that other tasks interrupt in the log', () => {
  test('is one record, told when it ends, with the descriptor of when it started', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 clone(flags=CLONE_VM|CLONE_FILES|CLONE_FS) = 2',
      '1 fsync(3 <unfinished ...>',
      '2 close(3) = 0',
      '2 openat(AT_FDCWD, "/d/b", O_RDONLY) = 3',
      '1 <... fsync resumed>) = 0 <0.000500>',
    ]);
    expect(handles(records)).toEqual([
      [OpKind.Open, 0],
      [OpKind.Close, 0],
      [OpKind.Open, 1],
      [OpKind.Fsync, 0],
    ]);
    expect(records.at(-1)).toMatchObject({ line: 3, startNs: 2000, endNs: 502_000 });
  });

  test('closes its descriptor when it starts: the number may be given out again', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 clone(flags=CLONE_VM|CLONE_FILES|CLONE_FS) = 2',
      '1 close(3 <unfinished ...>',
      '2 openat(AT_FDCWD, "/d/b", O_RDONLY) = 3',
      '1 <... close resumed>) = 0',
      '2 fsync(3) = 0',
    ]);
    expect(handles(records).slice(1)).toEqual([
      [OpKind.Open, 1],
      [OpKind.Close, 0],
      [OpKind.Fsync, 1],
    ]);
  });

  test('has its arguments from both halves', async () => {
    const { records } = await calls([
      `1 ${opened}`,
      '1 fork() = 2',
      '1 pread64(3,  <unfinished ...>',
      '2 getpid() = 2',
      '1 <... pread64 resumed>"abc\\"), 9", 100, 4096) = 7 <0.000100>',
    ]);
    expect(records.at(-1)).toMatchObject({
      length: 100,
      offset: 4096,
      result: 7,
      fileOffset: 4096,
    });
  });

  test('is counted when it never ends', async () => {
    const { records, reader } = await calls([`1 ${opened}`, '1 fsync(3 <unfinished ...>']);
    expect(handles(records)).toHaveLength(1);
    expect(reader.skipped.get('call never returned')).toBe(1);
  });

  test('is counted when it is restarted after a signal', async () => {
    const { reader } = await calls([
      opened,
      'read(3, 0x7ffc, 10) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
      '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---',
    ]);
    expect(reader.skipped.get('call interrupted or not returned')).toBe(1);
    expect(reader.badLineCount).toBe(0);
  });
});
