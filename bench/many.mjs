/** A file system without time and a task that runs operations on it, for benchmarks of size. */
import { OpenFlag, R, createSystem, mkfs, personality, xfsUpstream } from '@daxsim/daxfs';
import { createUntimedMemory } from '@daxsim/pmem';
import { Ran, StateSpace } from '@daxsim/sim';

const TASK = 0;

export class Runner {
  constructor({ capacityBytes, inodes }) {
    const space = new StateSpace();
    const memory = createUntimedMemory(space, capacityBytes, 'adr');
    const stripeBlocks = 0;
    const logBytes = 64 * 2 ** 20;
    mkfs(memory, { capacityBytes, logBytes, inodes, stripeBlocks, seed: 1, label: 'bench' });
    this.system = createSystem({
      ...{ memory, space, prices: null, taskCapacity: 4 },
      personality: personality('xfs-dax'),
      plan: xfsUpstream,
    });
    const { interpreter, set } = this.system;
    interpreter.spawnBase = 1;
    this.interpreter = interpreter;
    this.programs = set.programByName;
    this.failures = 0;
    this.handle = 0;
  }

  path(text) {
    return this.system.world.paths.idOf(text);
  }

  /** Opens a file under a fresh handle, which becomes `handle`. */
  open(name, flags) {
    this.handle += 1;
    const path = this.path(name);
    this.run('open', (frame) => {
      frame.set(R.path, path);
      frame.set(R.flags, flags);
      frame.set(R.mode, 0o644);
      frame.set(R.handle, this.handle);
    });
  }

  close() {
    this.run('close', (frame) => frame.set(R.handle, this.handle));
  }

  /** Runs a recipe to its end; `fill` sets its registers. Answers its errno. */
  run(recipe, fill) {
    const { interpreter } = this;
    fill(interpreter.begin(TASK, this.programs.get(recipe)));
    while (interpreter.execute(TASK, Infinity) !== Ran.Ended);
    const frame = interpreter.operationFrame(TASK);
    this.result = frame.get(R.result);
    const errno = frame.get(R.errno);
    interpreter.end(TASK);
    if (errno !== 0) this.failures += 1;
    return errno;
  }
}

export { OpenFlag, R };
