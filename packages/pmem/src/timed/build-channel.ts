/** Puts the stages of one channel together, from the last to the first. */
import { assert } from '@daxsim/sim';
import type { InlineStage, StageEnv } from '../stages/stage.js';
import { aitBuffer } from '../stages/ait-buffer.js';
import type { StageConfig } from '../stages/catalog.js';
import { ddr4 } from '../stages/ddr4.js';
import { dram } from '../stages/dram.js';
import { link } from '../stages/link.js';
import { media } from '../stages/media.js';
import { rmwBuffer } from '../stages/rmw-buffer.js';

export function buildStages(stages: readonly StageConfig[], env: StageEnv): InlineStage {
  let next: InlineStage | null = null;
  for (let i = stages.length - 1; i >= 0; i -= 1) next = buildStage(stages[i], env, next);
  assert(next !== null, 'buildStages: a channel without stages');
  return next;
}

function buildStage(config: StageConfig, env: StageEnv, next: InlineStage | null): InlineStage {
  switch (config.kind) {
    case 'rmw-buffer':
      return rmwBuffer.build(config, env, next);
    case 'ait-buffer':
      return aitBuffer.build(config, env, next);
    case 'media':
      return media.build(config, env, next);
    case 'dram':
      return dram.build(config, env, next);
    case 'ddr4':
      return ddr4.build(config, env, next);
    case 'link':
      return link.build(config, env, next);
  }
}
