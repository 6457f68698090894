/**
 * The names of a trace as a tree: each name knows its parent, so that an operation on `/a/b/c` is
 * seen to depend on `/a/b`, and a directory's new name to rename what is below it.
 */
import { NameTable } from '@daxsim/trace';

export class PathNames {
  private readonly table = new NameTable();
  private readonly parents: number[] = [];
  private readonly children: number[][] = [];

  /** Number of an absolute, normalised name; its directories are numbered with it. */
  idOf(text: string): number {
    const id = this.table.intern(text);
    if (id < this.parents.length) return id;
    this.parents.push(-1);
    this.children.push([]);
    if (text === '/' || text === '') return id;
    const slash = text.lastIndexOf('/');
    const parent = this.idOf(slash <= 0 ? '/' : text.slice(0, slash));
    this.parents[id] = parent;
    this.children[parent]?.push(id);
    return id;
  }

  textOf(id: number): string {
    return this.table.text(id);
  }

  /** Number of the directory that holds a name; −1 for the root. */
  parentOf(id: number): number {
    return this.parents[id] ?? -1;
  }

  /** Names that the trace has met directly below a name. */
  childrenOf(id: number): readonly number[] {
    return this.children[id] ?? [];
  }

  /** Last component. */
  lastOf(id: number): string {
    const text = this.textOf(id);
    return text.slice(text.lastIndexOf('/') + 1);
  }

  get size(): number {
    return this.parents.length;
  }
}

/** The longest directory that all names lie under. */
export function commonDirectory(names: Iterable<string>): string {
  let common: string[] | undefined;
  for (const name of names) {
    const parts = name.split('/').slice(1, -1);
    if (common === undefined) {
      common = parts;
      continue;
    }
    let same = 0;
    while (same < common.length && same < parts.length && common[same] === parts[same]) same += 1;
    common.length = same;
  }
  return common === undefined || common.length === 0 ? '/' : `/${common.join('/')}`;
}
