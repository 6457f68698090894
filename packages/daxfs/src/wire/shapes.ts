/** How recipes ask a server, and what the recipes of the server look like. */
import { leave, nothing, repeat, seq, spawn, step, wait } from '@daxsim/sim';
import { branch } from '../recipes/files/shapes.js';
import { answered, sendAnswer, sendRequest, takeAnswer } from './requests.js';
import type { Passing, Recipe } from '@daxsim/sim';
import type { Part } from '../recipes/files/shapes.js';
import type { World } from '../world.js';

/** Sends a request and sleeps until it is answered, with all locks: fuse_simple_request. */
export function ask(service: string, given: Omit<Passing, 'take'>, failed: Part): Part {
  return seq<World>(
    step(sendRequest),
    spawn(service, { ...given, give: [...given.give, 'request'], take: [] }),
    wait(answered, { drop: [] }, { Woken: nothing(), Interrupted: nothing() }),
    branch(takeAnswer, { Failed: failed }),
  );
}

/** Sends a request that nobody waits for: fuse_simple_background. */
export function tell(service: string, given: Omit<Passing, 'take'>): Part {
  return spawn(service, { ...given, take: [] });
}

/**
 * What a server does with a request; leaving `operation` with an `errno` is its way of failing. The
 * answer comes when all locks of the server are let go of.
 */
export function served(
  name: string,
  about: string,
  body: Part,
  behind: Part = nothing(),
): Recipe<World> {
  return {
    name,
    about,
    outcomes: ['Ok'],
    body: seq<World>(
      repeat('operation', seq<World>(body, leave('operation'))),
      behind,
      step(sendAnswer),
    ),
  };
}
