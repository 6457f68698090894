/**
 * Ctrl-C ends a run in order: it stops where it may, and what it found so far is the result, marked
 * as partial. A second Ctrl-C ends the process at once.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

export class Interrupt {
  /** True once somebody asked for the end. */
  isAsked = false;
  private readonly onSignal = (): void => {
    if (this.isAsked) process.exit(130);
    this.isAsked = true;
    process.stderr.write('\nending; once more to end at once\n');
  };

  constructor() {
    process.on('SIGINT', this.onSignal);
  }

  /** Gives the event loop a turn, in which signals arrive; false once one has. */
  async mayGoOn(): Promise<boolean> {
    await nextTurn();
    return !this.isAsked;
  }

  dispose(): void {
    process.off('SIGINT', this.onSignal);
  }
}
