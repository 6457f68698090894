/**
 * Strings as small integers. A trace says the same few names millions of times; the table turns
 * each into an id once, by its bytes, so that the scan makes no string for a name that it has met.
 *
 * Open addressing over a power of two, linear probing; the key is a 32-bit FNV-1a of the bytes and
 * the answer is checked against the stored bytes. Names are never removed.
 */
export class NameTable {
  private readonly texts: string[] = [];
  private readonly keys: Uint8Array[] = [];
  /** Ids by text, filled as texts are asked for; scans that have bytes do without it. */
  private readonly byText = new Map<string, number>();
  private hashes = new Int32Array(64);
  private slots = new Int32Array(128).fill(-1);

  /** How many names there are; ids are 0 … size − 1. */
  get size(): number {
    return this.texts.length;
  }

  /** The name behind an id that this table gave out. */
  text(id: number): string {
    return this.texts[id] ?? '';
  }

  /** Id of a text, added if new. */
  intern(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const bytes = encoder.encode(text);
    const id = this.internBytes(bytes, 0, bytes.length);
    // The table's own copy: `text` may be a slice that keeps a whole line alive.
    this.byText.set(this.texts[id] as string, id);
    return id;
  }

  /** Adds a text as the next id, be it known or not: for tables that are copied id by id. */
  append(text: string): void {
    const bytes = encoder.encode(text);
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    this.add(hash ^ (hash >>> 15), bytes, 0, bytes.length);
  }

  /** Id of the UTF-8 text at bytes[from … to), added if new. */
  internBytes(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] as number;
      if (id < 0) return this.add(hash, bytes, from, to);
      if (this.hashes[id] === hash && this.isSame(id, bytes, from, to)) return id;
    }
  }

  /** Whether name `id` is bytes[from … to). */
  isSame(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const key = this.keys[id];
    if (key === undefined || key.length !== to - from) return false;
    for (let i = 0; i < key.length; i += 1) if (key[i] !== bytes[from + i]) return false;
    return true;
  }

  private add(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const id = this.texts.length;
    const key = bytes.slice(from, to);
    this.texts.push(decoder.decode(key));
    this.keys.push(key);
    if (id >= this.hashes.length) {
      const grown = new Int32Array(this.hashes.length * 2);
      grown.set(this.hashes);
      this.hashes = grown;
    }
    this.hashes[id] = hash;
    if (this.texts.length * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    else this.place(id);
    return id;
  }

  private rehash(length: number): void {
    this.slots = new Int32Array(length).fill(-1);
    for (let id = 0; id < this.texts.length; id += 1) this.place(id);
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.hashes[id] as number) & mask;
    while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
