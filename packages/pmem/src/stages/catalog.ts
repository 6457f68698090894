/**
 * Every stage that may stand behind a controller. Adding one is one file and one entry here.
 *
 * Not entries: `stage.ts`, what stages have in common; `ddr4-config.ts`, the figures of `ddr4.ts`;
 * `block-moves.ts`, the wear levelling of `ait-buffer.ts`.
 */
import { z } from 'zod';
import { aitBuffer } from './ait-buffer.js';
import { ddr4 } from './ddr4.js';
import { dram } from './dram.js';
import { link } from './link.js';
import { media } from './media.js';
import { rmwBuffer } from './rmw-buffer.js';

export const stageCatalog = [rmwBuffer, aitBuffer, media, dram, ddr4, link] as const;

/** One entry of a machine's list of stages; `kind` says which. */
export const stageConfig = z.discriminatedUnion('kind', [
  rmwBuffer.config,
  aitBuffer.config,
  media.config,
  dram.config,
  ddr4.config,
  link.config,
]);
export type StageConfig = z.output<typeof stageConfig>;
