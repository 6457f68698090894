/**
 * Rounds that fill a file system until it refuses, and delete everything again.
 *
 *     mkdir ─▶ create, write, fallocate, … until ENOSPC three times ─▶ close, unlink, rmdir
 *       └ once in each round the power is cut at a drawn request; the image is checked
 *
 * After each round the free space must be what it was before the first, to the block, and allocator
 * and image sound. A file system of another size comes every few rounds. XFS only: on devices
 * this small ext4 keeps everything for its groups.
 */
import { Prng } from '@daxsim/sim';
import { UntimedMemory } from '@daxsim/pmem';
import { expect } from '@jest/globals';
import {
  Errno,
  FallocMode,
  OpenFlag,
  availableBlocks,
  checkInvariants,
  freeBlocks,
  fsck,
  recoverNow,
} from '../../src/index.js';
import { MediaOutcome } from '../../src/media/outcome.js';
import { imageAfterCrash, watchRequests } from '../media/crash-fixture.js';
import { Driver } from '../driver.js';

/** Figures of a run, for the tests' own claims. */
export interface Filled {
  rounds: number;
  /** Operations that were refused for lack of space. */
  refusals: number;
  cuts: number;
  /** Least share of the blocks that was free in a round, summed over the rounds, in percent. */
  leastFree: number;
}

const ROUNDS_PER_SYSTEM = 10;
const LOG_BYTES = 256 * 1024;
const HEAD_BYTES = 448 * 1024;
const BLOCK = 4096;
const OPERATIONS_MOST = 300;
const REFUSALS_WANTED = 3;
const KEEP = FallocMode.KeepSize;
const MODES = [0, 0, KEEP, KEEP | FallocMode.PunchHole, FallocMode.ZeroRange, KEEP];

/** One file system, through some rounds. */
class Filling {
  private readonly driver: Driver;
  private readonly free: number;
  private names: string[] = [];
  private readonly handles: number[] = [];
  private requests = 4000;
  private folder = '';

  constructor(
    private readonly prng: Prng,
    private readonly filled: Filled,
  ) {
    this.driver = new Driver({
      capacityBytes: HEAD_BYTES + prng.between(80, 400) * BLOCK,
      logBytes: LOG_BYTES,
      inodes: prng.between(24, 96),
      stripeBlocks: prng.below(3) === 0 ? 16 : 0,
    });
    // The root directory keeps the block of its first name.
    this.driver.at('mkdir', '/r');
    this.driver.at('rmdir', '/r');
    this.driver.run('unmount', {});
    this.free = freeBlocks(this.driver.system.world);
  }

  private get allocator(): Driver['system']['world']['volume']['allocator'] {
    return this.driver.system.world.volume.allocator;
  }

  round(number: number): void {
    const { memory } = this.driver;
    if (!(memory instanceof UntimedMemory)) throw new Error('the driver brought its own memory');
    const cutAt = this.prng.below(this.requests);
    const keeps = [this.prng.below(9), this.prng.below(9), 0, 8, this.prng.below(9)];
    let seen = 0;
    const mayCut = (): void => {
      if (seen === cutAt) this.cut(memory, keeps);
      seen += 1;
    };
    watchRequests(memory, mayCut, () => {
      this.fill(number);
      this.empty();
    });
    if (seen <= cutAt) this.cut(memory, keeps);
    this.requests = Math.max(seen, 1000);
    this.check();
    this.filled.rounds += 1;
  }

  private cut(memory: UntimedMemory, keeps: readonly number[]): void {
    const image = imageAfterCrash(memory, keeps);
    expect(recoverNow(image).outcome).toBe(MediaOutcome.Done);
    expect(fsck(image)).toEqual([]);
    this.filled.cuts += 1;
  }

  private fill(number: number): void {
    this.folder = `/r${String(number)}`;
    this.answer(this.driver.at('mkdir', this.folder).errno);
    this.names = [];
    this.answer(this.create(`${this.folder}/full`));
    const [full] = this.handles;
    let refusals = 0;
    let least = this.free;
    for (let i = 0; i < OPERATIONS_MOST && refusals < REFUSALS_WANTED; i += 1) {
      const errno = this.operate(i);
      this.answer(errno);
      if (errno === Errno.NoSpace) refusals += 1;
    }
    // What is left goes block by block, until not one is to be had.
    for (let block = 200; full !== undefined; block += 1) {
      const range = { handle: full, offset: block * BLOCK, length: BLOCK, source: block };
      if (this.driver.run('write', range).errno === Errno.NoSpace) break;
      least = Math.min(least, availableBlocks(this.driver.system.world));
    }
    refusals += 1;
    this.filled.refusals += refusals;
    this.filled.leastFree += (100 * least) / this.free;
  }

