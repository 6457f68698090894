/** Three tasks on one cached file, in random orders, under the locks of the page cache. */
import { describe, expect, test } from '@jest/globals';
import { NextOperation, Prng, StepMachine, assert } from '@daxsim/sim';
import type { OperationSource } from '@daxsim/sim';
import { FallocMode, R, checkInvariants, fsck, lockPlan, personality } from '../../src/index.js';
import { MappedFixture, PAGE } from '../mapped/mapped-fixture.js';
import type { RegisterName } from '../../src/index.js';

interface Call {
  readonly recipe: string;
  readonly args: { readonly [name in RegisterName]?: number };
}

class Lists implements OperationSource {
  private readonly started: number[];

  constructor(
    private readonly fs: MappedFixture,
    private readonly lists: readonly (readonly Call[])[],
  ) {
    this.started = lists.map(() => 0);
  }

  hasNext(task: number): boolean {
    return task < this.lists.length && this.started[task] < this.lists[task].length;
  }

  next(task: number): number {
    const { interpreter, set } = this.fs.system;
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
    // What each call answered depends on the order; the file at the end must be sound.
  }
}

/** Calls of three tasks on four pages, two mappings, a handle past the cache, little cache. */
function randomScenario(plan: string, seed: number) {
  const prng = new Prng(seed);
  const own = personality('xfs-pagecache@6.12');
  const cache = own.cache === null ? null : { ...own.cache, pagesMost: 64, dirtyMost: 2 };
  const fs = new MappedFixture({
    plan: lockPlan(plan),
    personality: { ...own, cache, stampGranularityNs: 1 },
    knobs: { stamps: 'frozen' },
  });
  const handle = fs.open('/f');
  const other = fs.open('/g');
  fs.write(handle, 0, 2 * PAGE, 1);
  fs.write(other, 0, 60 * PAGE, 1);
  fs.run('fsync', { handle: other });
  fs.run('ftruncate', { handle, length: 4 * PAGE });
  const maps = [fs.mmap(handle, 4), fs.mmap(handle, 4)];
  let source = 2;
  const call = (): Call => {
    const offset = prng.below(4) * PAGE;
    source += 1;
    const mapping = maps[prng.below(2)];
    switch (prng.below(10)) {
      case 0:
      case 1:
        return { recipe: 'store', args: { mapping, offset: offset + 8, length: 64, source } };
      case 2:
        return { recipe: 'load', args: { mapping, offset, length: 200 } };
      case 3:
        return { recipe: 'write', args: { handle, offset, length: PAGE + 100, source } };
      case 4:
        return { recipe: 'read', args: { handle: other, offset: 8 * offset, length: 5 * PAGE } };
      case 5: {
        const flags = FallocMode.PunchHole + FallocMode.KeepSize;
        return { recipe: 'fallocate', args: { handle, offset: offset + 50, length: PAGE, flags } };
      }
      case 6:
        return { recipe: 'ftruncate', args: { handle, length: offset + 100 } };
      case 7:
        return { recipe: 'fsync', args: { handle } };
      case 8:
        return { recipe: 'read', args: { handle, offset, length: 2 * PAGE } };
      default:
        return { recipe: 'msync', args: { mapping, offset, length: PAGE, flags: 4 } };
    }
  };
  return { fs, prng, lists: [0, 1, 2].map(() => [call(), call(), call()]) };
}

/** Takes random actions to the end; the first thing that is wrong, or null. */
function runRandom(plan: string, seed: number): string | null {
  const { fs, prng, lists } = randomScenario(plan, seed);
  const machine = new StepMachine(fs.system.interpreter, new Lists(fs, lists), lists.length);
  for (let choices = machine.choices(); choices > 0; choices = machine.choices()) {
    machine.take(prng.below(choices));
    const wrong = checkInvariants(fs.system.world);
    if (wrong !== null) return wrong;
  }
  if (machine.stuckTasks().length > 0) return `stuck: ${machine.stuckTasks().join(' ')}`;
  fs.run('unmount', {});
  const problems = fsck(fs.memory.crashImage({ keep: () => 0 }));
  return problems.length === 0 ? null : `${problems[0].where}: ${problems[0].what}`;
}

describe('random orders of three tasks on one cached file', () => {
  test.each(['pagecache-upstream', 'pagecache-upstream-6.1', 'global'])(
    'keep every invariant under %s',
    (plan) => {
      for (let seed = 0; seed < 12; seed += 1) {
        expect({ seed, wrong: runRandom(plan, seed) }).toEqual({ seed, wrong: null });
      }
    },
  );

  test('break one where faults take no lock of the file', () => {
    const broken = new Set<string>();
    for (let seed = 0; seed < 200 && broken.size === 0; seed += 1) {
      const wrong = runRandom('pagecache-historical', seed);
      if (wrong !== null) broken.add(wrong.slice(0, wrong.indexOf(':')));
    }
    expect([...broken]).not.toEqual([]);
  });
});
