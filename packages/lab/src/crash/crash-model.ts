/**
 * What a correct file system would hold after each call, in the plainest form: names, inodes, and
 * for each four bytes of a file what they hold.
 *
 *     state 0 ─ call ─▶ state 1 ─ call ─▶ state 2 …         states never change, they share parts
 *
 * Each state also says what was promised: the least state whose names must have survived
 * (`promised`), and per file the versions of its contents that may still be found, oldest first.
 * A sync forgets all but the last. Contents of older versions stay legal until then because stores
 * to persistent memory may be durable before anybody asks for it.
 */
import { assert } from '@daxsim/sim';
import { NO_BLOCKS, afterResize, afterShift, afterStore } from './file-blocks.js';
import type { FileBlocks } from './file-blocks.js';

export const CELL_BYTES = 4;

/** Contents of a file at one time; cells past the end are absent. */
export interface FileVersion {
  /** Bytes, a multiple of four. */
  readonly size: number;
  /** What each cell holds. A value tells which write made it, and for which place. */
  readonly cells: Int32Array;
  /** Which blocks must be there, and which may not. */
  readonly blocks: FileBlocks;
  /** What the call did that made this version, if it moved cells. */
  readonly shift?: CellShift;
}

/** Cells from `at` on went up by `by` cells, or down; those in between made room or went. */
export interface CellShift {
  readonly at: number;
  readonly by: number;
}

export interface ModelInode {
  readonly isDirectory: boolean;
  readonly links: number;
  /** The state that the last change to it led to. */
  readonly changed: number;
  /** What may be found, oldest first; the last is the present. */
  readonly versions: readonly FileVersion[];
  /** The call that set its extended attribute, 0 if it has none. */
  readonly attribute: number;
}

export interface ModelState {
  /** Calls that led here. */
  readonly index: number;
  readonly names: ReadonlyMap<string, number>;
  readonly inodes: ReadonlyMap<number, ModelInode>;
  /** Least index of the states that may be found after power loss. */
  readonly promised: number;
  readonly nextInode: number;
  /** The state before the last call; null for the first. */
  readonly before: ModelState | null;
}

const EMPTY: FileVersion = { size: 0, cells: new Int32Array(0), blocks: NO_BLOCKS };
const ROOT = 1;
const NOTHING_OPEN: ReadonlyMap<string, number> = new Map();

/** An empty file system, durable. */
export function emptyModel(): ModelState {
  const root: ModelInode = {
    isDirectory: true,
    links: 2,
    changed: 0,
    versions: [EMPTY],
    attribute: 0,
  };
  return {
    index: 0,
    names: new Map([['.', ROOT]]),
    inodes: new Map([[ROOT, root]]),
    promised: 0,
    nextInode: ROOT + 1,
    before: null,
  };
}

/** Builds the next state from one; used for one call and thrown away. */
export class ModelStep {
  private readonly names: Map<string, number>;
  private readonly inodes: Map<number, ModelInode>;
  private promised: number;
  private nextInode: number;

  constructor(
    private readonly from: ModelState,
    /** What the call writes bears this number. */
    private readonly write = from.index + 1,
    /** Files by the names of their handles, for calls that do not name them by path. */
    private readonly opened: ReadonlyMap<string, number> = NOTHING_OPEN,
  ) {
    this.names = new Map(from.names);
    this.inodes = new Map(from.inodes);
    this.promised = from.promised;
    this.nextInode = from.nextInode;
  }

  end(): ModelState {
    const { from, names, inodes, promised, nextInode } = this;
    return { index: from.index + 1, names, inodes, promised, nextInode, before: from };
  }

  has(path: string): boolean {
    return this.names.has(path);
  }

  create(path: string, isDirectory: boolean): void {
    const number = this.nextInode;
    this.nextInode += 1;
    this.names.set(path, number);
    const links = isDirectory ? 2 : 1;
    const changed = this.from.index + 1;
    this.inodes.set(number, {
      isDirectory,
      links,
      changed,
      versions: [EMPTY],
      attribute: 0,
    });
    this.changeParent(path, isDirectory ? 1 : 0);
  }

