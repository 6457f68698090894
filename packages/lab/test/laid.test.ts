/**
 * Faults on the device of a replay: each access that meets one ends as the documents say, in time.
 */
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { foundSomething, runReplay, summaryLines } from '@daxsim/lab';
import type { ReplayReport, ReplayRequest } from '@daxsim/lab';
import { TraceFolder, fioLog, run } from './trace-files.js';

const folder = new TraceFolder();
afterAll(() => folder.remove());

// Whole replays, on machines with other work.
jest.setTimeout(60_000);

const MS = 1_000_000_000;

/** Replays a log of one file, /f, with faults. */
async function withFaults(
  lines: readonly string[],
  faults: readonly string[],
  request: Partial<ReplayRequest> = {},
): Promise<ReplayReport> {
  return run([folder.file(fioLog(lines))], { faults, deviceBytes: '16MiB', ...request });
}

describe('a write cut short by a missing page', () => {
  test('is blamed on the device, and leaves no wrong byte', async () => {
    const writes = ['write 0 4096', 'write 0 4096'];
    const report = await withFaults(writes, ['truncated-backing@of=store,nth=69']);
    expect(report.injected!.first_ended[0]).toMatchObject({
      ...{ file: '/f', offset: 0, length: 4096, end: 'short', moved: 256 },
    });
    const reasons = report.results.disagreements.map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['a fault of the device']));
    expect(report.oracle.violations).toBe(0);
  });
});

test.each([
  ['poisoned-line@recipe=raed', /unknown recipe "raed".*did you mean "read"/s],
  ['poisoned-line@step=copyoutt', /unknown step "copyoutt".*did you mean "copyOut"/s],
])('%s is refused before the run', async (fault, message) => {
  await expect(withFaults(['write 0 4096'], [fault])).rejects.toThrow(message);
});

test('faults that a page cache would hide are refused under one', async () => {
  const under = (fault: string): Promise<ReplayReport> =>
    withFaults(['write 0 4096', 'sync 0 0'], [fault], { fileSystem: 'xfs-pagecache' });
  await expect(under('poisoned-line@nth=1')).rejects.toThrow(/page cache.*slow-line/s);
  const { injected } = await under('slow-line@of=store,nth=1');
  expect(injected!.faults[0]!.struck_at_ps).not.toBeNull();
});

test('a file that is not there, or not that long, is what a fault says it waited for', async () => {
  const { injected } = await withFaults(
    ['write 0 4096'],
    ['poisoned-line@file=g', 'poisoned-line@file=f,offset=1MiB'],
  );
  expect(injected!.faults.map(({ awaited }) => awaited)).toEqual([
    'g had no blocks there',
    'f had no blocks there',
  ]);
});

describe('a poisoned line', () => {
  const meets = ['write 0 16384', 'read 0 16384', 'read 0 16384'];

  test('cuts the first read short, and from then on the read fails as a whole', async () => {
    const { injected, operations } = await withFaults(meets, [
      'poisoned-line@file=f,offset=4160,operation=4',
    ]);
    expect(injected!.ended).toEqual({ read: { short: 1, EIO: 1 } });
    expect(operations['read']!.bytes).toBe(4160);
    expect(injected!.bad_blocks).toHaveLength(1);
    expect(injected!.accesses).toMatchObject({ poisoned_loads: 1 });
  });

  test('that a scrub has found is never loaded', async () => {
    const later = ['write 0 16384', 'read 0 64', 'read 0 16384', 'read 4096 4096'];
    const { injected } = await withFaults(later, [
      'poisoned-line@file=f,offset=4160,operation=4,known=yes',
    ]);
    expect(injected!.ended).toEqual({ read: { EIO: 2 } });
    expect(injected!.accesses).toMatchObject({ poisoned_loads: 0 });
  });

  test('is mended by a write of whole pages and by no other', async () => {
    const mends = [...meets, 'write 4100 200', 'write 4096 8192', 'read 0 16384'];
    const report = await withFaults(mends, ['poisoned-line@file=f,offset=4160,operation=4']);
    expect(report.injected!.ended).toEqual({ read: { short: 1, EIO: 1 }, write: { EFAULT: 1 } });
    expect(report.injected!.bad_blocks).toEqual([]);
    expect(report.oracle.violations).toBe(0);
    expect(foundSomething(report)).toBe(false);
  });

  test('under a mapping ends loads of its page in SIGBUS with BUS_MCEERR_AR', async () => {
    const stores = [0, 64, 128].map((at) => `${at} W`);
    const loads = [0, 64, 128].map((at) => `${at} R`);
    const trace = folder.file([...stores, ...loads, '64 R', ''].join('\n'));
    const { report } = await runReplay({
      ...{ traces: [trace], version: '0.0.0', deviceBytes: '64MiB' },
      traceOptions: { format: 'vans' },
      through: { file: 'data' },
      faults: ['poisoned-line@file=data,offset=64,operation=6'],
    });
    expect(report.injected!.ended).toEqual({ load: { 'SIGBUS BUS_MCEERR_AR': 3 } });
    expect(report.operations['load']).toMatchObject({ count: 4, errors: 3 });
  });
});

