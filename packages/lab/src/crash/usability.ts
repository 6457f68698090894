/**
 * Whether a recovered file system can be used: each file is written to, cut, renamed and removed,
 * until nothing is left; then it must be as sound and as free as a new one.
 *
 *     mount ─▶ each file: open · write behind the end · rename · close ─▶ unlink all · rmdir all
 *           ─▶ unmount ─▶ fsck: only the root; what it keeps back is what it kept back at first
 *
 * Files and directories are found on the image, not taken from a model. What fsck cannot see is
 * what the file system believes: counts of free blocks, inodes that it takes to be in use, a log
 * that it cannot go on with.
 */
import { FileType, MediaImage, OpenFlag, R, createSystem, fsck } from '@daxsim/daxfs';
import { InvariantError, Ran, StateSpace, assert } from '@daxsim/sim';
import { fillCells } from './crash-model.js';
import type { Memory } from '@daxsim/pmem';
import type { RegisterName, System } from '@daxsim/daxfs';
import type { CrashSetting } from './crash-system.js';

const TASK = 0;
const TASKS = 4;
const HANDLE = 1;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const WRITE_BYTES = 5000;
const WRITE = 0x5eed;
const INSTRUCTIONS_MAX = 1_000_000;

/** Uses up the recovered image; null, or what did not work. */
export function useUp(image: Memory, setting: CrashSetting): string | null {
  try {
    return new Usage(image, setting).run();
  } catch (thrown) {
    if (!(thrown instanceof InvariantError)) throw thrown;
    return `a failed assertion when it is used: ${thrown.message}`;
  }
}

/** Mounts the recovered image and makes a name durable on it; null, or what did not work. */
export function useAndSync(image: Memory, setting: CrashSetting): string | null {
  try {
    return new Usage(image, setting).makeDurable();
  } catch (thrown) {
    if (!(thrown instanceof InvariantError)) throw thrown;
    return `a failed assertion when it is used: ${thrown.message}`;
  }
}

class Usage {
  private readonly system: System;
  /** Blocks that it keeps back when it is mounted. */
  private reserve = 0;

  constructor(
    private readonly image: Memory,
    { personality, plan, knobs, mutation }: CrashSetting,
  ) {
    this.system = createSystem({
      memory: image,
      space: new StateSpace(),
      personality,
      plan,
      prices: null,
      taskCapacity: TASKS,
      knobs: { stamps: 'frozen', ...knobs },
      payload: { fill: fillCells, saw: () => undefined },
      mutation,
      allowsOrderCycles: true,
    });
    this.system.interpreter.spawnBase = TASK + 1;
  }

  run(): string | null {
    const media = MediaImage.open(this.image);
    if (media === null) return 'nothing to mount';
    this.reserve = this.keptBack(media);
    const entries = media.files().filter(({ path }) => path !== '/' && path !== '');
    const isDirectory = ({ type }: { readonly type: number }): boolean =>
      type === FileType.Directory;
    const directories = entries.filter(isDirectory).map(({ path }) => path);
    const files = entries.filter((entry) => !isDirectory(entry));
    const wrong =
      this.make() ??
      firstOf(files, ({ path, sizeBytes }, i) => this.change(path, sizeBytes, i)) ??
      firstOf(files, (_file, i) => this.call('unlink', {}, newName(i))) ??
      firstOf(directories.sort().reverse(), (path) => this.call('rmdir', {}, path)) ??
      this.call('rmdir', {}, '/use') ??
      this.call('unmount', {});
    return wrong === null ? this.look() : `${wrong} when it is used after recovery`;
  }

  makeDurable(): string | null {
    return this.make() ?? this.call('sync', {});
  }

  /** A new name, which the root must have room for. */
  private make(): string | null {
    return this.call('mkdir', { mode: DIRECTORY_MODE }, '/use');
  }

  private change(path: string, size: number, i: number): string | null {
    const handle = HANDLE;
    const open = { handle, flags: OpenFlag.ReadWrite, mode: FILE_MODE };
    const write = { handle, offset: size, length: WRITE_BYTES, source: WRITE };
    return (
      this.call('open', open, path) ??
      this.call('write', write) ??
      this.call('ftruncate', { handle, length: size + 1 }) ??
      this.call('fsync', { handle }) ??
      this.call('close', { handle }) ??
      this.call('rename', {}, path, newName(i))
    );
  }

  private look(): string | null {
    const [problem] = fsck(this.image);
    if (problem !== undefined) return `emptied, fsck: ${problem.where}: ${problem.what}`;
    const media = MediaImage.open(this.image);
    if (media === null) return 'emptied, no file system';
    const left = media.files().filter(({ path }) => path !== '/' && path !== '');
    if (left.length > 0) return `emptied, ${String(left[0]?.path)} is still there`;
    const lost = this.keptBack(media) - this.reserve;
    return lost === 0 ? null : `emptied, ${lost} free blocks are not free in core`;
  }

  /** Blocks that are free on the media and that the file system does not give out. */
  private keptBack(media: MediaImage): number {
    const { blocks, firstFileBlock } = media.geometry;
    let free = 0;
    for (let block = firstFileBlock; block < blocks; block += 1) {
      if (!media.isAllocated(block)) free += 1;
    }
    return free - this.system.world.volume.allocator.free;
  }

  /** Null, or how the call failed. */
  private call(
    program: string,
    args: Readonly<Partial<Record<RegisterName, number>>>,
    path?: string,
    path2?: string,
  ): string | null {
    const { interpreter, set, world } = this.system;
    const number = set.programByName.get(program);
    assert(number !== undefined, `Usage: no recipe ${program}`);
    const frame = interpreter.begin(TASK, number);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    if (path !== undefined) frame.set(R.path, world.paths.idOf(path));
    if (path2 !== undefined) frame.set(R.path2, world.paths.idOf(path2));
    let ran: number = Ran.On;
    for (let count = 0; ran !== Ran.Ended; count += 1) {
      ran = interpreter.execute(TASK, Infinity);
      if (ran === Ran.Blocked || count > INSTRUCTIONS_MAX) return `${program} does not end`;
    }
    const errno = interpreter.operationFrame(TASK).get(R.errno);
    interpreter.end(TASK);
    return errno === 0 ? null : `${program} ${path ?? ''} answers error ${errno}`;
  }
}

function firstOf<T>(
  items: readonly T[],
  check: (item: T, i: number) => string | null,
): string | null {
  for (const [i, item] of items.entries()) {
    const wrong = check(item, i);
    if (wrong !== null) return wrong;
  }
  return null;
}

function newName(i: number): string {
  return `/use/file-${i}`;
}
