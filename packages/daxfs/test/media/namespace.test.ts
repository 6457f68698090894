/** Names against a map of paths; large directories, held files, symlinks, refusals. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fsck } from '../../src/media/fsck.js';
import { MediaImage } from '../../src/media/media-image.js';
import { FileType, MediaOutcome } from '../../src/media/outcome.js';
import { MediaFixture, mounted } from './media-fixture.js';

type Tree = Map<string, 'd' | 'f'>;

const NAMES = ['a', 'bb', 'a-name-of-some-length', 'c'.repeat(255)];
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const operation = fc.oneof(
  fc.tuple(fc.constantFrom('creat', 'mkdir', 'unlink', 'rmdir'), path, path),
  fc.tuple(fc.constant('rename'), path, path),
);

/** Follows all but the last name; 0 when one is missing or no directory. */
function parentOf(fixture: MediaFixture, names: readonly string[]): number {
  const { directories, inodes } = fixture.volume;
  let at = 1;
  for (const name of names.slice(0, -1)) {
    if (inodes.type(at) !== FileType.Directory) return 0;
    at = directories.lookup(at, fixture.name(name));
    if (at === 0) return 0;
  }
  return inodes.type(at) === FileType.Directory ? at : 0;
}

function act(
  f: MediaFixture,
  kind: string,
  from: readonly string[],
  to: readonly string[],
): number {
  const dir = parentOf(f, from);
  const toDir = parentOf(f, to);
  const name = f.name(from.at(-1) ?? '');
  const toName = f.name(to.at(-1) ?? '');
  if (dir === 0 || (kind === 'rename' && toDir === 0)) return MediaOutcome.NotFound;
  const outcome = f.commit((v) => {
    if (kind === 'creat') return v.createInode(dir, name, 0o100644, 0, 0);
    if (kind === 'mkdir') return v.createInode(dir, name, 0o040755, 0, 0);
    if (kind === 'unlink') return v.unlink(dir, name);
    if (kind === 'rmdir') return v.rmdir(dir, name);
    return v.rename(dir, name, toDir, toName);
  });
  const { removed } = f.volume;
  if (kind !== 'creat' && kind !== 'mkdir' && outcome === MediaOutcome.Done && removed !== 0) {
    if (f.volume.isOrphan(removed)) f.commit((v) => v.reclaimOrphan(removed, 8));
  }
  return outcome;
}

/** The same on a map of paths. Answers whether it is allowed. */
function actOnTree(
  tree: Tree,
  kind: string,
  from: readonly string[],
  to: readonly string[],
): boolean {
  const key = from.join('/');
  const isBelow = (other: string): boolean => other.startsWith(`${key}/`);
  const hasParent = (names: readonly string[]): boolean =>
    names.length === 1 || tree.get(names.slice(0, -1).join('/')) === 'd';
  if (!hasParent(from)) return false;
  const type = tree.get(key);
  if (kind === 'creat' || kind === 'mkdir') {
    if (type !== undefined) return false;
    tree.set(key, kind === 'mkdir' ? 'd' : 'f');
    return true;
  }
  const isEmpty = (of: string): boolean => ![...tree.keys()].some((k) => k.startsWith(`${of}/`));
  if (kind === 'unlink' || kind === 'rmdir') {
    if (type !== (kind === 'rmdir' ? 'd' : 'f') || !isEmpty(key)) return false;
    return tree.delete(key);
  }
  const target = to.join('/');
  if (type === undefined || !hasParent(to)) return false;
  if (target === key) return true;
  const old = tree.get(target);
  if (isBelow(target) || (old !== undefined && old !== type)) return false;
  if (old === 'd' && !isEmpty(target)) return false;
  for (const [below, kept] of [...tree]) {
    if (below !== key && !isBelow(below)) continue;
    tree.delete(below);
    tree.set(target + below.slice(key.length), kept);
  }
  return true;
}

function treeOf(image: MediaImage | null): string[] {
  return (image?.files() ?? []).map((f) => `${f.path.slice(1)} ${f.type === 4 ? 'd' : 'f'}`).sort();
}

