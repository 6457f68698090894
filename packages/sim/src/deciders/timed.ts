import type { Decider } from './decider.js';

/**
 * Takes the first candidate: the machine offers them by time and then sequence, and everything that
 * might go wrong does not.
 */
export class TimedDecider implements Decider {
  decide(): number {
    return 0;
  }
}
