/** How long translations outlive blocks, from what an operation did. */
import { expect, test } from '@jest/globals';
import { staleWindowTicks } from './stale-window.js';
import type { PathItem } from './recorded-system.js';

function did(...steps: readonly (readonly [name: string, ticks: number])[]): PathItem[] {
  return steps.map(([name, ticks]) => ({
    ...{ kind: 'step', name, ticks, isShared: false, readBytes: 0, writeBytes: 0 },
    ...{ selector: '', range: '', key: -1 },
  }));
}

test('freed before they are unmapped, blocks have translations until the last zap ends', () => {
  const removal = did(['freeExtents', 7300], ['aimAtRange', 5], ['zapRange', 2980], ['finish', 40]);
  expect(staleWindowTicks(removal)).toBe(2985);
});

test('unmapped before they are freed, they have none', () => {
  expect(staleWindowTicks(did(['zapForLayout', 3030], ['freeExtents', 7300]))).toBe(0);
  expect(staleWindowTicks(did(['zapForLayout', 3030]))).toBe(0);
});
