/**
 * Several tasks on one tree, in random orders: nothing deadlocks, no invariant breaks, and what is
 * on media after unmounting is a file system.
 */
import { describe, expect, test } from '@jest/globals';
import { NextOperation, Prng, StepMachine, assert } from '@daxsim/sim';
import type { OperationSource } from '@daxsim/sim';
import {
  FallocMode,
  OpenFlag,
  R,
  RenameFlag,
  checkInvariants,
  fsck,
  lockPlan,
} from '../../src/index.js';
import type { RegisterName } from '../../src/index.js';
import { Driver } from '../driver.js';
import type { Arguments } from '../driver.js';

interface Call {
  readonly recipe: string;
  readonly args: Arguments;
}

class Lists implements OperationSource {
  private readonly started: number[];

  constructor(
    private readonly driver: Driver,
    private readonly lists: readonly (readonly Call[])[],
  ) {
    this.started = lists.map(() => 0);
  }

  hasNext(task: number): boolean {
    return task < this.lists.length && this.started[task] < this.lists[task].length;
  }

  next(task: number): number {
    const { interpreter, set } = this.driver.system;
    const call = this.lists[task][this.started[task]];
    this.started[task] += 1;
    const program = set.programByName.get(call.recipe);
    assert(program !== undefined, 'no such recipe');
    const frame = interpreter.begin(task, program);
    for (const [name, value] of Object.entries(call.args)) {
      frame.set(R[name as RegisterName], value);
    }
    return NextOperation.Started;
  }

  finished(): void {
    // What each call answered depends on the order; the tree at the end must be sound.
  }
}

const PATHS = ['/a', '/b', '/d', '/d/a', '/d/e', '/d/e/a', '/e', '/e/a'];
const PAGE = 4096;

/** Random calls of one task; its handles are its own, its paths are everybody's. */
class Caller {
  private handle: number;
  private readonly open: number[] = [];

  constructor(
    private readonly driver: Driver,
    private readonly prng: Prng,
    task: number,
  ) {
    this.handle = 100 * (task + 1);
  }

  calls(count: number): Call[] {
    const calls: Call[] = [];
    for (let i = 0; i < count; i += 1) calls.push(this.call());
    for (const handle of this.open) calls.push({ recipe: 'close', args: { handle } });
    return calls;
  }

  private path(): number {
    return this.driver.path(PATHS[this.prng.below(PATHS.length)]);
  }

  private call(): Call {
    const path = this.path();
    const path2 = this.path();
    switch (this.prng.below(12)) {
      case 0:
        return { recipe: 'mkdir', args: { path } };
      case 1:
        return { recipe: 'rmdir', args: { path } };
      case 2:
      case 3:
        return { recipe: 'unlink', args: { path } };
      case 4:
      case 5: {
        const flags = this.prng.below(4) === 0 ? RenameFlag.Exchange : 0;
        return { recipe: 'rename', args: { path, path2, flags } };
      }
      case 6:
        return { recipe: 'link', args: { path, path2 } };
      case 7:
        return { recipe: 'truncate', args: { path, length: this.prng.below(3 * PAGE) } };
      default:
        return this.onHandle(path);
    }
  }

  private onHandle(path: number): Call {
    if (this.open.length === 0 || this.prng.below(3) === 0) {
      this.handle += 1;
      this.open.push(this.handle);
      const flags = OpenFlag.ReadWrite | OpenFlag.Create;
      return { recipe: 'open', args: { path, flags, mode: 0o644, handle: this.handle } };
    }
    const handle = this.open[this.prng.below(this.open.length)];
    const handle2 = this.open[this.prng.below(this.open.length)];
    const offset = this.prng.below(4 * PAGE);
    const length = 1 + this.prng.below(2 * PAGE);
    switch (this.prng.below(6)) {
      case 0:
        return { recipe: 'read', args: { handle, offset, length } };
      case 1:
        return { recipe: 'fsync', args: { handle } };
      case 2: {
        const flags = FallocMode.PunchHole | FallocMode.KeepSize;
        return { recipe: 'fallocate', args: { handle, offset, length, flags } };
      }
      case 3:
        return { recipe: 'copyRange', args: { handle, offset, handle2, offset2: offset, length } };
      default:
        return { recipe: 'write', args: { handle, offset, length, source: this.prng.below(250) } };
    }
  }
}

/** Runs a random scenario; what is wrong first, or null. */
function runRandom(plan: string, seed: number): string | null {
  const prng = new Prng(seed);
  const driver = new Driver({
    plan: lockPlan(plan),
    knobs: { stamps: 'frozen' },
    capacityBytes: 2 * 1024 * 1024,
    logBytes: 256 * 1024,
    inodes: 32,
  });
  for (const path of ['/d', '/d/e', '/e']) driver.at('mkdir', path);
  driver.run('close', { handle: driver.open('/a') });
  const lists = [0, 1, 2].map((task) => new Caller(driver, prng, task).calls(8));
  const machine = new StepMachine(driver.system.interpreter, new Lists(driver, lists), 3);
  for (let count = machine.choices(); count > 0; count = machine.choices()) {
    machine.take(prng.below(count));
    const wrong = checkInvariants(driver.system.world);
    if (wrong !== null) return wrong;
  }
  if (machine.stuckTasks().length > 0) return `stuck: ${machine.stuckTasks().join(' ')}`;
  return soundAfterUnmount(driver);
}

function soundAfterUnmount(driver: Driver): string | null {
  const { allocator } = driver.system.world.volume;
  const { tasks } = driver.system.interpreter;
  tasks.status.set(0, 0);
  driver.run('unmount', {});
  if (allocator.reserved !== 0) return `${String(allocator.reserved)} blocks stay reserved`;
  const problems = fsck(driver.memory.crashImage({ keep: () => 0 }));
  return problems.length === 0 ? null : `${problems[0].where}: ${problems[0].what}`;
}

describe('random orders of three tasks', () => {
  test.each(['xfs-upstream', 'global', 'none'])('leave a sound file system under %s', (plan) => {
    for (let seed = 1; seed <= 60; seed += 1) {
      expect([seed, runRandom(plan, seed)]).toEqual([seed, null]);
    }
  });
});
