/**
 * A bit of metadata that changed behind everybody's back is found by fsck, or it is harmless: what
 * is there is a sound file system in which at most one inode differs. It can be mounted and
 * emptied, and then is clean and as free as a new one. What cannot be seen without checksums of
 * metadata is one right value for another: a stamp, a size, a letter of a name.
 */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { MediaImage, MediaOutcome, fsck, mount } from '@daxsim/daxfs';
import { StateSpace } from '@daxsim/sim';
import { age, parseAgeing } from '../../src/image/ageing.js';
import { checkDevice } from '../../src/image/check-image.js';
import { newDevice } from '../../src/image/device.js';
import { settleVolume } from '../../src/image/settle.js';
import type { Geometry } from '@daxsim/daxfs';
import type { UntimedMemory } from '@daxsim/pmem';

const BLOCK = 4096;
const INODE = 512;
const DIRECTORY = 4;
const FILE_MODE = 0o100644;
const DIRECTORY_MODE = 0o040755;

/** A device with directories, links, symlinks, files with and without extent trees. */
function sample(): UntimedMemory {
  const memory = newDevice(3 * 1024 * 1024, null, 1);
  age(memory, parseAgeing('0.3:2=1,32=1'), 1);
  const volume = mount(memory, new StateSpace());
  if (volume === null) throw new Error('no file system');
  const { extents, inodes, allocator, names } = volume;
  const change = (act: () => MediaOutcome): number => {
    volume.begin(1);
    const outcome = act();
    volume.commit();
    if (outcome !== MediaOutcome.Done) throw new Error(`outcome ${outcome}`);
    return volume.created;
  };
  const create = (dir: number, name: string, mode: number): number =>
    change(() => volume.createInode(dir, names.idOf(name), mode, 0, 0));
  const d = create(inodes.root, 'directory', DIRECTORY_MODE);
  for (let i = 0; i < 12; i += 1) {
    const file = create(i % 2 === 0 ? d : inodes.root, `file-${i}`, FILE_MODE);
    for (let part = 0; part < i; part += 1) {
      const length = allocator.reserve(0, 2, 1);
      const block = allocator.reservedBlock;
      memory.pokeBytes(
        block * BLOCK,
        new Uint8Array(length * BLOCK).fill(i + 1),
        0,
        length * BLOCK,
      );
      change(() => extents.insert(file, part * 3, block, length, part % 3 === 2));
    }
    change(() => {
      volume.setSize(file, i * 3 * BLOCK - (i === 0 ? 0 : 100));
      return MediaOutcome.Done;
    });
    if (i === 5) change(() => volume.link(file, d, names.idOf('other-name')));
  }
  const target = new TextEncoder().encode('file-1');
  change(() => volume.symlink(d, names.idOf('link'), target, 0, 0));
  settleVolume(volume, memory);
  return memory;
}

/** A line for each name: type, size, links and places. */
function dump(memory: UntimedMemory): Set<string> {
  const image = MediaImage.open(memory);
  if (image === null) throw new Error('no file system');
  return new Set(
    image.files().map(({ path, inode, type, sizeBytes, links }) => {
      const places = image.extents(inode).map((one) => Object.values(one).join('+'));
      const name = path.slice(path.lastIndexOf('/') + 1);
      return `${name} ${inode} ${type} ${sizeBytes} ${links} ${places.join(' ')}`;
    }),
  );
}

/** Inodes of lines that one dump has and the other has not. */
function changed(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  const inodes = [...one]
    .filter((line) => !other.has(line))
    .map((line) => line.split(' ')[1] ?? '');
  return new Set(inodes);
}

/** Removes every name and inode; answers how many blocks are free then. */
function emptied(memory: UntimedMemory): number {
  const volume = mount(memory, new StateSpace());
  if (volume === null) throw new Error('cannot be mounted');
  const { directories, inodes, allocator } = volume;
  const change = (act: () => MediaOutcome): MediaOutcome => {
    if (volume.journal.spaceLines() < 2048) settleVolume(volume, memory);
    volume.begin(2);
    const outcome = act();
    volume.commit();
    return outcome;
  };
  const empty = (dir: number): void => {
    while (directories.next(dir, 0) >= 0) {
      const { entryInode: inode, entryName: name } = directories;
      if (inodes.type(inode) === DIRECTORY) {
        empty(inode);
        change(() => volume.rmdir(dir, name));
      } else change(() => volume.unlink(dir, name));
      if (!volume.isOrphan(inode)) continue;
      while (change(() => volume.reclaimOrphan(inode, 2)) === MediaOutcome.More);
    }
  };
  empty(inodes.root);
  settleVolume(volume, memory);
  expect(fsck(memory)).toEqual([]);
  return allocator.free;
}

/** Bytes of metadata that mean something: bitmaps, used inodes, directories, trees. */
function places(memory: UntimedMemory, geometry: Geometry): number[] {
  const image = MediaImage.open(memory);
  if (image === null) throw new Error('no file system');
  const found: number[] = [];
  const add = (from: number, length: number): void => {
    for (let at = from; at < from + length; at += 1) found.push(at);
  };
  add(0, 256);
  add(BLOCK, 8);
  add(geometry.inodeBitmapFirstBlock * BLOCK, Math.ceil(geometry.inodes / 8));
  add(geometry.blockBitmapFirstBlock * BLOCK, Math.ceil(geometry.blocks / 8));
  for (let inode = 1; inode < geometry.inodes; inode += 1) {
    if (!image.isUsed(inode)) continue;
    add(geometry.inodeFirstBlock * BLOCK + inode * INODE, INODE);
    const pages: number[] = [];
    const extents = image.extents(inode, pages);
    for (const page of pages) add(page * BLOCK, BLOCK);
    if (image.inode(inode).type !== DIRECTORY) continue;
    for (const { block, length } of extents) add(block * BLOCK, length * BLOCK);
  }
  return found;
}

const memory = sample();
const before = dump(memory);

function flipped(address: number, change: number): UntimedMemory {
  const copy = memory.crashImage({ keep: (_line, units) => units });
  const byte = new Uint8Array(1);
  copy.peekBytes(address, byte, 0, 1);
  byte[0] = (byte[0] ?? 0) ^ change;
  copy.pokeBytes(address, byte, 0, 1);
  return copy;
}

/** Changes `runs` bits, each on a device of its own; answers how many fsck has found. */
export function changeBits(runs: number, seed: number): number {
  const geometry = MediaImage.open(memory)?.geometry;
  if (geometry === undefined) throw new Error('no file system');
  expect(fsck(memory)).toEqual([]);
  const bytes = places(memory, geometry);
  const freeWhenEmpty = emptied(flipped(0, 0));
  const anyPlace = fc.integer({ min: 0, max: bytes.length - 1 });
  let found = 0;
  fc.assert(
    fc.property(anyPlace, fc.integer({ min: 0, max: 7 }), (index, bit) => {
      const device = flipped(bytes[index] ?? 0, 1 << bit);
      const { errors } = checkDevice(device);
      found += errors > 0 ? 1 : 0;
      if (errors > 0) return;
      expect(changed(before, dump(device)).size).toBeLessThan(2);
      expect(emptied(device)).toBe(freeWhenEmpty);
    }),
    { seed, numRuns: runs },
  );
  return found;
}
