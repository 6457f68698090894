/**
 * Random schedules of three tasks on one file that is mapped twice, with every invariant checked
 * after every action. Without locks the same schedules must break one, or the check looks at
 * nothing.
 */
import { describe, expect, test } from '@jest/globals';
import { NextOperation, Prng, StepMachine, assert } from '@daxsim/sim';
import type { OperationSource } from '@daxsim/sim';
import { FallocMode, R, checkInvariants, fsck, lockPlan } from '../../src/index.js';
import type { RegisterName } from '../../src/index.js';
import { MappedFixture, PAGE } from './mapped-fixture.js';

interface Call {
  readonly recipe: string;
  readonly args: { readonly [name in RegisterName]?: number };
}

/** Runs each task's list of calls; remembers how each ended. */
class Lists implements OperationSource {
  readonly ended: string[] = [];
  private readonly next_: number[];

  constructor(
    private readonly fs: MappedFixture,
    private readonly lists: readonly (readonly Call[])[],
  ) {
    this.next_ = lists.map(() => 0);
  }

  hasNext(task: number): boolean {
    return task < this.lists.length && this.next_[task] < this.lists[task].length;
  }

  next(task: number): number {
    const { interpreter, set } = this.fs.system;
    const call = this.lists[task][this.next_[task]];
    this.next_[task] += 1;
    const program = set.programByName.get(call.recipe);
    assert(program !== undefined, 'no such recipe');
    const frame = interpreter.begin(task, program);
    for (const [name, value] of Object.entries(call.args))
      frame.set(R[name as RegisterName], value);
    return NextOperation.Started;
  }

  finished(_task: number, program: number, outcome: number): void {
    const { name, outcomes } = this.fs.system.set.programs[program];
    this.ended.push(`${name} ${outcomes[outcome]}`);
  }
}

/**
 * A file of 4 pages, the first two with blocks, mapped twice; another file; random calls on them.
 */
function randomScenario(plan: string, seed: number) {
  const prng = new Prng(seed);
  const fs = new MappedFixture({ plan: lockPlan(plan), knobs: { stamps: 'frozen' } });
  const handle = fs.open('/f');
  const other = fs.open('/g');
  fs.write(handle, 0, 2 * PAGE, 1);
  fs.run('ftruncate', { handle, length: 4 * PAGE });
  const maps = [fs.mmap(handle, 4), fs.mmap(handle, 4)];
  let source = 2;
  const call = (): Call => {
    const page = prng.below(4);
    const offset = page * PAGE;
    source += 1;
    const mapping = maps[prng.below(2)];
    switch (prng.below(9)) {
      case 0:
      case 1:
        return { recipe: 'store', args: { mapping, offset: offset + 8, length: 64, source } };
      case 2:
        return { recipe: 'load', args: { mapping, offset, length: 200 } };
      case 3:
        return { recipe: 'write', args: { handle, offset, length: PAGE, source } };
      case 4:
        return { recipe: 'write', args: { handle: other, offset, length: PAGE, source } };
      case 5: {
        const flags = FallocMode.PunchHole + FallocMode.KeepSize;
        return { recipe: 'fallocate', args: { handle, offset, length: PAGE, flags } };
      }
      case 6:
        return { recipe: 'ftruncate', args: { handle, length: offset + 100 } };
      case 7:
        return { recipe: 'fsync', args: { handle } };
      default:
        return { recipe: 'msync', args: { mapping, offset, length: PAGE, flags: 4 } };
    }
  };
  const lists = [0, 1, 2].map(() => [call(), call(), call()]);
  return { fs, prng, lists };
}

/**
 * A file of three times 2 MiB, the first with blocks, mapped whole, in part and for reading; calls
 * on few places of it, so that pages and 2 MiB meet.
 */
