/** Published experiments on contended lines, and pictures of a sweep. */
import { describe, expect, test } from '@jest/globals';
import { lineAnchors } from '../../src/locks/anchors.js';
import { bandsOf } from '../../src/locks/bands.js';
import type { CaseAnswer } from '../../src/locks/case-answer.js';
import { loadContention } from '../../src/locks/config.js';
import { locksSvg } from '../../src/index.js';

describe('published experiments', () => {
  const figures = lineAnchors(loadContention('default'), [1]);

  test.each(['A1', 'A3', 'A8', 'A10', 'B3 hot', 'B3 cold'])('%s is met', (id) => {
    const figure = figures.find((one) => one.id === id);
    expect(figure?.simulated ?? NaN).toBeGreaterThanOrEqual(figure?.from ?? 0);
    expect(figure?.simulated ?? NaN).toBeLessThanOrEqual(figure?.to ?? 0);
  });

  test('without the price of a far line under a queue, the count of I/Os costs less', () => {
    const [cheap] = lineAnchors(loadContention('default', { crossSocketQueued: 0.5 }), [1]);
    expect(cheap?.simulated ?? 0).toBeLessThan(3);
  });
});

/** A case of which only what bands and pictures look at is filled in. */
function answer(plan: string, workload: string, threads: number, rate: number): CaseAnswer {
  return {
    ...{ plan, workload, threads, sockets: 1, fairness: 1, locks: [], rwsem_events: {}, lines: [] },
    throughput_per_s: {
      ...{ mean: rate, half_width: rate / 100, seeds: 5, warmup_ns: 1, window_ns: 1 },
    },
    latency_ns: { min: 1, mean: 1, p50: 1, p90: 1, p99: 1, p999: 1, max: 1 },
    ...{ bottleneck: null, without_bottleneck_per_s: null, races: [], false_conflict_ratio: 0 },
    ...{
      bucket_collisions: 0,
      retries: 0,
      sleeps: 0,
      preemptions: 0,
      stale_window_ns: 0,
      pmd: null,
    },
  };
}

describe('what a sweep is held against', () => {
  test('overwrites that grow with threads are missed, and what was not run is not judged', () => {
    const flat = [1, 2, 4, 8].map((threads) => answer('S1', 'DWOM', threads, 1e6));
    const grows = [1, 2, 4, 8].map((threads) => answer('S1', 'DWOM', threads, threads * 1e6));
    expect(bandsOf(flat).map(({ holds }) => holds)).toEqual([true, null, null, null]);
    expect(bandsOf(grows)[0]?.holds).toBe(false);
  });
});

test('a picture has a line for each plan', () => {
  const svg = locksSvg([answer('S1', 'DRBM', 1, 5e5), answer('S3b', 'DRBM', 8, 4e6)]);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain('DRBM, 1 socket');
});
