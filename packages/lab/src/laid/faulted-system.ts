/**
 * Arms the faults of a replay, and tells them where in its file system a request is made, and on
 * which lines of the device a file lies.
 */
import { ExtentState, type World } from '@daxsim/daxfs';
import type { FaultOverlay } from '@daxsim/pmem';
import { BLOCK_BYTES, INSTRUCTION_WORDS, type TimedMachine } from '@daxsim/sim';
import { ArmedFaults, type RequestPlaces } from './armed-faults.js';
import type { MachineChoice } from '../config/systems.js';
import type { RunParts } from '../replay/run-parts.js';
import type { TimedSystem } from '../replay/timed-system.js';
import type { FaultOrder } from './parse-faults.js';

const LINE = 64;

/** Arms the faults of a run that is about to start. */
export function armFaults(
  orders: readonly FaultOrder[],
  overlay: FaultOverlay,
  machineConfig: MachineChoice,
  { timed, machine, source, decider, digest }: RunParts,
): ArmedFaults {
  const places = new Places(timed, machine);
  const { domain } = machineConfig.config;
  const armed = new ArmedFaults(orders, overlay, domain, places, decider, digest);
  source.listeners.push({
    began: () => {
      armed.begun += 1;
    },
    ended: () => undefined,
  });
  return armed;
}

class Places implements RequestPlaces {
  constructor(
    private readonly timed: TimedSystem,
    private readonly machine: TimedMachine<World>,
  ) {}

  recipeOf(source: number): string {
    const task = this.taskOn(source);
    return task < 0 ? '' : this.timed.system.interpreter.programOf(task).name;
  }

  stepOf(source: number): string {
    const task = this.taskOn(source);
    if (task < 0) return '';
    const { interpreter, set } = this.timed.system;
    const at = interpreter.tasks.counterAt(interpreter.tasks.call(task)) * INSTRUCTION_WORDS;
    const move = interpreter.programOf(task).code[at + 1] ?? 0;
    return set.moves[move]?.name ?? '';
  }

  linesOf(path: string, from: number, to: number): readonly number[] {
    const { volume } = this.timed.system.world;
    let inode = volume.inodes.root;
    for (const part of path.split('/').filter((name) => name !== '' && name !== '.')) {
      inode = volume.directories.lookup(inode, volume.names.idOf(part));
      if (inode === 0) return [];
    }
    const lines: number[] = [];
    for (let line = Math.floor(from / LINE); line * LINE < to; line += 1) {
      const block = Math.floor((line * LINE) / BLOCK_BYTES);
      if (volume.extents.lookup(inode, block) !== ExtentState.Written) continue;
      lines.push(volume.extents.block * (BLOCK_BYTES / LINE) + (line % (BLOCK_BYTES / LINE)));
    }
    return lines;
  }

  private taskOn(source: number): number {
    return this.machine.cpuOf.indexOf(source);
  }
}
