/** Memory traces in other tools' forms: a separate script's conversions, and what is lost. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { convertTrace } from '../src/convert.js';
import { OpKind } from '../src/op-kind.js';
import { openTrace } from '../src/open-trace.js';
import type { TraceRecord } from '../src/record.js';
import { drain } from './memory-trace.js';

const fixtures = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daxsim-memory-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function unpacked(name: string): Promise<string> {
  return gunzipSync(await readFile(join(fixtures, `${name}.gz`))).toString();
}

const endings = ['dramsim3.trace', 'nvt', 'ramulator2-ls.trace', 'vans.trace'];

test.each(endings)('a lackey trace as %s is what a separate script made of it', async (ending) => {
  const path = join(folder, `a.${ending}`);
  const report = await convertTrace(join(fixtures, 'lackey-mmsmall.lackey.gz'), path);
  const made = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const expected = (await unpacked(`conv-mmsmall.${ending}`)).trimEnd().split('\n');
  const common = Math.min(made.length, expected.length);
  expect(common).toBeGreaterThanOrEqual(4000);
  expect(made.slice(0, common)).toEqual(expected.slice(0, common));
  expect(report.lost).toEqual({ 'system calls': 6 });
});

test.each(endings)('%s read and written again is the same text', async (ending) => {
  const path = join(folder, `b.${ending}`);
  await convertTrace(join(fixtures, `conv-mmsmall.${ending}.gz`), path);
  expect(await readFile(path, 'utf8')).toBe(await unpacked(`conv-mmsmall.${ending}`));
});

test('a store log read and written again has the same records', async () => {
  const path = join(folder, 'c.pmemcheck');
  const source = join(fixtures, 'pmc-log.pmemcheck.gz');
  const report = await convertTrace(source, path);
  const recordsOf = (text: string): string[] =>
    text.split(/[|\n]/).filter((part) => part !== '' && !part.startsWith('==') && part !== 'STOP');
  const made = recordsOf(await readFile(path, 'utf8'));
  expect(made).toEqual(recordsOf(await unpacked('pmc-log.pmemcheck')));
  expect(report.lost).toEqual({});
});

const inNature = (records: readonly TraceRecord[]): unknown[] =>
  records
    .filter(({ isImplied }) => !isImplied)
    .map(({ kind, address, length, gap, fileOffset, mapping }) => [
      kind,
      address,
      length,
      gap,
      fileOffset,
      mapping,
    ]);

test('a lackey trace read and written again has the same accesses and calls', async () => {
  const path = join(folder, 'f.lackey');
  const source = join(fixtures, 'lackey-mmsmall.lackey.gz');
  const report = await convertTrace(source, path);
  expect(report).toMatchObject({ to: 'valgrind-lackey', lost: {} });
  const made = await drain(await openTrace(path));
  expect(inNature(made)).toEqual(inNature(await drain(await openTrace(source))));
});

test('an mmiotrace read and written again has the same times, BARs and values', async () => {
  const path = join(folder, 'g.mmiotrace');
  const source = join(fixtures, 'nvme-mmiotrace.txt.gz');
  expect((await convertTrace(source, path)).lost).toEqual({});
  const told = async (from: string): Promise<unknown[]> => {
    const reader = await openTrace(from);
    const records = await drain(reader);
    return records.map((record) => [
      record.path < 0 ? '' : reader.names.text(record.path),
      reader.calls.text(record.call),
      reader.taskIds[record.task],
      record.startNs,
      [record.kind, record.address, record.length, record.fileOffset, record.mapping],
      [record.valueLow, record.valueHigh, record.flags, record.isImplied],
    ]);
  };
  expect(await told(path)).toEqual(await told(source));
});

test('stores of a log keep their places in the file in lackey and mmiotrace', async () => {
  const source = join(fixtures, 'pmc-log.pmemcheck.gz');
  const places = async (from: string): Promise<unknown[]> =>
    (await drain(await openTrace(from)))
      .filter(({ kind }) => kind === OpKind.Store)
      .map(({ fileOffset, length }) => [fileOffset, length]);
  const expected = await places(source);
  expect(expected).toHaveLength(23857);
  for (const name of ['h.lackey', 'h.mmiotrace']) {
    const path = join(folder, name);
    expect((await convertTrace(source, path)).lost).toEqual({ flushes: 2217, fences: 3201 });
    expect(await places(path)).toEqual(expected);
  }
});

test('a container keeps addresses, gaps and values', async () => {
  for (const name of ['conv-mmsmall.nvt', 'nvme-mmiotrace.txt']) {
    const path = join(folder, 'd.dxt');
    await convertTrace(join(fixtures, `${name}.gz`), path);
    const before = await drain(await openTrace(join(fixtures, `${name}.gz`)));
    const after = await openTrace(path);
    expect(await drain(after)).toEqual(before);
    await after.close();
  }
});

test('a store across two lines is two accesses, and flushes are counted as lost', async () => {
  const path = join(folder, 'e.vans');
  const report = await convertTrace(join(fixtures, 'pmc-log.pmemcheck.gz'), path);
  expect(report.lost).toEqual({ flushes: 2217, fences: 3201, 'system calls': 1 });
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  // 15 of the stores cross a line's border, counted by a separate script.
  expect(lines).toHaveLength(23857 + 15);
  expect(new Set(lines).size).toBe(2821);
});
