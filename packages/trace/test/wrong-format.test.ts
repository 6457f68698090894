/** A file read in a format that it is not, or written with habits of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TraceError } from '@daxsim/sim';
import { formatCatalog } from '../src/formats/catalog.js';
import { traceInfo } from '../src/index.js';
import { drain, readerOf } from './memory-trace.js';

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

describe('a trace that somebody wrote by hand', () => {
  const forms = [
    ['vans', ['0x1000 R', '0x1040 W:12']],
    ['ramulator2-ls', ['LD 0x1000', 'ST 0x1040']],
    ['dramsim3', ['0x1000 READ 10', '0x1040 WRITE 20']],
    ['nvt', ['10 R 0x1000 0 1', '20 W 0x1040 0 1']],
  ] as const;
  const habits: readonly (readonly [string, (line: string) => string])[] = [
    ['with tabs', (line) => line.replaceAll(' ', '\t')],
    ['with blanks around', (line) => `  ${line}  `],
    ['with the line ends of Windows', (line) => `${line}\r`],
    ['with empty lines and comments', (line) => `\n# then\n${line}\n`],
  ];
  const cases = forms.flatMap(([name, lines]) =>
    habits.map(([habit, change]) => [name, habit, lines.map(change)] as const),
  );
  test.each(cases)('%s %s is recognized and read whole', async (name, _habit, lines) => {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    expect(formatCatalog.find((format) => format.detect(bytes))?.name).toBe(name);
    const reader = await readerOf(name, bytes.toString());
    expect(await drain(reader)).toHaveLength(2);
    expect(reader.badLineCount).toBe(0);
  });
});

test('a lackey trace of a program that mapped no file may have a torn last line', async () => {
  const path = join(folder, 'torn.lackey');
  writeFileSync(path, `I  0401,2\n L 1fff0,4\n S 1fff8,8\n L 1f`);
  const info = await traceInfo(path);
  expect(info).toMatchObject({ format: 'valgrind-lackey', bad_lines: 1 });
});
