/** A guest's window smaller and larger than what a trace uses, and how its size is written. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { foundSomething, runReplay } from '@daxsim/lab';
import { parseWindow } from '../../src/window/window-size.js';
import type { ReplayReport } from '@daxsim/lab';

const reads = fileURLToPath(
  new URL('../../../test/fixtures/window/few-reads.fio.log', import.meta.url),
);

async function replayed(window: string, machine?: string): Promise<ReplayReport> {
  const { report } = await runReplay({
    traces: [reads],
    fileSystem: 'virtiofs',
    window,
    ...(machine === undefined ? {} : { machine }),
    cpus: 2,
    deviceBytes: '32MiB',
    version: 'test',
  });
  return report;
}

test('half of the files takes ranges back; what is read is right all the same', async () => {
  const report = await replayed('50%');
  const { window } = report;
  if (window === undefined) throw new Error('no window in the report');
  expect(window.ranges).toBe(2);
  // 61 reads of four parts that two ranges show: many find none.
  expect(window.setups).toBeGreaterThan(20);
  expect(window.removals).toBe(window.inline_reclaims + window.background_reclaims);
  expect(window.setups - window.removals).toBeLessThanOrEqual(2);
  expect(window.call_misses.count).toBe(window.setups);
  // A request, and the work of its server.
  expect(window.call_misses.latency_ns.min).toBeGreaterThan(38_000);
  expect(report.oracle.bytes_checked).toBeGreaterThan(61 * 4096);
  expect(foundSomething(report)).toBe(false);
}, 30_000);

test('behind a PCI BAR the link prices what goes through the window', async () => {
  const near = await replayed('200%');
  const far = await replayed('200%', 'pci-bar-gen4x8');
  const hit = ({ operations }: ReplayReport): number => operations.read?.latency_ns.p50 ?? 0;
  expect(far.window?.setups).toBe(near.window?.setups);
  // 64 lines over the link instead of from a DIMM; 3.7 us more on 2026-11-22.
  expect(hit(far) - hit(near)).toBeGreaterThan(2_000);
  expect(far.window?.call_misses.latency_ns.p50).toBe(near.window?.call_misses.latency_ns.p50);
  expect(foundSomething(far)).toBe(false);
}, 30_000);

describe('the size of a window', () => {
  test.each([
    ['25%', { percent: 25 }],
    ['0.5%', { percent: 0.5 }],
    ['16', { ranges: 16 }],
  ])('%s', (text, size) => {
    expect(parseWindow(text)).toEqual(size);
  });

  test.each(['', '0', '0%', '1.5', '-1', '16MiB', '2000000'])('refuses "%s"', (text) => {
    expect(() => parseWindow(text)).toThrow(/--window/);
  });

  test('is refused for a file system without a window', async () => {
    const request = { traces: [reads], fileSystem: 'xfs-dax', window: '4', version: 'test' };
    await expect(runReplay(request)).rejects.toThrow(/which has none/);
  });
});
