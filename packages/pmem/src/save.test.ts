/** What power loss asks of a module that saves its DRAM to flash. */
import { expect, test } from '@jest/globals';
import { shippedMachine } from '../test/machines.js';
import { describeSave, savePlan } from './save.js';

const save = shippedMachine('nvdimm-n').save!;

test('a shipped module saves and restores all in the minute that is published', () => {
  const { saveSeconds, restoreSeconds, savedShare } = savePlan(save);
  expect(Math.abs(saveSeconds - 60)).toBeLessThan(1);
  expect(Math.abs(restoreSeconds - 60)).toBeLessThan(1);
  expect(savedShare).toBe(1);
  expect(describeSave(save)).toContain('60 s');
});

test('with too little energy a part is saved, in proportion', () => {
  const { neededJoules } = savePlan(save);
  expect(savePlan(save, neededJoules / 4).savedShare).toBeCloseTo(0.25);
  expect(savePlan(save, neededJoules).savedShare).toBe(1);
});
