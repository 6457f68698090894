/**
 * Path texts as small numbers, so that a walk compares name numbers only. The table is not state:
 * it only ever grows, and what a path names is found in the directories each time.
 *
 *     /a/b/c    a plain path is its directory's number and a name: a cell of a tree
 *     a//b/.    any other text is kept as it is
 *
 * All paths start at the root of the file system; a leading slash makes no difference but to the
 * text. A path is split when it is used; the last thousand or so are kept split.
 */
import { IntTable } from '@daxsim/sim';
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from './abi.js';
import type { NamePort } from './media/volume.js';

/** Components that are not names. */
export const DOT = -1;
export const DOT_DOT = -2;
/** A component longer than a name may be. */
export const TOO_LONG = -3;

export interface Path {
  /** Name numbers, or `DOT`, `DOT_DOT`, `TOO_LONG`. */
  readonly components: readonly number[];
  /** The text ends in a slash: what it names must be a directory. */
  readonly endsInSlash: boolean;
  /** The whole text is longer than a path may be. */
  readonly isTooLong: boolean;
}

const RECENT = 1024;
const NAMES_LIMIT = 16777216;
const SLASH = 47;
const ODD = -1;
const FIRST_PATHS = 256;
/** A character has three bytes at most. */
const PLAIN_MAX = Math.floor(PATH_BYTES_MAX / 3);
const PLAIN_NAME_MAX = Math.floor(NAME_BYTES_MAX / 3);

export class PathTable {
  private count = 0;
  /** Of a plain path, its directory's number and its last name; of others `ODD`. */
  private parents = new Int32Array(FIRST_PATHS);
  private lastNames = new Int32Array(FIRST_PATHS);
  /** Parent · 2^24 + name → number of the plain path. */
  private readonly children = new IntTable();
  private readonly oddNumbers = new Map<string, number>();
  private readonly oddTexts = new Map<number, string>();
  private readonly recent: (Path | undefined)[] = [];
  private readonly recentIds: number[] = [];
  private readonly encoder = new TextEncoder();

  constructor(private readonly names: NamePort) {
    // Number 0 stands for *no path* in a register; it is the empty text, which names nothing. As a
    // parent it is the root.
    this.oddOf('');
  }

  /** The number of a path's text, from 1; equal texts have equal numbers. The empty text is 0. */
  idOf(text: string): number {
    return isPlain(text) ? this.plainOf(text) : this.oddOf(text);
  }

  get(id: number): Path {
    const at = id & (RECENT - 1);
    const known = this.recent[at];
    if (known !== undefined && this.recentIds[at] === id) return known;
    const path = this.parents[id] === ODD ? this.split(this.oddText(id)) : this.climb(id);
    this.recent[at] = path;
    this.recentIds[at] = id;
    return path;
  }

  /** The bytes of a path's text, as a symlink's target holds them. */
  bytesOf(id: number): Uint8Array {
    if (this.parents[id] === ODD) return this.encoder.encode(this.oddText(id));
    const parts = this.climb(id).components.map((name) => this.names.bytesOf(name));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 1 + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes[at] = SLASH;
      bytes.set(part, at + 1);
      at += 1 + part.length;
    }
    return bytes;
  }

  private plainOf(text: string): number {
    let id = 0;
    for (let from = 1; from <= text.length;) {
      const slash = text.indexOf('/', from);
      const to = slash < 0 ? text.length : slash;
      id = this.childOf(id, this.names.idOfPart(text, from, to));
      from = to + 1;
    }
    return id;
  }

  private childOf(parent: number, name: number): number {
    const key = parent * NAMES_LIMIT + name;
    const known = this.children.get(key);
    if (known !== 0) return known;
    const id = this.add(parent, name);
    this.children.set(key, id);
    return id;
  }

  private oddOf(text: string): number {
    const known = this.oddNumbers.get(text);
    if (known !== undefined) return known;
    const id = this.add(ODD, ODD);
    this.oddNumbers.set(text, id);
    this.oddTexts.set(id, text);
    return id;
  }

  private add(parent: number, name: number): number {
    const id = this.count;
    this.count += 1;
    if (id === this.parents.length) {
      this.parents = doubled(this.parents);
      this.lastNames = doubled(this.lastNames);
    }
    this.parents[id] = parent;
    this.lastNames[id] = name;
    return id;
  }

  private oddText(id: number): string {
    return this.oddTexts.get(id) ?? '';
  }

  private climb(id: number): Path {
    const components: number[] = [];
    for (let at = id; at !== 0; at = this.parents[at]) components.push(this.lastNames[at]);
    return { components: components.reverse(), endsInSlash: false, isTooLong: false };
  }

  private split(text: string): Path {
    const parts = text.split('/').filter((part) => part !== '');
    return {
      components: parts.map((part) => this.component(part)),
      endsInSlash: text.endsWith('/'),
      isTooLong: this.encoder.encode(text).length > PATH_BYTES_MAX,
    };
  }

  private component(part: string): number {
    if (part === '.') return DOT;
    if (part === '..') return DOT_DOT;
    if (this.encoder.encode(part).length > NAME_BYTES_MAX) return TOO_LONG;
    return this.names.idOf(part);
  }
}

/** Names with one slash before each, and nothing too long or special about them. */
function isPlain(text: string): boolean {
  if (text.length > PLAIN_MAX || text.charCodeAt(0) !== SLASH) return false;
  for (let from = 1; from <= text.length;) {
    const slash = text.indexOf('/', from);
    const to = slash < 0 ? text.length : slash;
    const length = to - from;
    if (length === 0 || length > PLAIN_NAME_MAX) return false;
    if (length <= 2 && (text.startsWith('.', from) || text.startsWith('..', from))) {
      const part = text.slice(from, to);
      if (part === '.' || part === '..') return false;
    }
    if (slash >= 0 && to + 1 === text.length) return false;
    from = to + 1;
  }
  return text.length > 1;
}

function doubled(cells: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(cells.length * 2);
  longer.set(cells);
  return longer;
}
