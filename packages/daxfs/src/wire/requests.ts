/**
 * Requests to a server, as FUSE and NFS clients make them: a task sends one, a task of the server
 * carries it out, and whoever sent it may sleep until it is answered.
 *
 *      client   send ─▶ request 3 ─ sleeps ──────────────▶ take: errno, 3 is free again
 *      server             └▶ spawned task: its locks, its work ─▶ answer
 *
 * Every request has a task of the server for itself, so requests are carried out in any order that
 * the server's own locks allow: Linux 6.12 fs/fuse/dev.c promises none. What a request asks for
 * is in the registers of the server's task. Left out: a limit of requests under way, interrupts,
 * a server that dies.
 */
import { IntColumn } from '@daxsim/sim';
import { R } from '../registers.js';
import type { StateSpace, WaitDefinition } from '@daxsim/sim';
import type { Step } from '../steps/files/answers.js';
import type { World } from '../world.js';

const Phase = { Free: 0, Sent: 1, Answered: 2 } as const;

/** The requests that somebody waits for, by number; 0 is a request that nobody waits for. */
export class Requests {
  private readonly phases: IntColumn;
  private readonly errnos: IntColumn;

  constructor(space: StateSpace) {
    this.phases = new IntColumn(space, 'wire.phases');
    this.errnos = new IntColumn(space, 'wire.errnos');
  }

  /** Takes the lowest free number, so that equal sets of requests are equal states. */
  send(): number {
    let request = 1;
    while (this.phases.get(request) !== Phase.Free) request += 1;
    this.phases.set(request, Phase.Sent);
    return request;
  }

  answer(request: number, errno: number): void {
    this.phases.set(request, Phase.Answered);
    this.errnos.set(request, errno);
  }

  isAnswered(request: number): boolean {
    return this.phases.get(request) === Phase.Answered;
  }

  /** The answer; the number is free again. */
  take(request: number): number {
    const errno = this.errnos.get(request);
    this.phases.set(request, Phase.Free);
    this.errnos.set(request, 0);
    return errno;
  }
}

/** Until the request of the frame is answered. */
export const answered: WaitDefinition<World> = {
  name: 'answered',
  key: (_world, frame) => frame.get(R.request),
  ready: (world, frame) => world.requests.isAnswered(frame.get(R.request)),
};

/** Gives the request that follows its number. */
export const sendRequest: Step = {
  name: 'sendRequest',
  outcomes: ['Ok'],
  touches: ['wire'],
  run(world, frame) {
    frame.set(R.request, world.requests.send());
    return 0;
  },
};

/** The answer's error becomes the caller's. */
export const takeAnswer: Step = {
  name: 'takeAnswer',
  outcomes: ['Ok', 'Failed'],
  touches: ['wire'],
  run(world, frame) {
    const errno = world.requests.take(frame.get(R.request));
    if (errno === 0) return 0;
    frame.set(R.errno, errno);
    return 1;
  },
};

/** The server answers, if anybody waits. */
export const sendAnswer: Step = {
  name: 'sendAnswer',
  outcomes: ['Ok'],
  touches: ['wire'],
  run(world, frame) {
    const request = frame.get(R.request);
    if (request === 0) return 0;
    world.requests.answer(request, frame.get(R.errno));
    world.signal(answered.name, request);
    return 0;
  },
};
