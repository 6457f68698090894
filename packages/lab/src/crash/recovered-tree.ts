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
import type { Fsck } from '@daxsim/daxfs';
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
}

const ROOT = 1;
const DEPTH_MAX = 16;

/** All names that fsck found in an image, the root as ".". */
export function treeOf(image: Fsck): TreeEntry[] {
  const found: TreeEntry[] = [];
  visit(image, ROOT, '.', 0, found);
  return found;
}

function visit(image: Fsck, inode: number, path: string, depth: number, found: TreeEntry[]): void {
  const head = image.inode(inode);
  if (head === undefined) return;
  const { type, sizeBytes, links } = head;
  const isDirectory = type === FileType.Directory;
  // The size of a directory is its blocks', which the model does not know.
  found.push({
    path,
    inode,
    isDirectory,
    size: isDirectory ? 0 : sizeBytes,
    links,
    attribute: attributeOf(image, inode),
  });
  if (!isDirectory || depth > DEPTH_MAX) return;
  for (const entry of image.entries(inode)) {
    const name = textOf(entry.name);
    visit(image, entry.inode, path === '.' ? name : `${path}/${name}`, depth + 1, found);
  }
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
  for (const entry of entries) {
    const hash = entryHash(entry);
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
    entries.push({ path, inode: number, isDirectory, size, links, attribute });
  }
  return entries;
}

function entryHash({ path, isDirectory, size, links, attribute }: TreeEntry): number {
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
