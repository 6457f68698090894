/**
 * Every fixture against the counts of a separate parser, key by key, both as it is and after a
 * round trip through the container. The fixtures are recordings of real programs; see
 * PROVENANCE.md.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { convertTrace } from '../src/convert.js';
import { traceHead, traceInfo } from '../src/info.js';

const fixtures = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
type Expected = Record<string, Record<string, unknown>>;
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Expected;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daxsim-trace-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.each(Object.entries(expected))('%s', (name, { cwd, format, ...counts }) => {
  const path = join(fixtures, `${name}.gz`);
  const options = typeof cwd === 'string' ? { scope: '/mnt/pmem', cwd } : {};

  test('its counts are those of the separate parser', async () => {
    const info = await traceInfo(path, options);
    expect(info.format).toBe(format);
    expect(info.as_recorded).toMatchObject(counts);
    expect(info.as_recorded).toEqual({ ...info.as_recorded, ...counts });
  });

  test('a container of it tells the same', async () => {
    const copy = join(folder, `${name}.dxt`);
    await convertTrace(path, copy, options);
    const [before, after] = [await traceInfo(path, options), await traceInfo(copy)];
    expect(after).toEqual({ ...before, path: copy, format: 'daxsim-container' });
  });

  test('every operation is counted once, by kind and by name', async () => {
    const info = await traceInfo(path, options);
    const sum = (object: unknown): number =>
      Object.values((object ?? {}) as Record<string, number>).reduce((a, b) => a + b, 0);
    const { ops, failed } = info.as_recorded;
    if (ops !== undefined) expect(sum(info.operations)).toBe(sum(ops) + sum(failed));
  });
});

test('the head of a trace is its first records, one line each', async () => {
  const lines = await traceHead(join(fixtures, 'fio2-append-think.iolog.gz'), 3);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('write  handle 0  /mnt/pmem/fio/v2log.0.0  offset 0  length 3000');
});