function hugeScenario(plan: string, seed: number) {
  const prng = new Prng(seed);
  const bytes = 24 * 1024 * 1024;
  const fs = new MappedFixture({
    plan: lockPlan(plan),
    knobs: { stamps: 'frozen' },
    bytes,
    stripeBlocks: 512,
  });
  const handle = fs.open('/f');
  fs.run('fallocate', { handle, offset: 0, length: 512 * PAGE, flags: 0 });
  fs.run('ftruncate', { handle, length: 1536 * PAGE });
  const maps = [fs.mmap(handle, 1536), fs.mmap(handle, 1030), fs.mmap(handle, 1500, 3)];
  const places = [0, 5, 511, 512, 600, 1024];
  let source = 2;
  const call = (): Call => {
    const offset = places[prng.below(places.length)] * PAGE;
    const length = prng.below(3) === 0 ? 512 * PAGE : PAGE;
    source += 1;
    const mapping = maps[prng.below(3)];
    switch (prng.below(8)) {
      case 0:
      case 1:
        return { recipe: 'store', args: { mapping, offset: offset + 8, length: 64, source } };
      case 2:
      case 3:
        return { recipe: 'load', args: { mapping, offset, length: 200 } };
      case 4:
        return { recipe: 'write', args: { handle, offset, length: PAGE, source } };
      case 5: {
        const flags = FallocMode.PunchHole + FallocMode.KeepSize;
        return { recipe: 'fallocate', args: { handle, offset, length, flags } };
      }
      case 6:
        return { recipe: 'mprotect', args: { mapping, offset, length: PAGE, flags: 3 } };
      default:
        return { recipe: 'msync', args: { mapping, offset, length, flags: 4 } };
    }
  };
  const lists = [0, 1, 2].map(() => [call(), call(), call()]);
  return { fs, prng, lists };
}

/** Takes random actions to the end; the first thing that is wrong, or null. */
function runRandom(
  plan: string,
  seed: number,
  scenario = randomScenario,
  checkEvery = 1,
): string | null {
  const { fs, prng, lists } = scenario(plan, seed);
  const source = new Lists(fs, lists);
  const machine = new StepMachine(fs.system.interpreter, source, lists.length);
  let taken = 0;
  for (let choices = machine.choices(); choices > 0; choices = machine.choices()) {
    machine.take(prng.below(choices));
    taken += 1;
    const wrong = taken % checkEvery === 0 ? checkInvariants(fs.system.world) : null;
    if (wrong !== null) return wrong;
  }
  if (machine.stuckTasks().length > 0) return 'stuck';
  expect(source.ended).toHaveLength(9);
  return null;
}

test('pages and 2 MiB of one file keep every invariant under the locks of XFS', () => {
  for (let seed = 0; seed < 12; seed += 1) {
    const wrong = runRandom('xfs-upstream', seed, hugeScenario, 7);
    expect({ seed, wrong }).toEqual({ seed, wrong: null });
  }
});

describe('random schedules of three tasks on one mapped file', () => {
  test('keep every invariant under the locks of XFS', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      expect({ seed, wrong: runRandom('xfs-upstream', seed) }).toEqual({ seed, wrong: null });
    }
  });

  test('keep every invariant under one global mutex', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      expect({ seed, wrong: runRandom('global', seed) }).toEqual({ seed, wrong: null });
    }
  });

  test('break an invariant without locks', () => {
    const broken = new Set<string>();
    for (let seed = 0; seed < 30; seed += 1) {
      const wrong = runRandom('none', seed);
      if (wrong !== null) broken.add(wrong.slice(0, wrong.indexOf(':')));
    }
    expect([...broken]).toContain('translation-owned');
  });

  test('leave a file system that fsck finds clean', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const { fs, lists, prng } = randomScenario('xfs-upstream', seed);
      const machine = new StepMachine(fs.system.interpreter, new Lists(fs, lists), lists.length);
      for (let n = machine.choices(); n > 0; n = machine.choices()) machine.take(prng.below(n));
      fs.run('unmount', {});
      expect(fsck(fs.memory.crashImage({ keep: () => 0 }))).toEqual([]);
    }
  });
});
