/**
 * A file system whose operations are durable when they return: the layout and the steps of XFS with
 * DAX, and a log force at the end of each operation. No kernel ships it; it is the model that NOVA,
 * PMFS and WineFS promise and that Chipmunk (EuroSys 2023) tests.
 */
import type { Personality } from '../personality.js';
import { xfsDax612 } from './xfs-dax.js';

export const strictDax: Personality = Object.freeze({
  ...xfsDax612,
  name: 'strict-dax@6.12',
  metadata: 'synchronous',
} as const);
