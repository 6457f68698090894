/**
 * Path texts as small numbers. A path is split once, when it is interned, so that a walk compares
 * name numbers only. The table is not state: it only ever grows, and what a path names is found in
 * the directories each time.
 *
 * All paths start at the root of the file system; a leading slash makes no difference.
 */
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from './abi.js';
import type { NamePort } from './media/volume.js';

/** Components that are not names. */
export const DOT = -1;
export const DOT_DOT = -2;
/** A component longer than a name may be. */
export const TOO_LONG = -3;

export interface Path {
  readonly text: string;
  /** Name numbers, or `DOT`, `DOT_DOT`, `TOO_LONG`. */
  readonly components: readonly number[];
  /** The text ends in a slash: what it names must be a directory. */
  readonly endsInSlash: boolean;
  /** The whole text is longer than a path may be. */
  readonly isTooLong: boolean;
}

export class PathTable {
  private readonly paths: Path[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly encoder = new TextEncoder();

  constructor(private readonly names: NamePort) {
    // Number 0 stands for *no path* in a register; it is the empty text, which names nothing.
    this.paths.push(this.split(''));
    this.numbers.set('', 0);
  }

  /** The number of a path's text, from 1; equal texts have equal numbers. The empty text is 0. */
  idOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const id = this.paths.length;
    this.paths.push(this.split(text));
    this.numbers.set(text, id);
    return id;
  }

  get(id: number): Path {
    return this.paths[id];
  }

  /** The bytes of a path's text, as a symlink's target holds them. */
  bytesOf(id: number): Uint8Array {
    return this.encoder.encode(this.paths[id].text);
  }

  private split(text: string): Path {
    const parts = text.split('/').filter((part) => part !== '');
    return {
      text,
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
