/** Memory traces straight to a device: what is asked of it, when, and what survives. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError, TraceError } from '@daxsim/sim';
import { memorySummaryLines, runMemoryReplay, runReplay } from '@daxsim/lab';
import type { MemoryReplayReport } from '@daxsim/lab';
import { TraceFolder, fioLog } from './trace-files.js';

const folder = new TraceFolder();
afterAll(() => folder.remove());

async function run(
  text: string,
  request: Partial<Parameters<typeof runMemoryReplay>[0]> = {},
): Promise<MemoryReplayReport> {
  const traces = [folder.file(text)];
  return runMemoryReplay({ traces, version: '0.0.0', deviceBytes: '64MiB', ...request });
}

const log = (...records: readonly string[]): string =>
  `==9== START|REGISTER_FILE;/d/a;0x10000;0x200000;0x0|${records.join('|')}\n==9== |STOP\n`;

/** Stores to 64 lines, each flushed and fenced but for the last `unflushed`. */
function persisted(unflushed: number): string {
  const records: string[] = [];
  for (let i = 0; i < 64; i += 1) {
    const address = (0x10000 + i * 64).toString(16);
    records.push(`STORE;0x${address};0x1;0x8`);
    if (i < 64 - unflushed) records.push(`FLUSH;0x${address};0x40`, 'FENCE');
  }
  return log(...records);
}

describe('a store log', () => {
  test('leaves the lines that it did not flush to power loss, and only those', async () => {
    expect((await run(persisted(0))).lines_not_durable).toBe(0);
    expect((await run(persisted(3))).lines_not_durable).toBe(3);
  });

  test('has a fence wait for the flushes before it', async () => {
    const idle = await run(log('FENCE'));
    const full = await run(log('STORE;0x10000;0x1;0x8', 'FLUSH;0x10000;0x40', 'FENCE'));
    expect(idle.operations['fence']?.latency_ns.max).toBeLessThan(10);
    expect(full.operations['fence']?.latency_ns.max).toBeGreaterThan(50);
  });

  test('flushes each line of a range that is flushed', async () => {
    const { device } = await run(
      log('STORE;0x10000;0x1;0x8', 'STORE;0x10040;0x1;0x8', 'FLUSH;0x10000;0x80', 'FENCE'),
    );
    expect(device['requested_write_bytes']).toBe(128);
  });

  test('gives the same report twice, and in whatever chunks it is read', async () => {
    const first = await run(persisted(1));
    const second = await run(persisted(1), { traceOptions: { chunkBytes: 64 } });
    expect(second.digest).toBe(first.digest);
    expect(second.operations).toEqual(first.operations);
    expect((await run(persisted(2))).digest).not.toBe(first.digest);
  });
});

describe('a lackey trace', () => {
  const call = (rest: string): string => `SYSCALL[7,1](9) ${rest}\n`;
  const mapped =
    call('sys_openat ( 4294967196, 0x1f(/d/f), 66, 420 ) --> [async] ... ') +
    call('... [async] --> Success(0x4)') +
    call('sys_mmap ( 0x0, 8192, 3, 1, 4, 0 ) --> [pre-success] Success(0x4800000)');
  const instructions = (count: number): string => 'I  00401000,2\n'.repeat(count);

  test('takes a core cycle for each instruction between its accesses', async () => {
    const few = await run(`${mapped} L 04800000,8\n${instructions(10)} L 04800000,8\n`);
    const many = await run(`${mapped} L 04800000,8\n${instructions(1010)} L 04800000,8\n`);
    expect(many.simulated.core_cycles - few.simulated.core_cycles).toBe(1000);
    expect(many.operations['load']?.latency_ns).toEqual(few.operations['load']?.latency_ns);
  });

  test('loads a line from the device once and then from the caches', async () => {
    const { device } = await run(`${mapped}${' L 04800000,8\n'.repeat(9)}`);
    expect(device['requested_read_bytes']).toBe(64);
  });

  test('is replayed whole where it maps no file, and says so', async () => {
    const report = await run(`${instructions(2)} L 1fff0000,8\n S 1fff0100,8\n`);
    expect(report.replayed).toBe(2);
    expect(report.notes.join()).toContain('all accesses were replayed');
  });
});

describe('a trace recorded below the caches', () => {
  const lines = '0x00000040 R\n'.repeat(9);

  test('asks the device for every line, unless the caches are asked for', async () => {
    expect((await run(lines)).device['requested_read_bytes']).toBe(9 * 64);
    expect((await run(lines, { caches: 'machine' })).device['requested_read_bytes']).toBe(64);
  });

  test.each([
    ['ddr4-6ch', 'asked to read 576 B, write 0 B', false],
    ['optane-100-1dimm', 'asked to read 576 B, write 0 B; media read', true],
  ])(
    'says on %s what it asked, and of media only where there are some',
    async (machine, asked, isTold) => {
      const text = memorySummaryLines(await run(lines, { machine })).join('\n');
      expect(text).toContain(asked);
      expect(text.includes('media')).toBe(isTold);
    },
  );

  test('beyond the device wraps around, with a note', async () => {
    const report = await run(`0x${(64 * 1048576 + 64).toString(16)} W\n0x40 W\n`);
    expect(report.replayed).toBe(2);
    expect(report.notes.join()).toContain('1 accesses lay beyond the device');
  });

  test('has the pauses of VANS between its accesses', async () => {
    const without = await run('0x40 R:0\n0x80 R\n');
    const paused = await run('0x40 R:5000\n0x80 R\n');
    expect(paused.simulated.core_cycles - without.simulated.core_cycles).toBe(5000);
  });
});

test('a file system leaves accesses to memory out, however many, and counts them', async () => {
  const stores = Array.from(
    { length: 5000 },
    (_, i) => `STORE;0x${(0x10000 + i).toString(16)};0x1;0x1`,
  );
  const { report } = await runReplay({
    ...{ traces: [folder.file(log(...stores))], version: '0.0.0', deviceBytes: '64MiB' },
  });
  expect(report.operations['mmap']?.count).toBe(1);
  expect(Object.values(report.skipped)).toEqual([5000]);
});

test('what is no memory trace, or more than one, is refused', async () => {
  await expect(run(fioLog(['write 0 4096']))).rejects.toThrow(TraceError);
  const traces = [folder.file('0x40 R\n'), folder.file('0x80 R\n')];
  await expect(runMemoryReplay({ traces, version: '0' })).rejects.toThrow(ConfigError);
});

test('the summary names each kind of operation and the lines at risk', async () => {
  const text = memorySummaryLines(await run(persisted(2))).join('\n');
  for (const kind of ['store', 'flush_range', 'fence']) expect(text).toContain(kind);
  expect(text).toContain('2 lines could still be lost');
});
