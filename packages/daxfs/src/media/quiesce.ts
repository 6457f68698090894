/**
 * Force and checkpoint at once, without tasks: for recovery, for tests, and for whoever uses a
 * volume outside the simulation. Recipes move the same plans line by line instead.
 */
import type { Memory } from '@daxsim/pmem';
import type { LineWriter } from './line-writer.js';
import type { Volume } from './volume.js';

const WHOLE_LINE = 0xff;

/** Makes every committed transaction durable. */
export function forceNow(volume: Volume, memory: Memory, writer: LineWriter): void {
  const { journal } = volume;
  const upTo = journal.committedSequence;
  const lines = journal.planForce(upTo);
  if (lines === 0) return;
  const first = journal.planFirstLine;
  for (let line = first; line < first + lines; line += 1) {
    journal.lineInto(line, memory.lineWords);
    writer.store(journal.lineAddress(line), WHOLE_LINE);
  }
  writer.fence();
  journal.forceDone(upTo);
}

/** Writes every durable record home and empties the log as far. */
export function checkpointNow(volume: Volume, memory: Memory, writer: LineWriter): void {
  const { journal } = volume;
  const lines = journal.planCheckpoint(Number.MAX_SAFE_INTEGER);
  if (lines === 0) return;
  for (let index = 0; index < lines; index += 1) {
    journal.homeInto(index, memory.lineWords);
    writer.store(journal.homeAddress(index), journal.homeMask(index));
  }
  writer.fence();
  memory.lineWords[0] = journal.tailLow();
  memory.lineWords[1] = journal.tailHigh();
  writer.store(journal.tailAddress, 1);
  writer.fence();
  journal.checkpointDone();
}