  remove(path: string): void {
    const number = this.numberOf(path);
    const inode = this.inodeOf(number);
    this.names.delete(path);
    if (inode.isDirectory || inode.links === 1) this.inodes.delete(number);
    else this.change(number, { links: inode.links - 1 });
    this.changeParent(path, inode.isDirectory ? -1 : 0);
  }

  link(path: string, to: string): void {
    const number = this.numberOf(path);
    this.names.set(to, number);
    this.change(number, { links: this.inodeOf(number).links + 1 });
    this.changeParent(to, 0);
  }

  rename(path: string, to: string): void {
    const number = this.numberOf(path);
    if (this.names.get(to) === number) return;
    if (this.names.has(to)) this.remove(to);
    const { isDirectory } = this.inodeOf(number);
    const moved = [...this.names.keys()].filter((name) => name.startsWith(`${path}/`));
    for (const name of [path, ...moved]) {
      const inner = this.numberOf(name);
      this.names.delete(name);
      this.names.set(to + name.slice(path.length), inner);
    }
    this.change(number, {});
    this.changeParent(path, isDirectory ? -1 : 0);
    this.changeParent(to, isDirectory ? 1 : 0);
  }

  attribute(path: string, isSet: boolean): void {
    this.change(this.numberOf(path), { attribute: isSet ? this.write : 0 });
  }

  /** New contents of a file. */
  content(path: string, version: FileVersion): void {
    const number = this.numberOf(path);
    this.change(number, { versions: [...this.inodeOf(number).versions, version] });
  }

  /**
   * New contents of which no log need know: bytes overwritten in blocks that are there, at a time
   * that the inode's stamps have already. To sync them promises them, and not the names that
   * changed before them.
   */
  bytes(path: string, version: FileVersion): void {
    const number = this.numberOf(path);
    const inode = this.inodeOf(number);
    this.inodes.set(number, { ...inode, versions: [...inode.versions, version] });
  }

  /** The file's contents now. */
  present(path: string): FileVersion {
    const { versions } = this.inodeOf(this.numberOf(path));
    const last = versions.at(-1);
    assert(last !== undefined, 'ModelStep: a file has contents');
    return last;
  }

  /** Everything so far is durable. */
  promiseAll(): void {
    this.promised = this.from.index + 1;
    for (const number of [...this.inodes.keys()]) this.forgetOlder(number);
  }

  /** The file's last change and all names until then are durable. */
  promise(path: string): void {
    const number = this.numberOf(path);
    this.promised = Math.max(this.promised, this.inodeOf(number).changed);
    this.forgetOlder(number);
  }

  /** The same where only these bytes are written back: what else was stored may still be lost. */
  promiseRange(path: string, offset: number, length: number): void {
    const number = this.numberOf(path);
    const { versions, changed } = this.inodeOf(number);
    this.promised = Math.max(this.promised, changed);
    const last = versions.at(-1) ?? EMPTY;
    const merged = versions.slice(0, -1).map((one) => mergedOutside(one, last, offset, length));
    const kept = merged.filter((one) => one !== last);
    this.inodes.set(number, { ...this.inodeOf(number), versions: [...kept, last] });
  }

  private forgetOlder(number: number): void {
    const inode = this.inodeOf(number);
    if (inode.versions.length === 1) return;
    this.inodes.set(number, { ...inode, versions: inode.versions.slice(-1) });
  }

  private change(number: number, to: Partial<ModelInode>): void {
    const changed = this.from.index + 1;
    this.inodes.set(number, { ...this.inodeOf(number), ...to, changed });
  }

  private changeParent(path: string, links: number): void {
    const slash = path.lastIndexOf('/');
    const parent = this.numberOf(slash < 0 ? '.' : path.slice(0, slash));
    this.change(parent, { links: this.inodeOf(parent).links + links });
  }

