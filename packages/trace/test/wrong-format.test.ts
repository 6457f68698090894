/** A file read in a format that it is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TraceError } from '@daxsim/sim';
import { traceInfo } from '../src/index.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daxsim-trace-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const formats = [
  ...['fio-iolog-v3', 'fio-iolog-v2', 'strace-f-ttt-T', 'blkparse-text', 'pmemcheck-store-log'],
];

test.each(formats)(
  'of which no line parses as %s is refused, not replayed as an empty trace',
  async (format) => {
    const path = join(folder, format);
    writeFileSync(path, 'hello world\nthis is no trace\n');
    await expect(traceInfo(path, { format })).rejects.toThrow(TraceError);
    await expect(traceInfo(path, { format })).rejects.toThrow(/no line parses as/);
  },
);

test('nothing but zero bytes is no log', async () => {
  const path = join(folder, 'zeros');
  writeFileSync(path, Buffer.alloc(10_000));
  for (const format of formats)
    await expect(traceInfo(path, { format })).rejects.toThrow(TraceError);
});
