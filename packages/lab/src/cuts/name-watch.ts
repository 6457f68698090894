/**
 * Which names power loss may leave: what each name named, and since which transaction.
 *
 *     history of a name   [absent, 0] [inode 7, by 41] [inode 9, by 88]      durable: 60
 *                                      ▲ base                                recovered: 7 or 9
 *
 * The log keeps a prefix of what was committed, and all that is durable. So a name must name what
 * it named by the last durable transaction, or anything that came later; while an operation on it
 * runs, nothing is demanded. Histories are cut when their start is durable, so memory follows the
 * names that changed since the last force.
 *
 * What a name names is looked up in core when an operation on it ends. A directory is its inode
 * with its generation: names move with it.
 */
import { FileType, type Volume } from '@daxsim/daxfs';
import { OpKind, OpenFlag, type TraceRecord } from '@daxsim/trace';
import type { OperationListener, ReplaySource } from '../replay/replay-source.js';

/** An inode with its generation; null is no such name. */
export type Binding = string | null;

interface Entry {
  readonly binding: Binding;
  /** Transaction by which it was committed. */
  readonly by: number;
}

const LINKS_FOLLOWED = 8;
const TARGET_MAX = 4096;
/** Files that have no name for long: open with O_TMPFILE. */
const TEMPORARY = '#unnamed-';

export function bindingOf(inode: number, generation: number): string {
  return `${inode}.${generation}`;
}

/** Key of a name in a directory. */
export function nameKey(dir: number, generation: number, name: string): string {
  return `${bindingOf(dir, generation)}/${name}`;
}

export class NameWatch implements OperationListener {
  private readonly histories = new Map<string, Entry[]>();
  private readonly running: (readonly string[])[] = [];
  private readonly target = new Uint8Array(TARGET_MAX);

  constructor(
    private readonly volume: Volume,
    private readonly source: Pick<ReplaySource, 'placeOf'>,
  ) {
    this.presume(volume.inodes.root);
  }

  began(task: number, record: TraceRecord): void {
    const keys = this.keysOf(task, record);
    if (keys.length > 0) this.running[task] = keys;
  }

  ended(task: number): void {
    const keys = this.running[task];
    if (keys === undefined || keys.length === 0) return;
    this.running[task] = [];
    for (const key of keys) this.observe(key);
  }

  /** Names that were found on media, by key; answers what is wrong, a line each. */
  judge(found: ReadonlyMap<string, string>): string[] {
    const { durableSequence } = this.volume.journal;
    const busy = new Set(this.running.flat());
    const wrong: string[] = [];
    for (const [key, history] of this.histories) {
      settle(history, durableSequence);
      const binding = found.get(key) ?? null;
      if (busy.has(key) || history.some((entry) => entry.binding === binding)) continue;
      if (this.lookup(key) === binding) continue;
      const expected = history[0]?.binding ?? 'nothing';
      wrong.push(`name ${key} leads to ${binding ?? 'nothing'}, durable was ${expected}`);
    }
    for (const [key, binding] of found) {
      if (this.histories.has(key) || busy.has(key) || this.lookup(key) === binding) continue;
      if (!key.includes(`/${TEMPORARY}`)) wrong.push(`name ${key} was never made`);
    }
    return wrong;
  }

  private observe(key: string): void {
    const { committedSequence, durableSequence } = this.volume.journal;
    const binding = this.lookup(key);
    let history = this.histories.get(key);
    if (history === undefined) {
      history = [{ binding: null, by: 0 }];
      this.histories.set(key, history);
    }
    if (history.at(-1)?.binding !== binding) history.push({ binding, by: committedSequence });
    settle(history, durableSequence);
    if (history.length === 1 && binding === null) this.histories.delete(key);
  }

  private lookup(key: string): Binding {
    const { directories, inodes, names } = this.volume;
    const slash = key.indexOf('/');
    const dir = Number(key.slice(0, key.indexOf('.')));
    const isSame =
      inodes.isUsed(dir) && bindingOf(dir, inodes.generation(dir)) === key.slice(0, slash);
    if (!isSame) return null;
    const inode = directories.lookup(dir, names.idOf(key.slice(slash + 1)));
    return inode === 0 ? null : bindingOf(inode, inodes.generation(inode));
  }

  /** Names that the operation may make, change or take away. */
  private keysOf(task: number, record: TraceRecord): readonly string[] {
    const { kind } = record;
    const places = [this.source.placeOf(task, record.path)];
    if (kind === OpKind.Rename || kind === OpKind.Link) {
      places.push(this.source.placeOf(task, record.path2));
    } else if (kind === OpKind.Open) {
      if ((record.flags & OpenFlag.Create) === 0) return [];
    } else if (!changesNames(kind)) return [];
    const keys: string[] = [];
    for (const place of places) {
      if (place !== undefined) this.resolve(place, 0, keys);
    }
    return keys;
  }

  /** Adds the key of a path; where a link ends the path, that of what it leads to, too. */
  private resolve(place: string, depth: number, keys: string[]): void {
    const { directories, inodes, names } = this.volume;
    const parts = place.split('/').filter((part) => part !== '');
    const last = parts.pop();
    if (last === undefined || depth > LINKS_FOLLOWED) return;
    let dir = inodes.root;
    for (const [index, part] of parts.entries()) {
      const next = directories.lookup(dir, names.idOf(part));
      if (next === 0) return;
      if (inodes.type(next) === FileType.Symlink) {
        const base = parts.slice(0, index).join('/');
        const rest = [...parts.slice(index + 1), last].join('/');
        this.resolve(`${this.follow(next, base)}/${rest}`, depth + 1, keys);
        return;
      }
      dir = next;
    }
    keys.push(nameKey(dir, inodes.generation(dir), last));
    const inode = directories.lookup(dir, names.idOf(last));
    if (inode === 0 || inodes.type(inode) !== FileType.Symlink) return;
    this.resolve(this.follow(inode, parts.join('/')), depth + 1, keys);
  }

  private follow(link: number, base: string): string {
    const length = this.volume.readlink(link, this.target);
    const text = new TextDecoder().decode(this.target.subarray(0, length));
    return text.startsWith('/') ? text : `${base}/${text}`;
  }

  /** What was there before is durable. */
  private presume(dir: number): void {
    const { directories, inodes, names } = this.volume;
    const generation = inodes.generation(dir);
    const below: number[] = [];
    for (let cursor = 0; ;) {
      cursor = directories.next(dir, cursor);
      if (cursor < 0) break;
      const { entryInode, entryName } = directories;
      const key = nameKey(dir, generation, names.textOf(entryName));
      const binding = bindingOf(entryInode, inodes.generation(entryInode));
      this.histories.set(key, [{ binding, by: 0 }]);
      if (inodes.type(entryInode) === FileType.Directory) below.push(entryInode);
    }
    for (const inode of below) this.presume(inode);
  }
}

/** Drops what came before the last durable entry. */
function settle(history: Entry[], durable: number): void {
  let base = 0;
  while (base + 1 < history.length && history[base + 1]!.by <= durable) base += 1;
  if (base > 0) history.splice(0, base);
}

function changesNames(kind: number): boolean {
  return (
    kind === OpKind.Mkdir ||
    kind === OpKind.Rmdir ||
    kind === OpKind.Unlink ||
    kind === OpKind.Symlink ||
    kind === OpKind.Rename ||
    kind === OpKind.Link
  );
}
