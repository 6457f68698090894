/** A small file system on an untimed memory, for tests of the media half. */
import { createUntimedMemory } from '@daxsim/pmem';
import type { UntimedMemory } from '@daxsim/pmem';
import { StateSpace, assert } from '@daxsim/sim';
import { LineWriter } from '../../src/media/line-writer.js';
import { mkfs } from '../../src/media/mkfs.js';
import { mount } from '../../src/media/mounted-volume.js';
import type { MountedVolume } from '../../src/media/mounted-volume.js';
import { checkpointNow, forceNow } from '../../src/media/quiesce.js';

export const FILL = 0xee;

export class MediaFixture {
  /** The volume's state; the memory has a space of its own, so that each can be hashed alone. */
  readonly space = new StateSpace();
  readonly memorySpace = new StateSpace();
  readonly memory: UntimedMemory;
  readonly writer: LineWriter;
  volume: MountedVolume;

  constructor(
    blocks: number,
    { hashing = false, logBytes = 256 * 1024, inodes = 64, rootEntries = 21 } = {},
  ) {
    if (hashing) this.space.startHashing();
    const capacityBytes = blocks * 4096;
    this.memory = createUntimedMemory(this.memorySpace, capacityBytes, 'adr', { fillByte: FILL });
    this.writer = new LineWriter(this.memory, 0);
    const options = { capacityBytes, logBytes, inodes, stripeBlocks: 0, seed: 1, label: 'test' };
    mkfs(this.memory, options);
    this.volume = mounted(this.memory, this.space, rootEntries);
  }

  /** One transaction; answers what the body answers. */
  commit<T>(body: (volume: MountedVolume) => T): T {
    this.volume.begin(1000);
    const result = body(this.volume);
    this.volume.commit();
    return result;
  }

  name(text: string): number {
    return this.volume.names.idOf(text);
  }

  /** A new file in the root directory. */
  file(text: string): number {
    this.commit((v) => v.createInode(1, this.name(text), 0o100644, 0, 0));
    return this.volume.created;
  }

  directory(text: string, dir = 1): number {
    this.commit((v) => v.createInode(dir, this.name(text), 0o040755, 0, 0));
    return this.volume.created;
  }

  force(): void {
    forceNow(this.volume, this.memory, this.writer);
  }

  /** Everything durable and home: the log is empty. */
  quiesce(): void {
    this.force();
    checkpointNow(this.volume, this.memory, this.writer);
  }
}

export function mounted(
  memory: UntimedMemory,
  space: StateSpace,
  rootEntries?: number,
): MountedVolume {
  const volume = mount(memory, space, rootEntries);
  assert(volume !== null, 'test: no file system');
  return volume;
}
