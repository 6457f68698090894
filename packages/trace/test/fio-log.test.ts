/** Conversion to a fio log: what it holds, and what it says that it lost. */
import { expect, test } from '@jest/globals';
import { writeFioLog } from '../src/fio-writer.js';
import { drain, readerOf } from './memory-trace.js';

/** A system-call trace as a fio log. */
async function converted(lines: readonly string[]): Promise<{ log: string; lost: unknown }> {
  const text = lines.map((line, i) => `1 100.${String(i).padStart(6, '0')} ${line}\n`).join('');
  let log = '';
  const reader = await readerOf('strace-f-ttt-T', text, { scope: '/d' });
  const report = await writeFioLog(reader, {
    write: async (bytes) => void (log += Buffer.from(bytes).toString()),
  });
  return { log, lost: report.lost };
}

test('reads and writes stand at the offsets where they happened', async () => {
  const { log, lost } = await converted([
    'openat(AT_FDCWD, "/d/a", O_RDWR|O_CREAT, 0644) = 3',
    'write(3, ""..., 100) = 100',
    'write(3, ""..., 100) = 50',
    'pread64(3, ""..., 10, 20) = 10',
    'fdatasync(3) = 0',
    'close(3) = 0',
  ]);
  expect(log.split('\n')).toEqual([
    'fio version 3 iolog',
    '0 /d/a add',
    '0 /d/a open',
    '1 /d/a write 0 100',
    '2 /d/a write 100 50',
    '3 /d/a read 20 10',
    '4 /d/a datasync 0 0',
    '5 /d/a close',
    '',
  ]);
  expect(lost).toEqual({});
  const again = await readerOf('fio-iolog-v3', log);
  expect(await drain(again)).toHaveLength(7);
  expect(again.badLineCount).toBe(0);
});

test('what a log cannot say is counted by reason', async () => {
  const { lost } = await converted([
    'mkdir("/d/x", 0777) = 0',
    'unlink("/d/none") = -1 ENOENT (No such file or directory)',
    'openat(AT_FDCWD, "/d/a b", O_RDWR) = 3',
    'openat(AT_FDCWD, "/d/a", O_RDWR) = 4',
    'openat(AT_FDCWD, "/d/a", O_RDWR) = 5',
  ]);
  expect(lost).toEqual({
    'kinds of operation that fio lacks': 1,
    'failed calls': 1,
    'names with blanks or above 255 characters': 1,
    'second opens of one file': 1,
  });
});
