/**
 * Whether a directory has the time stamp of the change that made its names.
 *
 *     in core, after each call and at each moment:   (names, stamp), (names, stamp) …
 *     in the image:                                  (names, stamp), which must be one of them
 *
 * A change of a directory and its stamps are one transaction, so no image has one without the
 * other. Needs stamps that differ from change to change (knob `stamps`, `counter`); the crash
 * systems' own are all alike, because a state that differs in a stamp alone is another state. Only
 * directories: what a store or a write does to the stamps of a file may become durable later.
 */
import { FileType, textOf } from '@daxsim/daxfs';
import type { Fsck, Volume } from '@daxsim/daxfs';

const NEVER = -1;

export class StampCheck {
  /** By number of calls: what each directory was then, and at moments of the call after it. */
  private readonly seen: Map<number, Set<string>>[] = [];

  constructor(
    private readonly volume: Volume,
    private readonly image: Fsck,
  ) {}

  /** After so many calls: what is in core now counts from here on. */
  ended(calls: number): void {
    this.seen.length = calls;
    this.seen[calls] = new Map();
    this.note(calls);
  }

  /** Null, or what is wrong with the image that fsck has read; `calls` have ended. */
  problem(calls: number): string | null {
    this.note(calls);
    for (let inode = 1; inode < this.volume.inodes.count; inode += 1) {
      const head = this.image.inode(inode);
      if (head?.type !== FileType.Directory) continue;
      const names = this.image.entries(inode).map(({ name }) => textOf(name));
      const text = described(names, head.modifyNs);
      const isKnown = this.seen.some((seen) => seen.get(inode)?.has(text) === true);
      if (!isKnown) return `directory ${inode} has names of one change, stamps of another: ${text}`;
    }
    return null;
  }

  private note(calls: number): void {
    const seen = this.seen[calls] ?? new Map<number, Set<string>>();
    this.seen[calls] = seen;
    const { inodes } = this.volume;
    for (let inode = 1; inode < inodes.count; inode += 1) {
      if (!inodes.isUsed(inode) || inodes.type(inode) !== FileType.Directory) continue;
      const of = seen.get(inode) ?? new Set<string>();
      seen.set(inode, of.add(described(this.namesOf(inode), inodes.modifyNs(inode))));
    }
  }

  private namesOf(inode: number): string[] {
    const { directories, names } = this.volume;
    const found: string[] = [];
    let cursor = directories.next(inode, 0);
    for (; cursor !== NEVER; cursor = directories.next(inode, cursor)) {
      found.push(names.textOf(directories.entryName));
    }
    return found;
  }
}

function described(names: readonly string[], stampNs: number): string {
  return `${[...names].sort().join(', ')} at ${stampNs}`;
}
