/** How a recipe runs a step with a transaction: makes room in the log or on the device, repeats. */
import { again, branch, call, leave, repeat, seq, step } from '@daxsim/sim';
import type { RecipeNode } from '@daxsim/sim';
import { aimAtAll, chooseRoom } from '../../steps/files/log.js';
import type { Step } from '../../steps/files/answers.js';
import type { World } from '../../world.js';

/** Repeats `transaction` until it is done or has failed for good; `failed` must leave. */
export function untilDone(
  label: string,
  transaction: Step,
  failed: RecipeNode<World>,
): RecipeNode<World> {
  return repeat(
    label,
    seq<World>(
      branch(transaction, {
        Failed: failed,
        LogFull: seq(call('pushTail', { give: [], take: [] }), again(label)),
        Busy: seq(
          branch(chooseRoom, {
            Force: seq(step(aimAtAll), call('forceLog', { give: ['sequence'], take: [] })),
            Checkpoint: call('pushTail', { give: [], take: [] }),
          }),
          again(label),
        ),
      }),
      leave(label),
    ),
  );
}