describe('names', () => {
  test('agree with a map of paths after any operations, in core, at home and mounted again', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
        const fixture = new MediaFixture(400);
        const tree: Tree = new Map();
        operations.forEach(([kind, from, to], i) => {
          const isAllowed = actOnTree(tree, kind, from, to);
          expect([kind, act(fixture, kind, from, to) === MediaOutcome.Done]).toEqual([
            kind,
            isAllowed,
          ]);
          if (i % 20 === 19) {
            fixture.quiesce();
            fixture.volume = mounted(fixture.memory, fixture.space);
          }
        });
        fixture.quiesce();
        expect(fsck(fixture.memory)).toEqual([]);
        const expected = [...tree].map(([key, type]) => `${key} ${type}`).sort();
        expect(treeOf(MediaImage.open(fixture.memory))).toEqual(expected);
      }),
      { numRuns: 80, seed: 11 },
    );
  });

  test('a directory of thousands of names finds each and uses dead places again', () => {
    const fixture = new MediaFixture(800, { inodes: 4096 });
    const { volume } = fixture;
    for (let i = 0; i < 2000; i += 1) {
      fixture.file(`name-${String(i)}`);
      if (i % 64 === 0) fixture.quiesce();
    }
    const size = volume.inodes.sizeBytes(1);
    for (let i = 0; i < 2000; i += 3) {
      fixture.commit((v) => v.unlink(1, fixture.name(`name-${String(i)}`)));
      fixture.commit((v) => v.reclaimOrphan(v.removed, 1));
      fixture.file(`mane-${String(i)}`);
      if (i % 64 === 0) fixture.quiesce();
    }
    expect(volume.inodes.sizeBytes(1)).toBe(size);
    expect(volume.directories.entryCount(1)).toBe(2000);
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    let seen = 0;
    for (let at = volume.directories.next(1, 0); at >= 0; at = volume.directories.next(1, at)) {
      const { entryName, entryInode } = volume.directories;
      expect(volume.directories.lookup(1, entryName)).toBe(entryInode);
      seen += 1;
    }
    expect(seen).toBe(2000);
  });

  test('a removed file that is held keeps its inode until the last holder lets go', () => {
    const fixture = new MediaFixture(400);
    const { volume } = fixture;
    const inode = fixture.file('a');
    volume.hold(inode);
    volume.hold(inode);
    fixture.commit((v) => v.unlink(1, fixture.name('a')));
    expect(volume.removed).toBe(inode);
    expect(volume.isOrphan(inode)).toBe(false);
    expect(volume.release(inode)).toBe(false);
    expect(volume.release(inode)).toBe(true);
    fixture.commit((v) => v.reclaimOrphan(inode, 1));
    expect(volume.inodes.isUsed(inode)).toBe(false);
  });

  test.each([1, 336, 337, 4095])('a symlink keeps a target of %i bytes', (length) => {
    const fixture = new MediaFixture(400);
    const target = Uint8Array.from({ length }, (_, i) => 1 + (i % 255));
    fixture.commit((v) => v.symlink(1, fixture.name('s'), target, 0, 0));
    const inode = fixture.volume.created;
    const read = new Uint8Array(4096);
    expect(fixture.volume.readlink(inode, read)).toBe(length);
    expect(read.subarray(0, length)).toEqual(target);
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(MediaImage.open(fixture.memory)?.readlink(inode)).toEqual(target);
    fixture.commit((v) => v.unlink(1, fixture.name('s')));
    expect(fixture.commit((v) => v.reclaimOrphan(inode, 1))).toBe(MediaOutcome.Done);
    fixture.quiesce();
    expect(fsck(fixture.memory)).toEqual([]);
  });

  test('a hard link to a directory, a directory below itself and a bad name are refused', () => {
    const fixture = new MediaFixture(400);
    const name = (text: string): number => fixture.name(text);
    const dir = fixture.directory('d');
    const below = fixture.directory('e', dir);
    expect(fixture.commit((v) => v.link(dir, 1, name('x')))).toBe(MediaOutcome.IsDirectory);
    expect(fixture.commit((v) => v.rename(1, name('d'), below, name('x')))).toBe(MediaOutcome.Loop);
    for (const bad of ['', '.', '..', 'a/b', 'x'.repeat(256)]) {
      const outcome = fixture.commit((v) => v.createInode(1, name(bad), 0o100644, 0, 0));
      expect(outcome).toBe(MediaOutcome.BadName);
    }
  });
});
