/**
 * Which state explains an image whose names are those of a state, but for sizes on their way.
 *
 *     state 4   foo 4096 bytes        image: foo 8192 bytes, as neither has it:
 *     state 5   foo 12288 bytes, bar         state 4, because its names are those of the image
 *
 * A call that grows or cuts a file does so in several transactions. Of two states in a row the one
 * whose names the image has explains it; what is found in files may be of either anyway.
 */
import { expectedTree } from './recovered-tree.js';
import type { ModelState } from './crash-model.js';
import type { TreeEntry } from './recovered-tree.js';

/** The latest such state since the last promise, or null. */
export function stateBetween(
  tree: readonly TreeEntry[],
  { now, next }: { readonly now: ModelState; readonly next: ModelState | null },
): ModelState | null {
  const found = new Map(tree.map((entry) => [entry.path, entry]));
  if (found.size !== tree.length) return null;
  for (let after: ModelState | null = next ?? now; after !== null; after = after.before) {
    const { before } = after;
    if (before === null || after.index <= now.promised) return null;
    for (const base of [before, after]) {
      if (hasNamesOf(found, base, [before, after])) return base;
    }
  }
  return null;
}

function hasNamesOf(
  found: ReadonlyMap<string, TreeEntry>,
  base: ModelState,
  states: readonly ModelState[],
): boolean {
  if (found.size !== base.names.size) return false;
  return expectedTree(base).every((expected) => {
    const entry = found.get(expected.path);
    if (entry?.isDirectory !== expected.isDirectory || entry.links !== expected.links) return false;
    if (entry.attribute !== expected.attribute) return false;
    if (entry.size === expected.size) return true;
    const sizes = states.map((state) => sizeIn(state, expected.inode));
    return entry.size >= Math.min(...sizes) && entry.size <= Math.max(...sizes);
  });
}

/** Size of a file in a state, 0 if it is not there. */
export function sizeIn(state: ModelState, inode: number): number {
  const found = state.inodes.get(inode);
  return found?.isDirectory === true ? 0 : (found?.versions.at(-1)?.size ?? 0);
}
