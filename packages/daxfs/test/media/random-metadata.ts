/** Random changes of metadata, each one transaction, drawn from a list of numbers. */
import fc from 'fast-check';
import { LogNeed } from '../../src/media/volume.js';
import type { MountedVolume } from '../../src/media/mounted-volume.js';
import { ExtentState, MediaOutcome } from '../../src/media/outcome.js';

export interface Change {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly at: number;
  readonly length: number;
}

const kinds = [
  ['creat', LogNeed.Name],
  ['creat', LogNeed.Name],
  ['mkdir', LogNeed.Name],
  ['symlink', LogNeed.Name],
  ['unlink', LogNeed.Shares],
  ['rmdir', LogNeed.Name],
  ['rename', LogNeed.Shares],
  ['link', LogNeed.Name],
  ['insert', LogNeed.Extents],
  ['insert', LogNeed.Extents],
  ['convert', LogNeed.Extents],
  ['remove', LogNeed.Shares],
  ['clone', LogNeed.Shares],
  ['clone', LogNeed.Shares],
  ['copy', LogNeed.Shares],
  ['size', LogNeed.Inode],
  ['touch', LogNeed.Inode],
  ['xattr', LogNeed.Xattr],
  ['xattr', LogNeed.Xattr],
  ['forget', LogNeed.Xattr],
] as const;

export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...kinds.map(([kind]) => kind)),
  a: fc.integer({ min: 0, max: 5 }),
  b: fc.integer({ min: 0, max: 5 }),
  at: fc.integer({ min: 0, max: 40 }),
  length: fc.integer({ min: 1, max: 6 }),
});

export function needOf(kind: string): LogNeed {
  return kinds.find(([name]) => name === kind)?.[1] ?? LogNeed.Extents;
}

/** Writes a block's bytes, durably, before the transaction that gives it to a file. */
export type BlockWriter = (block: number, generation: number, fileBlock: number) => void;

/** Makes the change, if it is possible, in one transaction; then frees what became an orphan. */
export function makeChange(
  volume: MountedVolume,
  change: Change,
  nowNs: number,
  write: BlockWriter,
): void {
  volume.begin(nowNs);
  const orphan = changeNames(volume, change) ?? changeFile(volume, change, write);
  volume.commit();
  if (orphan === 0 || !volume.isOrphan(orphan)) return;
  let outcome: MediaOutcome = MediaOutcome.More;
  while (outcome === MediaOutcome.More) {
    volume.begin(nowNs);
    outcome = volume.reclaimOrphan(orphan, 1);
    volume.commit();
  }
}

/** The inode that lost a name, 0 if none did, undefined if this is no change of names. */
function changeNames(volume: MountedVolume, { kind, a, b, length }: Change): number | undefined {
  const { directories, names } = volume;
  const from = names.idOf(`name-${String(a)}`);
  const to = names.idOf(`other-${String(b)}-${'x'.repeat(b * 8)}`);
  const sub = directories.lookup(1, names.idOf('name-0'));
  const dir = sub !== 0 && volume.inodes.type(sub) === 4 && length > 3 ? sub : 1;
  switch (kind) {
    case 'creat':
      volume.createInode(dir, from, 0o100644, 0, 0);
      return 0;
    case 'mkdir':
      volume.createInode(dir, from, 0o040755, 0, 0);
      return 0;
    case 'symlink':
      volume.symlink(1, to, new Uint8Array(length * 600).fill(65), 0, 0);
      return 0;
    case 'unlink':
      return volume.unlink(dir, length % 2 === 0 ? to : from) === MediaOutcome.Done
        ? volume.removed
        : 0;
    case 'rmdir':
      return volume.rmdir(1, from) === MediaOutcome.Done ? volume.removed : 0;
    case 'rename':
      return volume.rename(1, from, dir, to) === MediaOutcome.Done ? volume.removed : 0;
    case 'link': {
      const inode = directories.lookup(1, from);
      if (inode !== 0) volume.link(inode, dir, to);
      return 0;
    }
    default:
      return undefined;
  }
}

function changeFile(volume: MountedVolume, change: Change, write: BlockWriter): number {
  const { kind, a, at, length } = change;
  const { allocator, directories, extents, inodes, names } = volume;
  const inode = directories.lookup(1, names.idOf(`name-${String(a)}`));
  if (inode === 0 || inodes.type(inode) !== 8) return 0;
  if (kind === 'insert') {
    extents.lookup(inode, at);
    if (extents.state !== 0) return 0;
    const got = allocator.reserve(0, Math.min(length, extents.length), 1);
    if (got === 0) return 0;
    const block = allocator.reservedBlock;
    for (let i = 0; i < got; i += 1) write(block + i, inodes.generation(inode), at + i);
    const outcome = extents.insert(inode, at, block, got, length % 2 === 0);
    if (outcome !== MediaOutcome.Done) allocator.giveBack(block, got);
  } else if (kind === 'convert') extents.convert(inode, at, length);
  else if (kind === 'remove') extents.remove(inode, at, at + length, 2);
  else if (kind === 'clone') clone(volume, inode, change);
  else if (kind === 'copy') copy(volume, inode, change, write);
  else if (kind === 'xattr') setXattr(volume, inode, change);
  else if (kind === 'forget') volume.xattrs.remove(inode, 0, names.idOf(`x${String(change.b)}`));
  else if (kind === 'size') volume.setSize(inode, at * 1000);
  else volume.touch(inode, 3);
  return 0;
}

/** Sets one of six attributes, up to 12 KiB. */
function setXattr(volume: MountedVolume, inode: number, { b, at, length }: Change): void {
  const value = new Uint8Array(length < 3 ? length * 5 : at * 300).fill(at);
  const name = volume.names.idOf(`x${String(b)}`);
  volume.xattrs.set(inode, 0, name, value, value.length, null);
}

/** Shares the first written run at `at` of file `b` with file `a`, at the same place. */
function clone(volume: MountedVolume, inode: number, { b, at, length }: Change): void {
  const { directories, extents, inodes, names } = volume;
  const source = directories.lookup(1, names.idOf(`name-${String(b)}`));
  if (source === 0 || source === inode || inodes.type(source) !== 8) return;
  if (extents.lookup(source, at) !== ExtentState.Written) return;
  const { block } = extents;
  const count = Math.min(length, extents.length);
  if (extents.lookup(inode, at) !== ExtentState.Hole && extents.block === block) return;
  extents.replace(inode, at, block, count, true);
}

/** Gives file `a` a copy of its own in the place of what it shares, or of a hole. */
function copy(volume: MountedVolume, inode: number, change: Change, write: BlockWriter): void {
  const { allocator, extents, inodes } = volume;
  const { at, length } = change;
  const got = allocator.reserve(0, length, 1);
  if (got === 0) return;
  const block = allocator.reservedBlock;
  for (let i = 0; i < got; i += 1) write(block + i, inodes.generation(inode), at + i);
  const outcome = extents.replace(inode, at, block, got, false);
  const used = outcome === MediaOutcome.Done ? extents.replaced : 0;
  if (used < got) allocator.giveBack(block + used, got - used);
}