  private numberOf(path: string): number {
    const number = this.opened.get(path) ?? this.names.get(path);
    assert(number !== undefined, `ModelStep: no ${path}`);
    return number;
  }

  private inodeOf(number: number): ModelInode {
    const inode = this.inodes.get(number);
    assert(inode !== undefined, `ModelStep: no inode ${number}`);
    return inode;
  }
}

/** The state with everything in it durable. */
export function promisedAll(state: ModelState): ModelState {
  const inodes = new Map<number, ModelInode>();
  for (const [number, inode] of state.inodes) {
    const isPromised = inode.versions.length === 1;
    inodes.set(number, isPromised ? inode : { ...inode, versions: inode.versions.slice(-1) });
  }
  return { ...state, inodes, promised: state.index };
}

/**
 * `last` with what `old` has outside the range, zeros where it has nothing; `last` itself if that
 * is the same.
 */
function mergedOutside(
  old: FileVersion,
  last: FileVersion,
  offset: number,
  length: number,
): FileVersion {
  const cells = last.cells.slice();
  let isSame = true;
  const end = (offset + length) / CELL_BYTES;
  for (let cell = 0; cell < cells.length; cell += 1) {
    if (cell * CELL_BYTES >= offset && cell < end) continue;
    const before = old.cells[cell] ?? 0;
    isSame &&= before === cells[cell];
    cells[cell] = before;
  }
  return isSame ? last : { ...last, cells };
}

/** `version` with cells [from, to) made by `write` (0: zeros), grown if need be. */
export function overwritten(
  version: FileVersion,
  offset: number,
  length: number,
  write: number,
): FileVersion {
  const size = Math.max(version.size, offset + length);
  const cells = new Int32Array(size / CELL_BYTES);
  cells.set(version.cells);
  const end = (offset + length) / CELL_BYTES;
  for (let cell = offset / CELL_BYTES; cell < end; cell += 1) cells[cell] = cellValue(write, cell);
  return { size, cells, blocks: afterStore(version.blocks, version.size, offset, length) };
}

/** `version` cut or grown with zeros to `size` bytes. */
export function resized(version: FileVersion, size: number): FileVersion {
  const cells = new Int32Array(size / CELL_BYTES);
  cells.set(version.cells.subarray(0, cells.length));
  return { size, cells, blocks: afterResize(version.blocks, version.size, size) };
}

/** `version` without [offset, offset + length), or with zeros put in there. */
export function shifted(
  version: FileVersion,
  offset: number,
  length: number,
  isInsert: boolean,
): FileVersion {
  const at = offset / CELL_BYTES;
  const count = length / CELL_BYTES;
  const { cells } = version;
  const size = version.size + (isInsert ? length : -length);
  const result = new Int32Array(size / CELL_BYTES);
  result.set(cells.subarray(0, at));
  if (isInsert) result.set(cells.subarray(at), at + count);
  else result.set(cells.subarray(at + count), at);
  const blocks = afterShift(version.blocks, version.size, offset, length, isInsert);
  return { size, cells: result, blocks, shift: { at, by: isInsert ? count : -count } };
}

/** Bytes of a write from `offset` of its file on, to `target[at…]`. */
export function fillCells(
  write: number,
  offset: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  let cell = Math.floor(offset / CELL_BYTES);
  let byte = offset % CELL_BYTES;
  let value = cellValue(write, cell) >>> (byte * 8);
  for (let i = at; i < at + length; i += 1) {
    target[i] = value;
    value >>>= 8;
    byte += 1;
    if (byte < CELL_BYTES) continue;
    byte = 0;
    cell += 1;
    value = cellValue(write, cell);
  }
}

/** What write `write` makes of a cell; write 0 is zeros. */
export function cellValue(write: number, cell: number): number {
  if (write === 0) return 0;
  let h = Math.imul(write, 0x9e3779b1) ^ Math.imul(cell + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 13;
  return h === 0 ? 1 : h;
}
