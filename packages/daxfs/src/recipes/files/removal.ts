/** What a removal of blocks does at its end where a knob says so, and not before. */
import { awaitShootDown } from '../../steps/mapped/shoot-down.js';
import { shootsDownLate } from '../mapped/fault-variants.js';
import { branch, nothing, step } from './shapes.js';
import type { Part } from './shapes.js';

/** As a defect: every TLB lets go of the blocks only after they were freed. */
export const shootDownLate: Part = branch(shootsDownLate, {
  No: nothing(),
  Yes: step(awaitShootDown),
});
