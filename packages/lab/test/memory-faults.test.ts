/** Faults under a memory trace: each access that meets one ends in its documented status. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { memorySummaryLines, runMemoryReplay } from '@daxsim/lab';
import type { MemoryReplayReport } from '@daxsim/lab';
import { TraceFolder } from './trace-files.js';

const folder = new TraceFolder();
afterAll(() => folder.remove());

/** Writes of page 1, then ten loads of its first line. */
const TRACE = `0x1000 W\n0x1040 W\n${'0x1000 R:1000\n'.repeat(10)}0x2000 R\n`;

async function withFaults(
  faults: readonly string[],
  text: string = TRACE,
): Promise<MemoryReplayReport> {
  const traces = [folder.file(text)];
  return runMemoryReplay({ traces, version: '0', deviceBytes: '64MiB', faults });
}

describe('a load straight from a device', () => {
  test.each([
    ['poisoned-line@address=0x1000,of=load,nth=4', 'SIGBUS BUS_MCEERR_AR', 'poisoned_loads'],
    ['truncated-backing@address=0x1000,of=load,nth=4', 'SIGBUS BUS_ADRERR', 'absent_loads'],
    [
      'truncated-backing@address=0x1000,of=load,nth=4,policy=eio',
      'SIGBUS BUS_MCEERR_AR',
      'absent_loads',
    ],
  ])('of %s ends in %s, from then on', async (fault, end, counted) => {
    const { injected, operations, replayed } = await withFaults([fault]);
    expect(injected!.ended).toEqual({ load: { [end]: 7 } });
    expect(injected!.accesses[counted]).toBe(7);
    expect(operations['load']).toMatchObject({ count: 11, errors: 7, bytes: 4 * 64 });
    expect(replayed).toBe(13);
  });

  test('over a dead link ends in SIGBUS, wherever it is, until the link is back', async () => {
    const { injected } = await withFaults(['dead-link@of=load,nth=4,lifted=100ns']);
    expect(injected!.ended).toEqual({ load: { 'SIGBUS BUS_ADRERR': 1 } });
    const { injected: dead } = await withFaults(['dead-link@of=load,nth=4']);
    expect(dead!.ended).toEqual({ load: { 'SIGBUS BUS_ADRERR': 8 } });
  });

  test('that never comes is what a fault says it waited for', async () => {
    const report = await withFaults(['dead-dimm@time=0ns'], '0x1000 W\n');
    expect(memorySummaryLines(report).join('\n')).toContain('did not strike, no load met it');
  });

  test('sees the zeros of a page that was given back', async () => {
    const { injected } = await withFaults([
      'truncated-backing@address=0x1000,of=load,nth=4,regrown=1us',
    ]);
    const { absent_loads: absent, regrown_loads: grown } = injected!.accesses;
    expect(absent).toBeGreaterThan(0);
    expect(grown).toBeGreaterThan(0);
    expect(Number(absent) + Number(grown)).toBe(7);
  });

  test('that hangs ends the run, which says who waits for which page', async () => {
    const report = await withFaults(['truncated-backing@address=0x1000,of=load,nth=4,policy=hang']);
    expect(report.injected!.hang).toMatchObject({ operation: 'load', page: 1, address: 0x1000 });
    expect(report.replayed).toBe(5);
    expect(memorySummaryLines(report).join('\n')).toContain('HANG       task 0 waits since');
  });
});

test('who waits for a page that comes back goes on then, and sees what it holds', async () => {
  const fault = 'truncated-backing@address=0x1000,of=load,nth=4,policy=hang';
  const { injected, operations } = await withFaults([`${fault},lifted=30us`]);
  expect(injected).toMatchObject({ hang: null, ended: {} });
  const { max } = operations['load']!.latency_ns;
  expect(max).toBeGreaterThan(30_000);
  expect(max).toBeLessThan(31_000);
  const { injected: grown } = await withFaults([`${fault},regrown=30us`]);
  expect(grown!.accesses).toMatchObject({ absent_loads: 0, regrown_loads: 7, slowed: 1 });
});

test.each([
  ['poisoned-line@nth=20', 'fewer than 20 times a load met it'],
  ['poisoned-line@of=flush', 'no flush met it (of=… looks for others)'],
  ['poisoned-line@time=1s', 'the run ended before its time'],
  ['poisoned-line@operation=99', 'the run ended before that operation began'],
  ['slow-line@of=load,nth=1,address=0x3000', 'no load was of its address'],
  ['dead-link@address=0x3000', 'no request was of its address'],
])('%s did not strike and says why', async (fault, why) => {
  const report = await withFaults([fault]);
  expect(report.injected!.faults[0]).toMatchObject({ struck_at_ps: null, awaited: why });
});

test('who failed first is told with its record, its address and the time', async () => {
  const report = await withFaults(['poisoned-line@of=load,nth=4']);
  const [fault] = report.injected!.faults;
  expect(fault!.during).toMatchObject({ operation: 'load', record: 6 });
  expect(report.injected!.first_ended).toHaveLength(5);
  expect(report.injected!.first_ended[0]).toMatchObject({
    ...{ operation: 'load', record: 6, end: 'SIGBUS BUS_MCEERR_AR', address: 0x1000 },
    failed_at_ps: fault!.struck_at_ps,
  });
  const lines = memorySummaryLines(report).join('\n');
  expect(lines).toMatch(/one line, 0x1000, at \d.*, in load \(record 6\)/);
});

test('lifting one fault leaves another of the same line or part', async () => {
  const faults = ['poisoned-line@of=load,nth=4', 'slow-line@of=load,nth=4,delay=2us,lifted=1us'];
  const { injected } = await withFaults(faults);
  expect(injected!.ended).toEqual({ load: { 'SIGBUS BUS_MCEERR_AR': 7 } });
  const parts = ['dead-dimm@of=load,nth=2', 'thermal-throttling@of=load,nth=3,lifted=1ns'];
  const { injected: dead } = await withFaults(parts);
  expect(dead!.faults[1]!.lifted_at_ps).not.toBeNull();
  expect(dead!.ended).toEqual({ load: { 'SIGBUS BUS_MCEERR_AR': 10 } });
});

test('the same faults give the same digest, and others another', async () => {
  const chance = (parts: string): string => `poisoned-line@of=load,chance=${parts}`;
  const first = await withFaults([chance('1/4')]);
  expect((await withFaults([chance('1/4')])).digest).toBe(first.digest);
  expect((await withFaults(['slow-line@of=load,nth=2'])).digest).not.toBe(first.digest);
});

test('a fault that asks for a file or a step is refused', async () => {
  for (const condition of ['file=a', 'recipe=read', 'step=copyOut']) {
    await expect(withFaults([`poisoned-line@${condition}`])).rejects.toThrow(ConfigError);
  }
});
