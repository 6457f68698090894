/**
 * Ageing: makes the free space of a fresh file system as fragmented as a profile says.
 *
 *     profile   share of the blocks in use; { runs of up to N blocks: share of the free blocks }
 *     result    [used][ 3 free ][used][ 512 free ][used][ 40 free ] …      to the end of the device
 *
 * Runs are drawn in the profile's shares, mixed, and laid out from the first block on, each behind
 * a run of used blocks, so that as much is used as is asked for. What is used belongs to one file,
 * `.aged`, whose extents alternate with the free runs: so fsck finds nothing odd, and removing the
 * file gives the space back. Which blocks a new file gets then decides whether it can be mapped by
 * 2 MiB.
 *
 * Left out: what ageing does to directories and inodes.
 */
import { MediaOutcome, mount } from '@daxsim/daxfs';
import { BLOCK_BYTES, ConfigError, Prng, StateSpace, assert } from '@daxsim/sim';
import { settleVolume } from './settle.js';
import type { Volume } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';

/** Free runs of at most `blocks` blocks, and longer than the class before, hold this share. */
export interface FreeClass {
  readonly blocks: number;
  /** Of the free blocks; relative to the sum of all. */
  readonly share: number;
}

export interface AgeingProfile {
  /** Share of the blocks for files that are used, 0 … 0.95. */
  readonly fullness: number;
  /** Ascending by blocks. */
  readonly freeRuns: readonly FreeClass[];
}

/** The file that owns what is used. */
export const AGED_FILE = '.aged';
const FULLNESS_MOST = 0.95;
const RUN_MOST = 2_097_151;
const LOG_LINES_LEFT = 2048;
const FILE_MODE = 0o100600;

/** Reads `FULLNESS:BLOCKS=SHARE,BLOCKS=SHARE…`, as in `0.7:8=1,512=2,8192=1`. */
export function parseAgeing(text: string): AgeingProfile {
  const [full = '', classes = '', ...more] = text.split(':');
  const fullness = full === '' ? NaN : Number(full);
  const freeRuns = classes.split(',').map((part) => {
    const [blocks = NaN, share = NaN] = part.split('=').map(Number);
    return { blocks, share };
  });
  const isAscending = freeRuns.every(
    ({ blocks, share }, i) =>
      Number.isInteger(blocks) &&
      share > 0 &&
      share < Infinity &&
      blocks > (freeRuns[i - 1]?.blocks ?? 0) &&
      blocks <= RUN_MOST,
  );
  const isFull = fullness >= 0 && fullness <= FULLNESS_MOST;
  if (isFull && isAscending && more.length === 0) return { fullness, freeRuns };
  throw new ConfigError({
    where: '--ageing',
    found: `"${text}"`,
    allowed: 'FULLNESS:BLOCKS=SHARE,…: 0 to 0.95, then ascending blocks: 0.7:8=1,512=2,8192=1',
  });
}

/** Ages a fresh file system. Throws ConfigError when the profile does not fit on it. */
export function age(memory: Memory, profile: AgeingProfile, seed: number): void {
  const volume = mount(memory, new StateSpace());
  assert(volume !== null, 'age: the memory holds no file system');
  new Ager(volume, memory).run(profile, new Prng(seed));
  settleVolume(volume, memory);
}

class Ager {
  private inode = 0;
  private fileBlock = 0;
  /** Device block at which the next run is looked for. */
  private cursor = 0;

  constructor(
    private readonly volume: Volume,
    private readonly memory: Memory,
  ) {}

  run({ fullness, freeRuns }: AgeingProfile, prng: Prng): void {
    const { volume } = this;
    const { available } = volume.allocator;
    let used = Math.floor(available * fullness);
    const runs = drawRuns(prng, freeRuns, available - used);
    this.change(() => {
      const name = volume.names.idOf(AGED_FILE);
      return volume.createInode(volume.inodes.root, name, FILE_MODE, 0, 0);
    });
    this.inode = volume.created;
    this.cursor = volume.geometry.firstFileBlock;
    for (const [i, run] of runs.entries()) {
      const part = Math.ceil(used / (runs.length - i));
      used -= this.use(part);
      this.cursor += run;
    }
    this.change(() => {
      volume.setSize(this.inode, this.fileBlock * BLOCK_BYTES);
      return MediaOutcome.Done;
    });
  }

  /** Gives the file the next `wanted` blocks; answers how many there were. */
  private use(wanted: number): number {
    const { allocator, extents, geometry } = this.volume;
    let done = 0;
    while (done < wanted) {
      const block = allocator.nextAvailable(this.cursor, geometry.blocks);
      if (block < 0) break;
      const taken = allocator.nextTaken(block, geometry.blocks);
      const end = taken < 0 ? geometry.blocks : taken;
      const length = Math.min(wanted - done, end - block, RUN_MOST);
      if (!allocator.reserveExactly(block, length)) break;
      const at = this.fileBlock;
      this.change(() => extents.insert(this.inode, at, block, length, true));
      // A hole in between, so that extents are as many as runs.
      this.fileBlock += length + 1;
      this.cursor = block + length;
      done += length;
    }
    return done;
  }

  private change(act: () => MediaOutcome): void {
    const { volume, memory } = this;
    if (volume.journal.spaceLines() < LOG_LINES_LEFT) settleVolume(volume, memory);
    volume.begin(1);
    const outcome = act();
    volume.commit();
    if (outcome === MediaOutcome.Done) return;
    const found = 'a profile for which the file system has no room';
    throw new ConfigError({ where: '--ageing', found, allowed: 'a larger device, or less in use' });
  }
}

/** Lengths of free runs, in the shares of their classes, that add up to `free`. */
function drawRuns(prng: Prng, classes: readonly FreeClass[], free: number): number[] {
  const all = classes.reduce((sum, { share }) => sum + share, 0);
  const runs: number[] = [];
  for (const [i, { blocks, share }] of classes.entries()) {
    const least = (classes[i - 1]?.blocks ?? 0) + 1;
    let left = Math.floor((free * share) / all);
    while (left > 0) {
      const length = Math.min(left, least + prng.below(blocks - least + 1));
      runs.push(length);
      left -= length;
    }
  }
  for (let i = runs.length - 1; i > 0; i -= 1) {
    const other = prng.below(i + 1);
    [runs[i], runs[other]] = [runs[other] ?? 0, runs[i] ?? 0];
  }
  return runs.length === 0 ? [free] : runs;
}
