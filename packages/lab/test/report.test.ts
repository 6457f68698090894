/** The report of a whole replay: complete, in the promised form, and without holes. */
import { afterAll, expect, jest, test } from '@jest/globals';
import { summaryLines } from '@daxsim/lab';
import { TraceFolder, fioLog, run } from './trace-files.js';

jest.setTimeout(60_000);

const folder = new TraceFolder();
afterAll(() => folder.remove());

const trace = folder.file(fioLog(['write 0 8192', 'read 4096 4096', 'sync 0 0', 'read 0 100']));

test('JSON has the promised keys, and none of its values is missing', async () => {
  const report = await run([trace], { traceOptions: {} });
  for (const key of ['schema', 'version', 'seed', 'config', 'digest', 'partial', 'trace']) {
    expect(report).toHaveProperty(key);
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(JSON.stringify(report)).not.toContain('null,null');
  const latency = report.operations['read']?.latency_ns;
  expect(Object.keys(latency ?? {})).toEqual(['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max']);
  expect(report.simulated.core_cycles).toBe(Math.floor(report.simulated.time_ps / 455));
  expect(report.operations['write']?.bytes).toBe(8192);
});

test('the time of steps, memory and locks adds up to that of the operations', async () => {
  const report = await run([trace], { traceOptions: {} });
  const { recalled_share: share, ...parts } = report.time_shares;
  const spent = Object.values(parts).reduce((sum, ns) => sum + ns, 0);
  const free = (report.operations['create']?.count ?? 0) * 150;
  const inOperations = Object.values(report.operations).reduce(
    (sum, { count, latency_ns: { mean } }) => sum + count * mean,
    0,
  );
  expect(Math.abs(spent - (inOperations - free))).toBeLessThan(0.01 * inOperations);
  expect(share).toBeGreaterThanOrEqual(0);
});

test('the summary has no holes and fits a terminal', async () => {
  const lines = summaryLines(await run([trace], { traceOptions: {} }));
  expect(lines.join('\n')).not.toMatch(/undefined|NaN|Infinity|\[object/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(140);
});
