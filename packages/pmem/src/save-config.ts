/** Figures of a module of DRAM that is saved at power loss; see `save.ts`. */
import { z } from 'zod';
import { figure } from './figure.js';

const positive = (about: string) => figure(z.number().positive().max(1e9), about);

export const saveConfig = z.strictObject({
  moduleGib: positive('DRAM of a module, GiB.'),
  saveMibPerS: positive('How fast a module writes its flash, MiB a second.'),
  restoreMibPerS: positive('How fast it reads its flash, MiB a second.'),
  saveWatts: positive('What a module draws while it saves, W.'),
  energyJoules: positive('What its energy source holds when it is armed, J.'),
});
export type SaveConfig = z.output<typeof saveConfig>;
