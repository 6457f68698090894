/** Input that nobody meant: cut, damaged, random, or in pieces of any size. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TraceError } from '@daxsim/sim';
import { formatCatalog } from '../src/formats/catalog.js';
import { sampleBytes } from '../src/formats/format.js';
import { traceInfo } from '../src/info.js';
import { openTrace } from '../src/open-trace.js';
import { drain, readerOf } from './memory-trace.js';

const fixtures = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
const samples: readonly (readonly [string, string])[] = [
  ['fio-iolog-v3', 'fio-4jobs-torn.iolog'],
  ['fio-iolog-v2', 'fio2-wait-derived.iolog'],
  ['strace-f-ttt-T', 'redis-aof.strace'],
  ['blkparse-text', 'blk-xfs-fio.blkparse'],
  ['valgrind-lackey', 'lackey-mmsmall.lackey'],
  ['pmemcheck-store-log', 'pmc-log.pmemcheck'],
  ['mmiotrace', 'nvme-mmiotrace.txt'],
  ['vans', 'conv-mmsmall.vans.trace'],
  ['ramulator2-ls', 'conv-mmsmall.ramulator2-ls.trace'],
  ['dramsim3', 'conv-mmsmall.dramsim3.trace'],
  ['nvt', 'conv-mmsmall.nvt'],
];
let folder = '';
const unpacked = new Map<string, Buffer>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daxsim-bytes-'));
  for (const [format, name] of samples) {
    unpacked.set(format, gunzipSync(await readFile(join(fixtures, `${name}.gz`))));
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Puts bytes into a file. */
async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'trace');
  await writeFile(path, bytes);
  return path;
}

describe.each(samples)('%s', (format) => {
  test('is found by content, and by that format alone', () => {
    const sample = (unpacked.get(format) ?? Buffer.alloc(0)).subarray(0, sampleBytes);
    const accepting = formatCatalog.filter(({ detect }) => detect(sample));
    expect(accepting.map(({ name }) => name)).toEqual([format]);
  });

  test('gives the same records whatever the pieces that it comes in', async () => {
    const all = unpacked.get(format) ?? Buffer.alloc(0);
    const lineEnd = format === 'pmemcheck-store-log' ? 124 : 10;
    const bytes = all.subarray(0, all.lastIndexOf(lineEnd, 15_000) + 1);
    const options = { scope: '/mnt/pmem' };
    const whole = await drain(await readerOf(format, bytes, options));
    const sizes = fc.record({
      chunkBytes: fc.integer({ min: 1, max: 5000 }),
      piece: fc.integer({ min: 1, max: 3000 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ chunkBytes, piece }) => {
        const reader = await readerOf(format, bytes, { ...options, chunkBytes }, piece);
        expect(await drain(reader)).toEqual(whole);
      }),
      { numRuns: 6 },
    );
  });

  test('with any bytes changed is read to its end or refused with a TraceError', async () => {
    const bytes = (unpacked.get(format) ?? Buffer.alloc(0)).subarray(0, 6000);
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, byte] of edits) changed[at] = byte;
        await drain(await readerOf(format, changed));
      }),
      { numRuns: 40 },
    );
  });
});

test('random bytes are no trace, in any format', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      await expect(openTrace(await fileOf(bytes))).rejects.toThrow(TraceError);
      for (const { name } of formatCatalog) {
        try {
          await drain(await readerOf(name, bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }
    }),
    { numRuns: 60 },
  );
});

describe('what is refused, and how', () => {
  test('a file that is no trace, with the formats that there are', async () => {
    const path = await fileOf(Buffer.from('hello\n'));
    await expect(openTrace(path)).rejects.toThrow(/no known trace format; allowed:[^]*strace -f/);
  });

  test('an empty file, a missing file and a directory, each by its name', async () => {
    await expect(openTrace(await fileOf(Buffer.alloc(0)))).rejects.toThrow('an empty file');
    await expect(openTrace(join(folder, 'none'))).rejects.toThrow('no such file');
    await expect(openTrace(folder)).rejects.toThrow('a directory, not a trace');
  });

  test('an unknown format name, with the nearest one', async () => {
    const path = await fileOf(Buffer.from('x'));
    await expect(openTrace(path, { format: 'fio-iolog-v4' })).rejects.toThrow(
      'did you mean "fio-iolog-v3"?',
    );
  });
});

describe('a gzip file', () => {
  test('that ends too early gives its whole lines and says so', async () => {
    const packed = await readFile(join(fixtures, 'fio-fsync-heavy.iolog.gz'));
    const info = await traceInfo(await fileOf(packed.subarray(0, packed.length >> 1)));
    expect(info.partial).toMatch(/^gzip data end too early, after \d+ unpacked bytes$/);
    expect(info.bad_lines).toBe(0);
    const { write } = info.operations;
    expect(write).toBeGreaterThan(500);
    expect(write).toBeLessThan(1447);
  });

  test('that is damaged gives what could be unpacked and says so', async () => {
    const packed = await readFile(join(fixtures, 'git-tar-cp.strace.gz'));
    packed.fill(0, packed.length >> 1, (packed.length >> 1) + 64);
    const info = await traceInfo(await fileOf(packed), { scope: '/mnt/pmem' });
    expect(info.partial).toContain('gzip data are damaged');
    expect(info.operations['open']).toBeGreaterThan(500);
  });

  test('of several members is read as one', async () => {
    const parts = ['fio version 3 iolog\n1 /f op', 'en\n2 /f close\n'].map((part) =>
      gzipSync(part),
    );
    const info = await traceInfo(await fileOf(Buffer.concat(parts)));
    expect(info.operations).toEqual({ open: 1, close: 1 });
    expect(info.partial).toBeNull();
  });
});

test('text without line feeds is one bad line, however long', async () => {
  const long = Buffer.alloc(40 * 1024 * 1024, 120);
  const text = Buffer.concat([
    Buffer.from('fio version 3 iolog\n'),
    long,
    Buffer.from('\n1 /f open\n'),
  ]);
  const reader = await readerOf('fio-iolog-v3', text);
  expect(await drain(reader)).toHaveLength(1);
  expect(reader.badLineCount).toBe(1);
});