  /** Nothing but space may be lacking, and names may be missing. */
  private answer(errno: number): void {
    expect([0, Errno.NoSpace, Errno.NotFound]).toContain(errno);
  }

  private operate(i: number): number {
    const { driver, prng } = this;
    const draw = prng.below(20);
    const handle = this.handles[prng.below(Math.max(1, this.handles.length))];
    if (draw < 3 || handle === undefined) return this.create(`${this.folder}/f${String(i)}`);
    const offset = prng.below(60) * BLOCK + (prng.below(3) === 0 ? prng.below(BLOCK) : 0);
    const length = prng.between(1, 16 * BLOCK);
    if (draw < 10) return driver.run('write', { handle, offset, length, source: i }).errno;
    if (draw < 14) {
      const flags = MODES[prng.below(MODES.length)] ?? 0;
      return driver.run('fallocate', { handle, offset, length, flags }).errno;
    }
    if (draw < 15) return driver.run('ftruncate', { handle, length: offset }).errno;
    if (draw < 16) return driver.run('fsync', { handle }).errno;
    return this.name(draw, i);
  }

  private name(draw: number, i: number): number {
    const { driver, prng } = this;
    const path = `${this.folder}/n${String(i)}`;
    const old = this.names[prng.below(Math.max(1, this.names.length))] ?? path;
    const target = 'x'.repeat(prng.between(1, 3000));
    let errno = 0;
    if (draw === 16) errno = driver.atBoth('symlink', path, target).errno;
    else if (draw === 17) errno = driver.at('mkdir', path).errno;
    else if (draw === 18) errno = driver.at('unlink', old).errno;
    else errno = driver.atBoth('rename', old, path).errno;
    if (draw === 18 && errno === Errno.IsDirectory) return Errno.None;
    if (errno === 0 && draw >= 18) this.names = this.names.filter((one) => one !== old);
    if (errno === 0 && draw !== 18) this.names.push(path);
    return errno;
  }

  private create(path: string): number {
    const handle = this.driver.tryOpen(path, OpenFlag.ReadWrite | OpenFlag.Create);
    if (handle < 0) return -handle;
    this.handles.push(handle);
    this.names.push(path);
    return 0;
  }

  /** Closes and removes in a drawn order, so that some files lose their names while open. */
  private empty(): void {
    const { driver, prng } = this;
    while (this.handles.length + this.names.length > 0) {
      const closes = prng.below(this.handles.length + this.names.length) < this.handles.length;
      const list: (number | string)[] = closes ? this.handles : this.names;
      const [one] = list.splice(prng.below(list.length), 1);
      if (typeof one === 'number') expect(driver.run('close', { handle: one }).errno).toBe(0);
      else if (one !== undefined && driver.at('unlink', one).errno === Errno.IsDirectory) {
        expect(driver.at('rmdir', one).errno).toBe(0);
      }
    }
    expect(driver.at('rmdir', this.folder).errno).toBe(0);
    driver.run('unmount', {});
  }

  private check(): void {
    const { allocator } = this;
    expect(checkInvariants(this.driver.system.world)).toBe(null);
    const free = freeBlocks(this.driver.system.world);
    expect([allocator.reserved, allocator.busy, free]).toEqual([0, 0, this.free]);
    expect(fsck(this.driver.memory)).toEqual([]);
  }
}

/** So many rounds from a seed. */
export function fillAndEmpty(seed: number, rounds: number): Filled {
  const filled: Filled = { rounds: 0, refusals: 0, cuts: 0, leastFree: 0 };
  let filling: Filling | null = null;
  for (let round = 0; round < rounds; round += 1) {
    if (round % ROUNDS_PER_SYSTEM === 0) filling = new Filling(new Prng(seed, round), filled);
    filling?.round(round);
  }
  return filled;
}
