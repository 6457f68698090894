/**
 * Every stage that may stand behind a controller. Adding one is one file and one entry here.
 *
 * Not entries: `stage.ts`, what stages have in common.
 */
import { z } from 'zod';
import { aitBuffer } from './ait-buffer.js';
import { dram } from './dram.js';
import { media } from './media.js';
import { rmwBuffer } from './rmw-buffer.js';

export const stageCatalog = [rmwBuffer, aitBuffer, media, dram] as const;

/** One entry of a machine's list of stages; `kind` says which. */
export const stageConfig = z.discriminatedUnion('kind', [
  rmwBuffer.config,
  aitBuffer.config,
  media.config,
  dram.config,
]);
export type StageConfig = z.output<typeof stageConfig>;
