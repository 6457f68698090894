/** Points, runs and what is measured of them. */
import { describe, expect, test } from '@jest/globals';
import { AddressStream } from './addresses.js';
import { parseRun, runConfig, type Point } from './config.js';
import { MetricKind, median, parseMetric, quantile, unitScale } from './metric.js';
import { readPoints } from './points.js';
import { meetsGoal, validationOf } from './report.js';
import { isMeasured, measurePoint } from './validate.js';

const RUN = { pattern: 'chase', operation: 'load', access_bytes: 64, region_bytes: 4096 };

function point(run: object, more: object = {}): Point {
  const fixed = { id: 'one', machine: 'optane-100-1dimm', metric: 'latency', unit: 'ns' };
  return { ...fixed, expected: 175, tolerance_percent: 10, run: { ...run }, ...more };
}

describe('a run', () => {
  test.each([
    ['a key that is not known', { ...RUN, huge_pages: true }, /huge_pages/],
    ['a value that is not known', { ...RUN, pattern: 'strided' }, /pattern/],
    ['a file system', { ...RUN, filesystem: 'xfs-dax', syscall: 'read' }, /file system/],
    ['a mix without a ratio', { ...RUN, operation: 'mix' }, /mix/],
    ['a flush that never comes', { ...RUN, clwb_every_bytes: 64 }, /clwb/],
  ])('with %s is unsupported, not approximated', (_what, run, reason) => {
    const answer = measurePoint(point(run), { seeds: [1] });
    expect(isMeasured(answer)).toBe(false);
    expect('reason' in answer && answer.reason).toMatch(reason);
  });

  test.each([
    [
      'machine',
      RUN,
      { machine: 'optane-100-1dim' },
      /allowed: cxl-pmem, .*nearest: optane-100-1dimm/,
    ],
    ['metric', RUN, { metric: 'latencies' }, /allowed: latency, .*nearest: latency/],
    ['unit', RUN, { unit: 'GB/s' }, /allowed: ns, us, ms/],
    ['key', { ...RUN, thread: 2 }, {}, /unknown key thread; allowed: .*nearest: threads/],
    ['socket', { ...RUN, remote_socket: true }, { machine: 'nvdimm-n' }, /another socket/],
  ])('with a %s that is not known is told what is allowed', (_what, run, more, reason) => {
    const answer = measurePoint(point(run, more), { seeds: [1], scale: 0.01 });
    expect('reason' in answer && answer.reason).toMatch(reason);
  });

  test('with cores on the other socket takes a round trip more', () => {
    const options = { seeds: [1], scale: 0.01 };
    const [here, there] = [false, true].map((remote_socket) => {
      const answer = measurePoint(point({ ...RUN, cached: false, remote_socket }), options);
      return isMeasured(answer) ? answer.simulated : 0;
    });
    expect((there ?? 0) - (here ?? 0)).toBeGreaterThan(55);
    expect((there ?? 0) - (here ?? 0)).toBeLessThan(62);
  });

  test('of stores through an uncached mapping makes one way after the other', () => {
    const run = { pattern: 'sequential', operation: 'store', access_bytes: 8, region_bytes: 4096 };
    const bar = { machine: 'pci-bar-gen3x8', metric: 'bandwidth', unit: 'GB/s' };
    const [wc, uc] = ['wc', 'uc'].map((mapping) => {
      const answer = measurePoint(point({ ...run, mapping }, bar), { seeds: [1], scale: 0.01 });
      return isMeasured(answer) ? answer.simulated : 0;
    });
    expect(uc).toBeCloseTo(8 / 63, 2);
    expect(wc).toBeGreaterThan(5);
  });

  test.each([1, 2, 8])('of atomics of %i cores on one line takes as many transfers', (threads) => {
    const run = { pattern: 'sequential', operation: 'atomic', access_bytes: 8, region_bytes: 64 };
    const options = { seeds: [1], scale: 0.01 };
    const answer = measurePoint(point({ ...run, threads, coherent: true }), options);
    const alone = 18 * 0.455;
    expect(isMeasured(answer) && answer.simulated).toBeCloseTo(
      threads > 1 ? threads * 48 : alone,
      0,
    );
  });

  test('of small stores past the caches fills lines, unless fences send them off', () => {
    const stores = { pattern: 'sequential', operation: 'ntstore', region_bytes: 65_536 };
    const rate = (access_bytes: number, fence: string): number => {
      const more = { metric: 'bandwidth', unit: 'GB/s' };
      const answer = measurePoint(point({ ...stores, access_bytes, fence }, more), {
        seeds: [1],
        scale: 0.01,
      });
      return isMeasured(answer) ? answer.simulated : 0;
    };
    expect(rate(8, 'none')).toBe(rate(64, 'none'));
    expect(rate(8, 'mfence-per-access')).toBeLessThan(rate(64, 'mfence-per-access') / 4);
  });
});

