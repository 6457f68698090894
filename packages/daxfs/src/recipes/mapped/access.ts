/** Loads and stores of a program through a mapping; they fault, they do not call. */
import { branch, exit, move, seq, step } from '@daxsim/sim';
import type { MoveDefinition, Recipe, RecipeNode } from '@daxsim/sim';
import { fence, userFlush, userLoad, userStore } from '../../moves/definitions.js';
import { beginAccess, endAccess } from '../../steps/mapped/access.js';
import type { World } from '../../world.js';

function access(bytes: MoveDefinition<World>): RecipeNode<World> {
  return seq<World>(
    branch(beginAccess, { Segv: exit('Signal') }),
    move(bytes, { Signal: seq<World>(step(endAccess), exit('Signal')) }),
    step(endAccess),
  );
}

const load: Recipe<World> = {
  name: 'load',
  about: 'A program reads bytes of its mapping.',
  outcomes: ['Ok', 'Signal'],
  body: access(userLoad),
};

const store: Recipe<World> = {
  name: 'store',
  about: 'A program writes bytes of its mapping, with flush and fence if its flags say so.',
  outcomes: ['Ok', 'Signal'],
  body: access(userStore),
};

const flush: Recipe<World> = {
  name: 'flush',
  about: 'A program writes lines of its mapping back (clwb), without waiting for them.',
  outcomes: ['Ok', 'Signal'],
  body: access(userFlush),
};

const drain: Recipe<World> = {
  name: 'drain',
  about: 'A program waits until what it flushed is durable (sfence).',
  outcomes: ['Ok'],
  body: move(fence),
};

export const ACCESS_RECIPES: readonly Recipe<World>[] = [load, store, flush, drain];
