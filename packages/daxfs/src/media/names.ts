/**
 * Names as numbers. Equal bytes get equal numbers, in the order in which they are first seen; the
 * numbers are no state, never reach the media and stay valid across a rewind. A name is bytes:
 * text is encoded as UTF-8, and bytes that are not UTF-8 are kept as they are.
 */
import { assert } from '@daxsim/sim';
import type { NamePort } from './volume.js';

export const NAME_BYTES_MAX = 255;
/** Numbers are below this, so that (directory, name) makes one exact key. */
export const NAMES_LIMIT = 16777216;

export class Names implements NamePort {
  private readonly idOfText = new Map<string, number>();
  /** By bytes, written as a text of one character per byte. */
  private readonly idOfKey = new Map<string, number>();
  private readonly bytes: Uint8Array[] = [];
  private readonly packed: Int32Array[] = [];
  private readonly valid: boolean[] = [];

  idOf(name: string): number {
    const known = this.idOfText.get(name);
    if (known !== undefined) return known;
    const id = this.idOfBytes(new TextEncoder().encode(name));
    this.idOfText.set(name, id);
    return id;
  }

  idOfBytes(bytes: Uint8Array): number {
    const key = keyOfName(bytes);
    const known = this.idOfKey.get(key);
    if (known !== undefined) return known;
    const id = this.bytes.length;
    assert(id < NAMES_LIMIT, 'Names: more than 2^24 different names');
    this.idOfKey.set(key, id);
    this.bytes.push(bytes.slice());
    const words = new Int32Array(Math.ceil(bytes.length / 8) * 2);
    new Uint8Array(words.buffer).set(bytes);
    this.packed.push(words);
    this.valid.push(isValidName(bytes));
    return id;
  }

  textOf(id: number): string {
    return new TextDecoder().decode(this.bytes[id]);
  }

  bytesOf(id: number): Uint8Array {
    return this.bytes[id];
  }

  /** The bytes as words, padded with zeros to whole units. */
  wordsOf(id: number): Int32Array {
    return this.packed[id];
  }

  /** Whether a directory entry may have this name. */
  isValid(id: number): boolean {
    return this.valid[id];
  }
}

/** 1 … 255 bytes, no slash, no zero, neither `.` nor `..`. */
export function isValidName(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > NAME_BYTES_MAX) return false;
  if (bytes.includes(47) || bytes.includes(0)) return false;
  return !(bytes[0] === 46 && (bytes.length === 1 || (bytes.length === 2 && bytes[1] === 46)));
}

/** The bytes as a text of one character for each: equal for equal names. */
export function keyOfName(bytes: Uint8Array): string {
  let key = '';
  for (const byte of bytes) key += String.fromCharCode(byte);
  return key;
}