describe('a page whose backing was taken away', () => {
  const lines = [
    'write 0 16384',
    'read 0 16384',
    'read 8192 4096',
    'write 4096 100',
    'read 0 4096',
  ];
  const truncated = 'truncated-backing@file=f,offset=4096,length=4096,operation=4';

  test('fails what asks for it, and nothing else', async () => {
    const report = await withFaults(lines, [truncated]);
    expect(report.injected!.ended).toEqual({ read: { short: 1 }, write: { EIO: 1 } });
    expect(report.oracle.violations).toBe(0);
  });

  test('holds zeros when it has grown again, and its bytes when it was only away', async () => {
    const more = [...lines, 'wait 1000', 'read 0 16384'];
    const grown = await withFaults(more, [`${truncated},regrown=6us`]);
    const lifted = await withFaults(more, [`${truncated},lifted=6us`]);
    expect(grown.injected!.faults[0]!.lifted_at_ps).toBeGreaterThan(0);
    expect(grown.operations['read']!.bytes).toBe(lifted.operations['read']!.bytes);
    expect(grown.oracle.first_violations[0]).toMatchObject({ file: '/f', offset: 4196, got: 0 });
    expect(lifted.oracle.violations).toBe(0);
  });

  test('lets who asks hang under the policy that says so, and the report names it', async () => {
    const report = await withFaults(lines, [`${truncated},policy=hang`]);
    const { hang } = report.injected!;
    expect(hang).toMatchObject({ operation: 'read', file: '/f', tasks_behind: 0 });
    expect(hang!.page).toBe(Math.floor(report.injected!.faults[0]!.first_line! / 64));
    expect(foundSomething(report)).toBe(true);
    expect(summaryLines(report).join('\n')).toMatch(/HANG +task \d+ waits since .* for page \d+/);
  });
});

test('a load over a dead link ends when its completion is overdue', async () => {
  const lines = ['write 0 4096', 'read 0 4096', 'read 0 4096'];
  const dead = ['dead-link@of=load,nth=1'];
  const report = await withFaults(lines, dead, { machine: 'pci-bar-gen3x8' });
  expect(report.injected!.ended).toEqual({ read: { EIO: 2 } });
  expect(report.simulated.time_ps).toBeGreaterThan(100 * MS);
  expect(report.simulated.time_ps).toBeLessThan(101 * MS);
});

test('a dead module takes its lines along until it is back, and no others', async () => {
  const lines = ['write 0 65536', 'read 0 4096', 'read 4096 4096', 'read 0 4096'];
  const dead = ['dead-dimm@file=f,offset=0,operation=4'];
  const { injected } = await withFaults(lines, dead, { machine: 'optane-100-6dimm' });
  expect(injected!.ended).toEqual({ read: { EIO: 2 } });
});

test('throttling and slow lines cost time and nothing else', async () => {
  const lines = ['write 0 65536', 'read 0 65536'];
  const slow = await withFaults(lines, ['slow-line@file=f,offset=0,delay=3ms']);
  const hot = await withFaults(lines, ['thermal-throttling@operation=4,delay=1us']);
  const read = ({ operations }: ReplayReport): number => operations['read']!.latency_ns.max;
  expect(read(slow)).toBeGreaterThan(3_000_000);
  expect(read(slow)).toBeLessThan(3_100_000);
  expect(read(hot)).toBeGreaterThan(1_000_000);
  expect(read(hot)).toBeLessThan(1_100_000);
  expect([slow, hot].map((report) => report.oracle.violations)).toEqual([0, 0]);
});

test('what a chance decides is the same for the same seed', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `write ${i * 4096} 4096`);
  const all = [...lines, 'read 0 163840'];
  const chances = await Promise.all(
    [1, 1, 2].map((seed) => withFaults(all, ['poisoned-line@of=store,chance=1/500'], { seed })),
  );
  const [first, second, other] = chances.map((report) => report.injected!.faults[0]!.request);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
  expect(chances[1]!.digest).toBe(chances[0]!.digest);
});
