/** Every shipped machine says what it models and what it leaves out, stage by stage. */
import { expect, test } from '@jest/globals';
import { MACHINE_NAMES, shippedMachine } from '../test/machines.js';
import { describeMachine } from './described.js';

test.each(MACHINE_NAMES)('%s says of each of its stages what it models', (name) => {
  const config = shippedMachine(name);
  const { models, leavesOut } = describeMachine(config);
  const cached = config.cpu.caches === null ? 0 : 1;
  const translated = config.cpu.translation === undefined ? 0 : 1;
  const windowed = config.window === undefined ? 0 : 1;
  const twoSockets = config.otherSocket === undefined ? 0 : 1;
  const saved = config.save === undefined ? 0 : 1;
  const ahead = config.cpu.prefetch === undefined ? 0 : 1;
  const parts = cached + ahead + twoSockets + translated + windowed + saved;
  expect(models).toHaveLength(2 + parts + config.stages.length);
  expect(new Set([...models, ...leavesOut]).size).toBe(models.length + leavesOut.length);
});
