/**
 * Who wants to know: events of a run, told to every observer in the order in which they signed on.
 *
 * The set of events is closed and each is five plain numbers, so that telling allocates nothing and
 * what is not asked for costs one test of a bit:
 *
 *     if ((observers.wanted & observedBit(Observed.Retired)) !== 0) observers.tell(Observed.Retired, …);
 *
 * Observers must not change function state. They may keep timing and report state of their own.
 */
import { assert } from './errors.js';

/** What can be observed, and what `a`, `b` and `c` of each event mean. */
export const Observed = {
  /** An instruction ended: a = program, b = counter, c = outcome. */
  Retired: 0,
  /** A decision fell: a = point, b = count, c = choice. */
  Decided: 1,
  /** A task began to wait for a lock: a = class, b = key, c = mode. */
  Blocked: 2,
  /** A lock was granted: a = class, b = key, c = mode. */
  Acquired: 3,
  /** A lock was given back: a = class, b = key, c = mode. */
  Released: 4,
  /** A task began: a = program, b = the task that spawned it or -1. */
  Began: 5,
  /** A task ended: a = program, c = outcome. */
  Ended: 6,
  /** A line was requested of memory: a = line, b = kind, c = when durable, or 0. */
  Requested: 7,
  /** A line reached the persistence domain: a = line. */
  Accepted: 8,
  /** A task went to sleep (c = 0) or woke (c = 1): a = wait, b = its key. */
  Slept: 9,
} as const;
export type Observed = (typeof Observed)[keyof typeof Observed];

/** Names of the events, by number. */
export const OBSERVED_NAMES: readonly string[] = Object.keys(Observed);

/** The bit of an event in `Observer.wants`. */
export function observedBit(event: Observed): number {
  return 1 << event;
}

/** Every event. */
export const OBSERVE_ALL = (1 << OBSERVED_NAMES.length) - 1;

export interface Observer {
  /** Bits of the events it is told of; must not change while it is signed on. */
  readonly wants: number;
  /** An event happened at `at` (ticks; 0 while exploring) in `task` (-1: none). */
  observe(event: Observed, at: number, task: number, a: number, b: number, c: number): void;
}

export class Observers {
  /** Bits of all events that somebody wants. */
  wanted = 0;
  private all: Observer[] = [];

  add(observer: Observer): void {
    assert(!this.all.includes(observer), 'Observers: observer was already added');
    this.all.push(observer);
    this.wanted |= observer.wants;
  }

  remove(observer: Observer): void {
    this.all = this.all.filter((other) => other !== observer);
    this.wanted = this.all.reduce((bits, other) => bits | other.wants, 0);
  }

  /** Tells those who want `event`. */
  tell(event: Observed, at: number, task: number, a: number, b: number, c: number): void {
    const bit = 1 << event;
    for (let i = 0; i < this.all.length; i += 1) {
      const observer = this.all[i];
      if ((observer.wants & bit) !== 0) observer.observe(event, at, task, a, b, c);
    }
  }
}
