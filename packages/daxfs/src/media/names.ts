/**
 * Names as numbers. Equal bytes get equal numbers, in the order in which they are first seen; the
 * numbers are no state, never reach the media and stay valid across a rewind. A name is bytes:
 * text is encoded as UTF-8, and bytes that are not UTF-8 are kept as they are.
 *
 *     name ─▶ hash ─▶ cells: number + 1 ─▶ starts[number] … starts[number + 1] in the pool of bytes
 *
 * There may be millions, so all of it lies in four typed arrays; nothing is an object of the host.
 */
import { assert } from '@daxsim/sim';
import type { NamePort } from './volume.js';

export const NAME_BYTES_MAX = 255;
/** Numbers are below this, so that (directory, name) makes one exact key. */
export const NAMES_LIMIT = 16777216;

const ASCII_MAX = 127;
const FIRST_NAMES = 256;
const SLASH = 47;
const DOT = 46;

export class Names implements NamePort {
  private count = 0;
  private starts = new Float64Array(FIRST_NAMES);
  private pool = new Uint8Array(FIRST_NAMES * 8);
  /** Open addressing, at most half full: number + 1, 0 is free. */
  private cells = new Int32Array(FIRST_NAMES * 2);
  private readonly encoder = new TextEncoder();
  private words = new Int32Array(16);

  idOf(name: string): number {
    return this.idOfPart(name, 0, name.length);
  }

  /** The number of the name that characters [from, to) of a text are. */
  idOfPart(text: string, from: number, to: number): number {
    // Into the end of the pool, where it stays if it is a new name.
    const start = this.starts[this.count];
    this.makeRoom(to - from);
    for (let i = from; i < to; i += 1) {
      const code = text.charCodeAt(i);
      if (code > ASCII_MAX) return this.idOfBytes(this.encoder.encode(text.slice(from, to)));
      this.pool[start + i - from] = code;
    }
    return this.intern(to - from);
  }

  idOfBytes(bytes: Uint8Array): number {
    this.makeRoom(bytes.length);
    this.pool.set(bytes, this.starts[this.count]);
    return this.intern(bytes.length);
  }

  textOf(id: number): string {
    return new TextDecoder().decode(this.view(id));
  }

  bytesOf(id: number): Uint8Array {
    return this.view(id).slice();
  }

  lengthOf(id: number): number {
    return this.starts[id + 1] - this.starts[id];
  }

  /** The bytes as words, padded with zeros to whole units; valid until the next call. */
  wordsOf(id: number): Int32Array {
    const length = this.lengthOf(id);
    const start = this.starts[id];
    const count = Math.ceil(length / 8) * 2;
    if (this.words.length < count) this.words = new Int32Array(count * 2);
    const { words, pool } = this;
    words.fill(0, 0, count);
    for (let i = 0; i < length; i += 1) words[i >>> 2] |= pool[start + i] << ((i & 3) * 8);
    return words.subarray(0, count);
  }

  /** Whether a directory entry may have this name. */
  isValid(id: number): boolean {
    return isValidName(this.view(id));
  }

  private view(id: number): Uint8Array {
    return this.pool.subarray(this.starts[id], this.starts[id + 1]);
  }

  /** The number of the `length` bytes at the end of the pool. */
  private intern(length: number): number {
    const { pool } = this;
    const start = this.starts[this.count];
    let hash = length;
    for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ pool[start + i], 0x9e3779b1);
    hash ^= hash >>> 15;
    const mask = this.cells.length - 1;
    let cell = hash & mask;
    for (; this.cells[cell] !== 0; cell = (cell + 1) & mask) {
      const id = this.cells[cell] - 1;
      if (this.isSame(id, start, length)) return id;
    }
    return this.keep(cell, start + length);
  }

  private keep(cell: number, end: number): number {
    const id = this.count;
    assert(id < NAMES_LIMIT, 'Names: more than 2^24 different names');
    this.count += 1;
    if (this.count === this.starts.length) {
      const starts = new Float64Array(this.starts.length * 2);
      starts.set(this.starts);
      this.starts = starts;
    }
    this.starts[this.count] = end;
    this.cells[cell] = id + 1;
    if (this.count * 2 > this.cells.length) this.growCells();
    return id;
  }

  private isSame(id: number, start: number, length: number): boolean {
    if (this.lengthOf(id) !== length) return false;
    const { pool } = this;
    const own = this.starts[id];
    for (let i = 0; i < length; i += 1) if (pool[own + i] !== pool[start + i]) return false;
    return true;
  }

  private growCells(): void {
    this.cells = new Int32Array(this.cells.length * 2);
    const mask = this.cells.length - 1;
    for (let id = 0; id < this.count; id += 1) {
      let hash = this.lengthOf(id);
      for (let at = this.starts[id]; at < this.starts[id + 1]; at += 1) {
        hash = Math.imul(hash ^ this.pool[at], 0x9e3779b1);
      }
      let cell = (hash ^ (hash >>> 15)) & mask;
      while (this.cells[cell] !== 0) cell = (cell + 1) & mask;
      this.cells[cell] = id + 1;
    }
  }

  private makeRoom(bytes: number): void {
    const needed = this.starts[this.count] + bytes;
    if (needed <= this.pool.length) return;
    const pool = new Uint8Array(Math.max(needed, this.pool.length * 2));
    pool.set(this.pool);
    this.pool = pool;
  }
}

/** 1 … 255 bytes, no slash, no zero, neither `.` nor `..`. */
export function isValidName(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > NAME_BYTES_MAX) return false;
  if (bytes.includes(SLASH) || bytes.includes(0)) return false;
  return !(bytes[0] === DOT && (bytes.length === 1 || (bytes.length === 2 && bytes[1] === DOT)));
}

/** The bytes as a text of one character for each: equal for equal names. */
export function keyOfName(bytes: Uint8Array): string {
  let key = '';
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}
