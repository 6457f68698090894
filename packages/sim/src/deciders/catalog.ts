/**
 * Every decider that a run may be given by name. Adding one is one file and one entry here.
 *
 * Not entries: `recording.ts`, which wraps another one.
 */
import type { Decider } from './decider.js';
import { ExhaustiveDecider } from './exhaustive.js';
import { ReplayDecider } from './replay.js';
import { SeededDecider } from './seeded.js';
import { TimedDecider } from './timed.js';

/** What deciders are made from; each takes what it needs. */
export interface DeciderOptions {
  /** Whole number 0 … 2^53 − 1. */
  readonly seed: number;
  /** Answers to repeat. */
  readonly choices: readonly number[];
}

export interface DeciderEntry {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  create(options: DeciderOptions): Decider;
}

export const deciderCatalog = [
  {
    name: 'timed',
    about: 'The earliest goes first and nothing goes wrong.',
    create: () => new TimedDecider(),
  },
  {
    name: 'seeded',
    about: 'At random, repeatable from a seed.',
    create: ({ seed }) => new SeededDecider(seed),
  },
  {
    name: 'replay',
    about: 'The choices of an earlier run.',
    create: ({ choices }) => new ReplayDecider(choices),
  },
  {
    name: 'exhaustive',
    about: 'Every combination, one run after another.',
    create: () => new ExhaustiveDecider(),
  },
] as const satisfies readonly DeciderEntry[];
