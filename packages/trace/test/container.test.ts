/** The container: nothing is lost, and nothing that is missing or changed goes unnoticed. */
import { describe, expect, test } from '@jest/globals';
import { TraceError } from '@daxsim/sim';
import fc from 'fast-check';
import { fields } from '../src/container/columns.js';
import { writeContainer, writeWhole } from '../src/container/writer.js';
import { opKindNames } from '../src/op-kind.js';
import { RecordQueue } from '../src/record-queue.js';
import { LineReader } from '../src/line-reader.js';
import { ParseContext } from '../src/parse-context.js';
import type { TraceRecord } from '../src/record.js';
import { MemorySource, drain, readerOf } from './memory-trace.js';

/** The container of a fio log with `count` writes. */
async function containerOf(count: number): Promise<Uint8Array> {
  const lines = Array.from({ length: count }, (_, i) => `${i} /f write ${i * 512} 512\n`);
  return packed(
    await readerOf('fio-iolog-v3', `fio version 3 iolog\n0 /f open\n${lines.join('')}`),
  );
}

async function packed(reader: Parameters<typeof writeContainer>[0]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await writeContainer(reader, { write: async (bytes) => void chunks.push(bytes.slice()) });
  return new Uint8Array(Buffer.concat(chunks));
}

const value = fc.oneof(
  fc.constant(-1),
  fc.integer({ min: -200, max: 70_000 }),
  fc.maxSafeInteger(),
);
const anyRecord = fc.record({
  values: fc.array(value, { minLength: fields.length, maxLength: fields.length }),
  kind: fc.nat(opKindNames.length - 1),
  inScope: fc.boolean(),
  isImplied: fc.boolean(),
});

/** A reader of made-up records: each "line" is one of them. */
function readerOfRecords(
  records: (typeof anyRecord extends fc.Arbitrary<infer T> ? T : never)[],
): LineReader {
  const context = new ParseContext('memory', {});
  let index = 0;
  const source = new MemorySource(new Uint8Array(records.length).fill(10));
  return new LineReader('fio-iolog-v3', source, context, {
    parse: (_bytes, at) => {
      const made = records[index];
      const record = context.queue.add(0);
      index += 1;
      context.names.intern(`/name ${index % 7}`);
      fields.forEach((field, i) => Object.assign(record, { [field]: made?.values[i] }));
      Object.assign(record, {
        kind: made?.kind,
        inScope: made?.inScope,
        isImplied: made?.isImplied,
      });
      return at + 1;
    },
    finish: () => undefined,
  });
}

test('any records come back as they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRecord, { maxLength: 40 }), async (records) => {
      const before = await drain(readerOfRecords(records));
      const bytes = await packed(readerOfRecords(records));
      const reader = await readerOf('daxsim-container', bytes);
      expect(await drain(reader)).toEqual(before);
      expect(reader.partial).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test('more records than one block holds come back, in order', async () => {
  const reader = await readerOf('daxsim-container', await containerOf(20_000));
  const records = await drain(reader);
  expect(records.map(({ sequence }) => sequence)).toEqual([...records.keys()]);
  expect(records).toHaveLength(20_001);
  expect(reader.origin).toBe('fio-iolog-v3');
});

describe('a container that is cut off', () => {
  test('gives what was whole, and says after which record it ends', async () => {
    const bytes = await containerOf(9000);
    const reader = await readerOf('daxsim-container', bytes.subarray(0, bytes.length - 400));
    const records = await drain(reader);
    expect(reader.partial).toBe(`container truncated after record ${records.length}`);
    expect(records).toHaveLength(8192);
  });

  test('is noticed at every byte', async () => {
    const bytes = await containerOf(3);
    for (let length = 8; length < bytes.length; length += 1) {
      const reader = await readerOf('daxsim-container', bytes.subarray(0, length));
      await drain(reader);
      expect(reader.partial).toMatch(/^container truncated after record \d+$/);
    }
  });
});

test('any changed bit behind the magic is a TraceError or a cut, never other records', async () => {
  const bytes = await containerOf(3);
  const before = await drain(await readerOf('daxsim-container', bytes));
  let refused = 0;
  for (let bit = 64; bit < bytes.length * 8; bit += 1) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const outcome = await read(changed);
    if (outcome instanceof Error) {
      expect(outcome.name).toBe('TraceError');
      refused += 1;
    } else if (!outcome.isPartial) expect(outcome.records).toEqual(before);
  }
  expect(refused).toBeGreaterThan(bytes.length * 6);
});

async function read(
  bytes: Uint8Array,
): Promise<Error | { records: TraceRecord[]; isPartial: boolean }> {
  try {
    const reader = await readerOf('daxsim-container', bytes);
    const records = await drain(reader);
    return { records, isPartial: reader.partial !== undefined };
  } catch (error) {
    return error as Error;
  }
}

test('a queue gives records in order and uses them again', () => {
  const queue = new RecordQueue();
  const first = queue.add(1);
  queue.add(2);
  expect([queue.take()?.line, queue.take()?.line, queue.take()]).toEqual([1, 2, undefined]);
  expect(queue.add(3)).toBe(first);
  expect(queue.take()?.sequence).toBe(2);
});

test('a place where no file can be written is the user’s error', async () => {
  await expect(writeWhole('/nonexistent/a.dxt', async () => {})).rejects.toThrow(TraceError);
});
