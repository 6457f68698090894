/**
 * Arms the faults of a replay, and tells them where in its file system a request is made, and on
 * which lines of the device a file lies.
 */
import { ExtentState } from '@daxsim/daxfs';
import type { FaultOverlay } from '@daxsim/pmem';
import { BLOCK_BYTES, ConfigError, INSTRUCTION_WORDS, nearestName } from '@daxsim/sim';
import { ArmedFaults, type RequestPlaces } from './armed-faults.js';
import type { MachineChoice } from '../config/systems.js';
import type { RunParts } from '../replay/run-parts.js';
import type { TimedSystem } from '../replay/timed-system.js';
import type { FaultOrder } from './parse-faults.js';
import { RunningOperations, type OperationPlace } from './running-operations.js';

const LINE = 64;

/** Faults that fail no access. */
const ONLY_SLOW: readonly string[] = ['slow-line', 'thermal-throttling'];

/** What a run with faults has besides. */
export interface Armed {
  readonly armed: ArmedFaults;
  readonly running: RunningOperations;
}

/**
 * Arms the faults of a run that is about to start. Throws ConfigError for a recipe or a step that
 * there is none of: the fault would wait for ever.
 */
export function armFaults(
  orders: readonly FaultOrder[],
  overlay: FaultOverlay,
  machineConfig: MachineChoice,
  parts: RunParts,
): Armed {
  const { timed, source, decider, digest } = parts;
  for (const order of orders) {
    checkPlace(order, timed);
    checkCache(order, timed);
  }
  const running = new RunningOperations(parts);
  const places = new Places(timed, running);
  const { domain } = machineConfig.config;
  const armed = new ArmedFaults(orders, overlay, domain, places, decider, digest);
  source.listeners.push({
    began: () => {
      armed.begun += 1;
    },
    ended: () => undefined,
  });
  return { armed, running };
}

function checkPlace({ entry, text }: FaultOrder, { system }: TimedSystem): void {
  const { programs, moves } = system.set;
  const kinds = { recipe: programs.map(({ name }) => name), step: moves.map(({ name }) => name) };
  for (const kind of ['recipe', 'step'] as const) {
    const name = entry[kind];
    if (name === undefined || kinds[kind].includes(name)) continue;
    const names = [...new Set(kinds[kind])].sort();
    throw new ConfigError({
      where: '--fault',
      found: `unknown ${kind} "${name}" in "${text}"`,
      allowed: kind === 'recipe' ? 'a recipe; see explain' : `one of ${names.join(', ')}`,
      nearest: nearestName(name, names),
    });
  }
}

/** A page cache fills its pages from what the device answers, and passes no error on. */
function checkCache({ entry, text }: FaultOrder, { system }: TimedSystem): void {
  const { name, cache, server } = system.world.personality;
  if ((cache === null && server === null) || ONLY_SLOW.includes(entry.fault)) return;
  throw new ConfigError({
    where: '--fault',
    found: `${text}, under ${name}, whose page cache does not model errors of its device`,
    allowed: `${ONLY_SLOW.join(', ')}; others on a file system without a page cache, or --fs none`,
  });
}

class Places implements RequestPlaces {
  constructor(
    private readonly timed: TimedSystem,
    private readonly running: RunningOperations,
  ) {}

  operationOf(source: number): OperationPlace | null {
    return this.running.placeOf(this.running.taskOn(source));
  }

  recipeOf(source: number): string {
    const task = this.running.taskOn(source);
    return task < 0 ? '' : this.timed.system.interpreter.programOf(task).name;
  }

  stepOf(source: number): string {
    const task = this.running.taskOn(source);
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
}
