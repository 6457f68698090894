/**
 * Makes everything that a scratch mount has committed durable and home, outside of simulated time:
 * home blocks are poked, and the log is empty afterwards.
 */
import type { Memory } from '@daxsim/pmem';
import type { Volume } from '@daxsim/daxfs';

const WORDS_PER_LINE = 16;
const UNITS_PER_LINE = 8;

/** Settles a volume on its memory. */
export function settleVolume({ journal }: Volume, memory: Memory): void {
  const upTo = journal.committedSequence;
  if (journal.planForce(upTo) > 0) journal.forceDone(upTo);
  const lines = journal.planCheckpoint(Number.MAX_SAFE_INTEGER);
  if (lines === 0) return;
  const words = new Int32Array(WORDS_PER_LINE);
  for (let line = 0; line < lines; line += 1) {
    journal.homeInto(line, words);
    const address = journal.homeAddress(line);
    const mask = journal.homeMask(line);
    for (let unit = 0; unit < UNITS_PER_LINE; unit += 1) {
      if (((mask >>> unit) & 1) === 0) continue;
      memory.poke32(address + unit * 8, words[unit * 2] ?? 0);
      memory.poke32(address + unit * 8 + 4, words[unit * 2 + 1] ?? 0);
    }
  }
  memory.poke32(journal.tailAddress, journal.tailLow());
  memory.poke32(journal.tailAddress + 4, journal.tailHigh());
  journal.checkpointDone();
}
