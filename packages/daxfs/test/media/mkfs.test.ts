/** Empty file systems of several sizes, over fresh media and over an older file system. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, StateSpace } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { fsck } from '../../src/media/fsck.js';
import { planGeometry } from '../../src/media/layout.js';
import { MediaImage } from '../../src/media/media-image.js';
import { mkfs } from '../../src/media/mkfs.js';
import { mount } from '../../src/media/mounted-volume.js';
import { recoverNow } from '../../src/media/recovery.js';
import { readIdentity } from '../../src/media/superblock.js';
import { MediaFixture } from './media-fixture.js';

const options = {
  capacityBytes: 4096 * 400,
  logBytes: 256 * 1024,
  inodes: 64,
  stripeBlocks: 0,
  seed: 2 ** 40 + 5,
  label: 'scratch',
};

describe('mkfs', () => {
  test.each([100, 400, 33000, 70001])('makes a sound, empty file system of %i blocks', (blocks) => {
    const memory = createUntimedMemory(new StateSpace(), blocks * 4096, 'adr', { fillByte: 0xee });
    const geometry = mkfs(memory, { ...options, capacityBytes: blocks * 4096 });
    expect(fsck(memory)).toEqual([]);
    expect(MediaImage.open(memory)?.files()).toEqual([]);
    const volume = mount(memory, new StateSpace());
    const kept = Math.min(64, Math.floor((blocks - geometry.firstFileBlock) / 64));
    expect(volume?.allocator.available).toBe(blocks - geometry.firstFileBlock - kept);
    expect(readIdentity(memory)).toEqual({ seed: options.seed, label: 'scratch' });
  });

  test('over another file system leaves no record of it to replay', () => {
    const fixture = new MediaFixture(400);
    fixture.file('old');
    fixture.file('older');
    fixture.force();
    mkfs(fixture.memory, options);
    const space = new StateSpace();
    const volume = mount(fixture.memory, space);
    volume?.begin(1000);
    volume?.createInode(1, volume.names.idOf('new'), 0o100644, 0, 0);
    volume?.commit();
    expect(recoverNow(fixture.memory)).toMatchObject({ records: 0, orphans: 0 });
    expect(MediaImage.open(fixture.memory)?.files()).toEqual([]);
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test.each([
    ['a device without room', { capacityBytes: 4096 * 70 }],
    ['a log below the smallest', { logBytes: 65536 }],
    ['no inodes', { inodes: 0 }],
    ['half a byte', { capacityBytes: 1638400.5 }],
  ])('refuses %s', (_name, wrong) => {
    expect(() => planGeometry({ ...options, ...wrong })).toThrow(ConfigError);
  });

  test('a memory without a file system cannot be mounted', () => {
    const memory = createUntimedMemory(new StateSpace(), options.capacityBytes, 'adr');
    expect(mount(memory, new StateSpace())).toBeNull();
  });
});
