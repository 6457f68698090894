/**
 * What the recipes of file operations have in common.
 *
 *     operation:   region 'call' { repeat 'operation' { body … leave }  letGo …  finish }
 *
 * A body that fails has put its number into `errno` and leaves 'operation'; whatever regions it was
 * in are left on the way. Then the operation lets go of the inodes that it kept alive, reclaims
 * what nobody can reach any more, and answers.
 */
import { again, branch, call, exit, leave, nothing, region, repeat, seq, step } from '@daxsim/sim';
import type { Arms, Recipe, RecipeNode, StepDefinition } from '@daxsim/sim';
import { chooseRoom } from '../../steps/files/log.js';
import { finish, letGo } from '../../steps/files/holds.js';
import type { World } from '../../world.js';

export type Part = RecipeNode<World>;

/** Hands nothing over. */
export const ALONE = { give: [], take: [] } as const;
/** Hands an inode over. */
export const INODE = { give: ['inode'], take: [] } as const;
/** Hands an inode and its pages [firstPage, endPage) over, which the callee walks with `cursor`. */
export const PAGES = {
  give: ['inode', 'cursor', 'end'],
  take: [],
  rename: { cursor: 'firstPage', end: 'endPage' },
} as const;
/** The same for unmapping, with `evenCopies`. */
export const UNMAP = {
  give: ['inode', 'cursor', 'end', 'flags'],
  take: [],
  rename: { cursor: 'firstPage', end: 'endPage', flags: 'evenCopies' },
} as const;
/** Hands an inode and bytes [cursor, end) over. */
export const BYTES = { give: ['inode', 'cursor', 'end'], take: [] } as const;
/** Hands the transaction over that must become durable. */
export const SEQUENCE = { give: ['sequence'], take: [] } as const;

/** Leaves the operation; `errno` says how it went. */
export const done: Part = leave('operation');

/** Lets go of both kept inodes and reclaims those that were the last to be left. */
export const letGoAll: Part = repeat(
  'letGo',
  seq(branch(letGo, { Ok: leave('letGo'), Orphan: call('reclaimOrphan', INODE) }), again('letGo')),
);

/** An operation that users submit. */
export function operation(name: string, about: string, ...body: readonly Part[]): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok', 'Error'],
    body: region(
      'call',
      seq(
        repeat('operation', seq(...body, leave('operation'))),
        letGoAll,
        branch(finish, { Ok: exit('Ok'), Error: exit('Error') }),
      ),
    ),
  };
}

/** Makes room after `LogFull` or `Busy` and then does the step again. */
const pushAndRetry: Part = seq(call('pushTail', ALONE), again('room'));
const freeAndRetry: Part = seq(
  branch(chooseRoom, {
    Force: call('forceRoom', ALONE),
    Checkpoint: seq(call('forceRoom', ALONE), call('pushTail', ALONE)),
  }),
  again('room'),
);

/**
 * A step with a transaction, repeated until there is room for it in the log and on the device.
 * `Failed` leaves the operation unless `arms` say otherwise.
 */
export function transact(definition: StepDefinition<World>, arms: Arms<World> = {}): Part {
  return repeat(
    'room',
    seq(
      branch(definition, { Failed: done, LogFull: pushAndRetry, Busy: freeAndRetry, ...arms }),
      leave('room'),
    ),
  );
}

/** A step that may fail. */
export function check(definition: StepDefinition<World>, arms: Arms<World> = {}): Part {
  return branch(definition, { Failed: done, ...arms });
}

/** A recipe that others call; it ends `Ok`, or `Error` with `errno` set. */
export function part(name: string, about: string, ...body: readonly Part[]): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok', 'Error'],
    body: seq(
      repeat('operation', seq(...body, leave('operation'))),
      branch(finish, { Ok: exit('Ok'), Error: exit('Error') }),
    ),
  };
}

/** A recipe that others call and that cannot fail. */
export function service(name: string, about: string, ...body: readonly Part[]): Recipe<World> {
  return { name, about, outcomes: ['Ok'], body: seq(...body) };
}

/** Regions and steps under their names, for short recipes. */
export { again, branch, call, leave, nothing, region, repeat, seq, step };
