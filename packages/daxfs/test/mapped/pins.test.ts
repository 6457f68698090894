/** Pinned pages: who waits for them, who does not, and what they show (kernel record p25). */
import { describe, expect, test } from '@jest/globals';
import { NextOperation, StepMachine, TaskStatus, assert } from '@daxsim/sim';
import type { OperationSource } from '@daxsim/sim';
import {
  Access,
  Errno,
  FallocMode,
  MapFlag,
  R,
  checkInvariants,
  lockPlan,
} from '../../src/index.js';
import type { RegisterName } from '../../src/index.js';
import type { World } from '../../src/index.js';
import { MappedFixture, PAGE } from './mapped-fixture.js';
import type { FixtureOptions } from './mapped-fixture.js';

type Args = { readonly [name in RegisterName]?: number };
const PUNCH = FallocMode.PunchHole + FallocMode.KeepSize;

/** A file of 8 pages of ones, and pin 1 on its pages 2 and 3 by way of a mapping. */
function pinned(options: FixtureOptions = {}) {
  const fs = new MappedFixture({ plan: lockPlan('xfs-upstream'), ...options });
  const handle = fs.open('/f');
  fs.write(handle, 0, 8 * PAGE, 1);
  const mapping = fs.mmap(handle, 8);
  const args = { pin: 1, mapping, mm: 1, offset: 2 * PAGE, length: 2 * PAGE };
  expect(fs.run('pinPages', { ...args, access: Access.Read }).result).toBe(2 * PAGE);
  const { world } = fs.system;
  return { fs, handle, inode: fs.inode(handle), mapping, world };
}

/** One call of task 1, begun and run until it waits or ends. */
class Caller implements OperationSource {
  outcome = '';
  errno = 0;
  private isBegun = false;
  private readonly machine: StepMachine<World>;

  constructor(
    private readonly fs: MappedFixture,
    private readonly recipe: string,
    private readonly args: Args,
  ) {
    this.machine = new StepMachine(fs.system.interpreter, this, 2);
  }

  hasNext(task: number): boolean {
    return task === 1 && !this.isBegun;
  }

  next(task: number): number {
    const { interpreter, set } = this.fs.system;
    const program = set.programByName.get(this.recipe);
    assert(program !== undefined, 'no such recipe');
    const frame = interpreter.begin(task, program);
    for (const [name, value] of Object.entries(this.args)) {
      frame.set(R[name as RegisterName], value);
    }
    this.isBegun = true;
    return NextOperation.Started;
  }

  finished(task: number, program: number, outcome: number): void {
    const { interpreter, set } = this.fs.system;
    this.outcome = set.programs[program].outcomes[outcome];
    this.errno = interpreter.operationFrame(task).get(R.errno);
  }

  /** Goes on as far as it can; true if it sleeps on a wait. */
  waits(): boolean {
    while (this.machine.choices() > 0) this.machine.take(0);
    return this.fs.system.interpreter.tasks.status.get(1) === TaskStatus.OnWait;
  }

  interrupt(): void {
    this.fs.system.interpreter.sync.interrupt(1, 0);
  }
}

describe('a call that takes blocks away', () => {
  test.each([
    ['a truncation', 'ftruncate', { length: PAGE }],
    ['a punch of the pinned page', 'fallocate', { offset: 2 * PAGE, length: PAGE, flags: PUNCH }],
    ['a punch of another page', 'fallocate', { offset: 6 * PAGE, length: PAGE, flags: PUNCH }],
  ])('%s waits until the pages are let go', (_what, recipe, args) => {
    const { fs, handle, inode, mapping, world } = pinned();
    const caller = new Caller(fs, recipe, { handle, ...args });
    expect(caller.waits()).toBe(true);
    expect(world.mm.table.count(mapping)).toBe(0);
    expect(world.volume.inodes.blocks(inode)).toBe(8);
    fs.run('unpinPages', { pin: 1 });
    expect(caller.waits()).toBe(false);
    expect(caller.outcome).toBe('Ok');
    expect(world.volume.inodes.blocks(inode)).toBeLessThan(8);
    expect(world.mm.pins.isEmpty).toBe(true);
  });

  test('ends with EINTR when interrupted, having unmapped the file and changed nothing', () => {
    const { fs, handle, inode, mapping, world } = pinned();
    const modified = world.volume.inodes.modifyNs(inode);
    const caller = new Caller(fs, 'ftruncate', { handle, length: PAGE });
    expect(caller.waits()).toBe(true);
    caller.interrupt();
    expect(caller.waits()).toBe(false);
    expect([caller.outcome, caller.errno]).toEqual(['Error', Errno.Interrupted]);
    expect(world.volume.inodes.sizeBytes(inode)).toBe(8 * PAGE);
    expect(world.volume.inodes.modifyNs(inode)).toBe(modified);
    expect(world.mm.table.count(mapping)).toBe(0);
  });

  test('lets faults in while it waits, and unmaps again', () => {
    const { fs, handle, mapping, world } = pinned();
    const caller = new Caller(fs, 'ftruncate', { handle, length: PAGE });
    expect(caller.waits()).toBe(true);
    expect(fs.load(mapping, 7 * PAGE, 1)).toEqual([1]);
    fs.run('unpinPages', { pin: 1 });
    expect(caller.waits()).toBe(false);
    expect(world.mm.table.count(mapping)).toBe(0);
    expect(checkInvariants(world)).toBeNull();
  });

  test('that does not wait frees a block that a device may still write', () => {
    const { fs, handle, world } = pinned({ knobs: { pinnedPages: 'ignore' } });
    fs.run('fallocate', { handle, offset: 2 * PAGE, length: PAGE, flags: PUNCH });
    expect(checkInvariants(world)).toMatch(/^pinned-kept/);
  });
});

test('a write does not wait, and the pinned pages show it', () => {
  const { fs, handle, world } = pinned();
  fs.write(handle, 2 * PAGE, 3, 9);
  fs.run('readPinned', { pin: 1 });
  expect(fs.seen).toHaveLength(2 * PAGE);
  expect(fs.seen.slice(0, 4)).toEqual([9, 9, 9, 1]);
  expect(world.mm.pins.isEmpty).toBe(true);
});

test('pins fault pages in as the access needs, and keep them beyond the mapping', () => {
  const { fs, mapping, world } = pinned();
  const { stats } = world.mm;
  const before = stats.writeFaults;
  const args = { pin: 2, mapping, mm: 1, offset: 5 * PAGE + 10, length: PAGE };
  fs.run('pinPages', { ...args, access: Access.Write });
  expect(stats.writeFaults - before).toBe(2);
  fs.run('munmap', { mapping, offset: 0, length: 8 * PAGE });
  fs.run('readPinned', { pin: 2 });
  expect(fs.seen).toEqual(new Array<number>(PAGE).fill(1));
});

test.each([
  ['behind the end of the file', MapFlag.Shared, 9, Errno.Fault],
  ['a private copy', MapFlag.Private, 0, Errno.NotSupported],
])('%s cannot be pinned', (_what, kind, page, errno) => {
  const { fs, handle } = pinned();
  const mapping = fs.mmap(handle, 10, 0, MapFlag.Read | MapFlag.Write | kind);
  fs.store(mapping, 0, 1, 5);
  const args = { pin: 2, mapping, mm: 1, offset: page * PAGE, length: PAGE };
  expect(fs.run('pinPages', { ...args, access: Access.Read }).errno).toBe(errno);
});
