/** A corpus scenario run once, its threads in turn: what is left when nothing interleaves. */
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { CORRECT_PLAN, settingUnder } from '../corpus/corpus-setting.js';
import { corpusSystem } from '../corpus/corpus-system.js';
import type { World } from '@daxsim/daxfs';
import type { CorpusScenario } from '../corpus/config.js';

export interface RunOnce {
  readonly world: World;
  /** Numbers of pins by the names that the scenario gives them. */
  readonly pinNames: ReadonlyMap<string, number>;
  /** Name of the file of an inode. */
  readonly fileOf: (inode: number) => string;
  /** What is wrong at the end, or null. */
  readonly stuck: string | null;
}

/** Runs the scenario under the correct rules. */
export function createSystemOf(where: string, scenario: CorpusScenario): RunOnce {
  const plan = planCorpusScenario(where, scenario);
  const { system } = corpusSystem(plan, settingUnder(scenario, CORRECT_PLAN));
  system.runAlone();
  const { world } = system.system;
  const pinNames = new Map<string, number>();
  for (const { operation, registers } of plan.calls.threads.flat()) {
    const { source } = operation;
    if (source.op === 'pin' && registers.pin !== undefined) pinNames.set(source.id, registers.pin);
  }
  const names = new Map<number, string>();
  const { directories, inodes, names: texts } = world.volume;
  for (const file of plan.files) {
    names.set(directories.lookup(inodes.root, texts.idOf(file)), file);
  }
  return {
    world,
    pinNames,
    fileOf: (inode) => names.get(inode) ?? `inode ${String(inode)}`,
    stuck: system.failure(),
  };
}
