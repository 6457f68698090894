/**
 * The names of a recovered image, as what the model can be held against: one number for the whole
 * tree, and the list behind it for when they differ.
 *
 *     entry ─▶ mix(path, type, size, links, attribute) ─▶ sum over all entries
 *
 * A sum does not depend on the order of entries, so the model computes the same number from its own
 * names. Two different trees with one number are as likely as 1 in 2^52.
 */
import { FileType, textOf } from '@daxsim/daxfs';
import type { Fsck, ImageEntry, ImageInode } from '@daxsim/daxfs';
import { cellValue } from './crash-model.js';
import type { ModelState } from './crash-model.js';

/** One name of an image. */
export interface TreeEntry {
  readonly path: string;
  readonly inode: number;
  readonly isDirectory: boolean;
  readonly size: number;
  readonly links: number;
  /** First word of the value of its extended attribute, 0 if it has none. */
  readonly attribute: number;
  /** Of all that but the inode's number. */
  readonly hash: number;
}

const ROOT = 1;
const DEPTH_MAX = 16;

/** What stood in one directory the last time. */
interface DirectoryMemo {
  readonly path: string;
  readonly entries: readonly ImageEntry[];
  readonly paths: readonly string[];
  /** What each name led to, and the head of the inode that said so. */
  readonly items: (TreeEntry | undefined)[];
  readonly heads: (ImageInode | undefined)[];
}

/** Lists the names of one image after the other; what has not changed is the same object again. */
export class TreeReader {
  private readonly memos: (DirectoryMemo | undefined)[] = [];
  private root: TreeEntry | undefined;
  private rootHead: ImageInode | undefined;

  constructor(private readonly image: Fsck) {}

  /** All names that fsck found in an image, the root as ".". */
  read(): TreeEntry[] {
    const head = this.image.inode(ROOT);
    if (head === undefined) return [];
    const attribute = attributeOf(this.image, ROOT);
    if (this.root?.attribute !== attribute || this.rootHead !== head) {
      this.root = entryOf('.', head, attribute);
      this.rootHead = head;
    }
    const found = [this.root];
    this.visit(ROOT, '.', 0, found);
    return found;
  }

  private visit(dir: number, path: string, depth: number, found: TreeEntry[]): void {
    const memo = this.memoOf(dir, path);
    const { entries, paths, items, heads } = memo;
    for (let i = 0; i < entries.length; i += 1) {
      const number = entries[i]?.inode ?? 0;
      const head = this.image.inode(number);
      if (head === undefined) continue;
      const attribute = attributeOf(this.image, number);
      let item = items[i];
      if (item?.attribute !== attribute || heads[i] !== head) {
        item = entryOf(paths[i] ?? '', head, attribute);
        items[i] = item;
        heads[i] = head;
      }
      found.push(item);
      if (item.isDirectory && depth < DEPTH_MAX) this.visit(number, item.path, depth + 1, found);
    }
  }

  private memoOf(dir: number, path: string): DirectoryMemo {
    const entries = this.image.entries(dir);
    let memo = this.memos[dir];
    if (memo?.entries === entries && memo.path === path) return memo;
    const paths = entries.map(({ name }) =>
      path === '.' ? textOf(name) : `${path}/${textOf(name)}`,
    );
    memo = { path, entries, paths, items: [], heads: [] };
    this.memos[dir] = memo;
    return memo;
  }
}

/** The size of a directory is its blocks', which the model does not know. */
function entryOf(
  path: string,
  { inode, type, sizeBytes, links }: ImageInode,
  attribute: number,
): TreeEntry {
  const isDirectory = type === FileType.Directory;
  return treeEntry({
    path,
    inode,
    isDirectory,
    size: isDirectory ? 0 : sizeBytes,
    links,
    attribute,
  });
}

function treeEntry(entry: Omit<TreeEntry, 'hash'>): TreeEntry {
  const { path, inode, isDirectory, size, links, attribute } = entry;
  return { path, inode, isDirectory, size, links, attribute, hash: entryHash(entry) };
}

function attributeOf(image: Fsck, inode: number): number {
  const [xattr] = image.xattrs(inode);
  if (xattr === undefined) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = xattr.value;
  return a | (b << 8) | (c << 16) | (d << 24);
}

/** The number of a tree. */
export function treeHash(entries: readonly TreeEntry[]): number {
  let low = 0;
  let high = 0;
  for (const { hash } of entries) {
    low = (low + hash) | 0;
    high = (high + Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) | 0;
  }
  return (high >>> 12) * 4294967296 + (low >>> 0);
}

/** The entries that the model expects in a state. */
export function expectedTree(state: ModelState): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const [path, number] of state.names) {
    const inode = state.inodes.get(number);
    if (inode === undefined) continue;
    const { isDirectory, links, versions } = inode;
    const attribute = inode.attribute === 0 ? 0 : cellValue(inode.attribute, 0);
    const size = isDirectory ? 0 : (versions.at(-1)?.size ?? 0);
    entries.push(treeEntry({ path, inode: number, isDirectory, size, links, attribute }));
  }
  return entries;
}

function entryHash(entry: Omit<TreeEntry, 'hash'>): number {
  const { path, isDirectory, size, links, attribute } = entry;
  let hash = isDirectory ? 0x51ed270b : 0x1b873593;
  for (let i = 0; i < path.length; i += 1) {
    hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
    hash = (hash << 7) | (hash >>> 25);
  }
  hash = Math.imul(hash ^ size, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ links, 0xc2b2ae35);
  hash ^= attribute === 0 ? 0 : Math.imul(attribute, 0x27d4eb2f) ^ 0x5bd1e995;
  return hash ^ (hash >>> 16);
}