test('every shipped point has a run that is understood, but for those of file systems', () => {
  const points = readPoints();
  const refused = points.filter((one) => parseRun(one).reason !== undefined);
  expect(points).toHaveLength(211);
  expect(refused.map(({ id }) => id.slice(0, 3))).toEqual(['fs-', 'fs-', 'fs-', 'fs-', 'fs-']);
});

describe('addresses', () => {
  const interleave = { channels: 6, chunkBytes: 4096 };
  const taken = (run: object, count: number, thread = 0): number[] => {
    const stream = new AddressStream(runConfig.parse({ ...RUN, ...run }), thread, interleave, 1);
    return Array.from({ length: count }, () => stream.take());
  };

  test('of a chase go through every line once, in the same order on every pass', () => {
    const pass = taken({}, 128);
    expect(new Set(pass.slice(0, 64)).size).toBe(64);
    expect(pass.slice(64)).toEqual(pass.slice(0, 64));
  });

  test('of a probe are all first halves, then all second halves', () => {
    const probe = taken({ pattern: 'xpbuffer-probe', operation: 'ntstore', region_bytes: 512 }, 8);
    expect(probe).toEqual([0, 64, 256, 320, 128, 192, 384, 448]);
  });

  test('of a thread that stays on two of six DIMMs lie on these', () => {
    const run = { pattern: 'random', dimms_per_thread: 2, threads: 3, region_bytes: 65_536 };
    for (const address of taken(run, 200, 1)) {
      expect([2, 3]).toContain(Math.floor(address / 4096) % 6);
    }
  });

  test('of private regions do not meet', () => {
    const run = { pattern: 'random', thread_regions: 'private', threads: 2 };
    expect(Math.max(...taken(run, 200, 0))).toBeLessThan(Math.min(...taken(run, 200, 1)));
  });
});

describe('a metric', () => {
  test('names its quantile by the digits', () => {
    expect(parseMetric('latency_p99999')).toEqual({ kind: MetricKind.Quantile, share: 0.99999 });
    expect(parseMetric('latency_p50')?.share).toBe(0.5);
    expect(parseMetric('latency_q50')).toBeNull();
  });

  test('takes the units that fit it', () => {
    expect(unitScale(MetricKind.Mean, 'us')).toBe(1e6);
    expect(unitScale(MetricKind.Bandwidth, 'ns')).toBeNull();
  });

  test('counts ranks as its definition says', () => {
    const sorted = Float64Array.from([1, 2, 3, 4]);
    expect([0.25, 0.26, 0.5, 0.99].map((share) => quantile(sorted, share))).toEqual([1, 2, 2, 4]);
    expect(median([3, 1, 2, 10])).toBe(2.5);
  });
});

test('more modules for each thread than the machine has are unsupported', () => {
  const answer = measurePoint(point({ ...RUN, dimms_per_thread: 2 }), { seeds: [1], scale: 0.02 });
  expect(answer).toMatchObject({ reason: expect.stringContaining('dimms_per_thread: 2 on') });
});

test('the same seeds give the same answer, and one point far off misses the goal', () => {
  const options = { seeds: [1, 2], scale: 0.02 };
  const first = measurePoint(point(RUN), options);
  expect(measurePoint(point(RUN), options)).toEqual(first);
  const far = measurePoint(point(RUN, { expected: 1 }), options);
  expect(meetsGoal(validationOf([far]))).toBe(false);
  expect(validationOf([far]).off_by_more_than_2x).toEqual(['one']);
});
