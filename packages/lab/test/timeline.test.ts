/** Timelines and tables of whole replays. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { joinCsv, joinTimeline } from '@daxsim/lab';
import type { RunParts, TextSink } from '@daxsim/lab';
import { TraceFolder, run, straceLog } from './trace-files.js';

jest.setTimeout(60_000);

const folder = new TraceFolder();
afterAll(() => folder.remove());

/** Two tasks that write one file, and a mapping that is stored to. */
const trace = folder.file(
  straceLog([
    [7, 'openat(AT_FDCWD, "f", O_RDWR|O_CREAT, 0644) = 3'],
    [7, 'ftruncate(3, 1048576) = 0'],
    [7, 'mmap(NULL, 1048576, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f0000000000'],
    [8, 'openat(AT_FDCWD, "f", O_RDWR|O_CREAT, 0644) = 4'],
    ...Array.from({ length: 40 }, (_, i): [number, string] => [
      7 + (i % 2),
      `pwrite64(${3 + (i % 2)}, "..."..., 16384, ${i * 4096}) = 16384`,
    ]),
    [7, 'msync(0x7f0000000000, 1048576, MS_SYNC) = 0'],
    [7, 'fsync(3) = 0'],
    [7, 'close(3) = 0'],
    [8, 'close(4) = 0'],
  ]),
);

interface TraceEvent {
  readonly ph: string;
  readonly tid?: number;
  readonly ts?: number;
  readonly name?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** One run, as its two files have it. */
let events: TraceEvent[];
let lines: string[];
let replayed: number;
beforeAll(async () => {
  const timeline = folder.file('');
  const csv = folder.file('');
  const sinks: TextSink[] = [];
  const report = await run([trace], {
    order: 'task',
    mappedFill: 'dirty:8',
    join: (parts) => sinks.push(joinTimeline(parts, timeline), joinCsv(parts, csv)),
  });
  for (const sink of sinks) sink.close();
  const text = readFileSync(timeline, 'utf8');
  events = (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
  lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
  replayed = report.replayed;
});

test('on each track begins and ends nest and time goes on', () => {
  const depth = new Map<number, number>();
  const last = new Map<number, number>();
  for (const { ph, tid, ts } of events) {
    if (ph !== 'B' && ph !== 'E') continue;
    expect(ts).toBeGreaterThanOrEqual(last.get(tid!) ?? 0);
    last.set(tid!, ts!);
    depth.set(tid!, (depth.get(tid!) ?? 0) + (ph === 'B' ? 1 : -1));
    expect(depth.get(tid!)).toBeGreaterThanOrEqual(0);
  }
  expect([...depth.values()]).toEqual([0, 0]);
});

test('it shows operations, lock waits, faults, counters and the recorded tasks', () => {
  const names = new Set(events.map(({ name }) => name));
  for (const name of ['write', 'wait inode', 'write fault', 'log in use']) {
    expect(names).toContain(name);
  }
  const tracks = events.filter(({ name }) => name === 'thread_name');
  expect(tracks.map(({ args }) => args?.['name'])).toEqual(['task 7', 'task 8']);
  const writes = events.filter(({ name }) => name === 'write').map(({ args }) => args);
  expect(writes).toContainEqual({ file: '/f', offset: 0, length: 16384 });
});

test('the table has a line for each operation replayed', () => {
  expect(lines).toHaveLength(replayed + 1);
  expect(lines.filter((line) => line.includes(',write,/f,'))).toHaveLength(40);
});

test('a file that cannot be made is the user’s error', async () => {
  const join = (parts: RunParts): void => void joinCsv(parts, '/no/such/folder/x.csv');
  await expect(run([trace], { join })).rejects.toThrow(ConfigError);
});
