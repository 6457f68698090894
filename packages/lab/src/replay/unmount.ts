/**
 * The end of a replay: what the traces left open is closed, and the file system goes home as a
 * clean shutdown takes it, outside of the measured time. Unmounting is repeated until the log is
 * empty, because one push of its tail writes a bounded number of records.
 */
import { R } from '@daxsim/daxfs';
import { NO_EVENTS, RunEnd, TaskStatus, TimedMachine, assert } from '@daxsim/sim';
import { PlainOperations, type PlainOperation } from './plain-operations.js';
import type { Lane } from './replay-source.js';
import type { TimedSystem } from './timed-system.js';

/** Closes, unmaps, unmounts; `at` is when the last operation of the traces ended. */
export function unmount(
  { system }: TimedSystem,
  lanes: readonly Lane[],
  at: number,
  switchTicks: number,
): void {
  const { interpreter, mover, world } = system;
  const operations: PlainOperation[] = [];
  for (const { numbers } of lanes) {
    const { handles, mappings } = numbers.open();
    for (const { number, length } of mappings) {
      const registers = [
        [R.mapping, number],
        [R.length, length],
      ] as const;
      operations.push({ recipe: 'munmap', registers });
    }
    for (const handle of handles) {
      if (world.handles.inode(handle) === 0) continue;
      operations.push({ recipe: 'close', registers: [[R.handle, handle]] });
    }
  }
  const { journal } = world.volume;
  do {
    operations.push({ recipe: 'unmount', registers: [] });
    interpreter.tasks.status.set(0, TaskStatus.Free);
    interpreter.clock[0] = Math.max(at, interpreter.clock[0]!);
    const source = new PlainOperations(interpreter, operations);
    const machine = new TimedMachine(interpreter, source, mover, NO_EVENTS, 1, 1, switchTicks);
    mover.cpuOf = machine.cpuOf;
    assert(machine.run() === RunEnd.Ended, 'replay: unmount did not end');
    operations.length = 0;
  } while (journal.checkpointedSequence < journal.committedSequence);
}
