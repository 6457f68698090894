/**
 * Requests to a server, as FUSE and NFS clients make them.
 *
 *      ask     client ─ request ─▶ server: its lock, its work ─ answer ─▶ client
 *      tell    client ─ request ─▶ goes on             server: its lock, its work, by and by
 *
 * Who asks sleeps until the answer, with all locks, so the server's steps run as the asker's own:
 * no other order of steps would come from a task that only runs while this one sleeps. What nobody
 * waits for has a task for itself. Requests are carried out in every order that the server's locks
 * allow, as Linux 6.12 fs/fuse/dev.c promises none. Left out: a limit of requests under way,
 * interrupts, a server that dies.
 */
import { call, region, seq, spawn, step } from '@daxsim/sim';
import type { Passing, StepDefinition } from '@daxsim/sim';
import type { Part } from '../recipes/files/shapes.js';
import type { World } from '../world.js';

/** What a request and its answer cost on their way; they change nothing. */
function onTheWay(name: string): StepDefinition<World> {
  return { name, outcomes: ['Ok'], touches: [], run: () => 0 };
}

export const sendRequest = onTheWay('sendRequest');
export const takeAnswer = onTheWay('takeAnswer');

/** Sends a request and waits for its answer: fuse_simple_request. An error is the caller's. */
export function ask(at: string, given: Omit<Passing, 'take'>, failed: Part): Part {
  const passing = { ...given, take: ['errno'] };
  return seq<World>(step(sendRequest), call(at, passing, { Error: failed }), step(takeAnswer));
}

/** The same where a request cannot fail, or where nobody asks whether it did. */
export function order(at: string, given: Omit<Passing, 'take'>): Part {
  return seq<World>(step(sendRequest), call(at, { ...given, take: [] }), step(takeAnswer));
}

/** Sends a request that nobody waits for: fuse_simple_background. */
export function tell(at: string, given: Omit<Passing, 'take'>): Part {
  return seq<World>(step(sendRequest), spawn(at, { ...given, take: [] }));
}

/** The same where the server's part is no recipe of its own; within region `request`. */
export function request(...served: readonly Part[]): Part {
  return region('request', seq<World>(step(sendRequest), ...served, step(takeAnswer)));
}
