/**
 * The extended attributes of an inode as a media image has them, read from its bytes alone. As
 * `media-image.ts` it shares constants of places with the rest, and no code that interprets them.
 */
import type { MediaMemory } from './media-memory.js';
import type { ProblemSink } from './problem-sink.js';

/** An attribute on an image. */
export interface ImageXattr {
  /** 0 `user.`, 1 `trusted.`, 2 `security.`. */
  readonly space: number;
  /** Without the prefix. */
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

const BLOCK = 4096;
const MAGIC = 0x41584144;
/** Byte of the inode at which the area begins, and units of entries that it has room for. */
const AREA_AT = 416;
const AREA_UNITS = 11;
const BLOCK_UNITS = 512;
const SPACES = 3;
const VALUE_MAX = 65536;
const APART = 1 << 30;

export class ImageXattrs {
  /** Blocks of the chain and of values that lie apart. */
  readonly blocks: number[] = [];
  readonly found: ImageXattr[] = [];
  private readonly where: string;

  constructor(
    private readonly memory: MediaMemory,
    private readonly inode: number,
    /** First block that may belong to an inode, and the one behind the last. */
    private readonly firstBlock: number,
    private readonly endBlock: number,
    private readonly problem: ProblemSink,
  ) {
    this.where = `inode ${String(inode)}`;
  }

  /** Reads the area at an inode's address, and the chain that it leads to. */
  read(inodeAddress: number): this {
    const area = inodeAddress + AREA_AT;
    const used = this.word(area);
    if (used > AREA_UNITS) this.wrong('more attributes than fit into it');
    else this.readEntries(area + 8, 0, used);
    const seen = new Set<number>();
    for (let block = this.word(area + 4); block !== 0;) {
      if (!this.isOurs(block) || seen.has(block)) {
        this.wrong(`attributes at block ${String(block)}`);
        return this;
      }
      seen.add(block);
      this.blocks.push(block);
      block = this.readBlock(block);
    }
    if (this.found.length === 0) this.wrong('says that it has attributes');
    return this;
  }

  /** Reads a block of entries and answers the next one. */
  private readBlock(block: number): number {
    const at = block * BLOCK;
    const used = this.word(at + 4);
    if (this.word(at) !== MAGIC || this.word(at + 8) !== this.inode || used > BLOCK_UNITS) {
      this.wrong(`block ${String(block)} is no block of its attributes`);
      return 0;
    }
    if (used <= 2) this.wrong(`block ${String(block)} of its attributes is empty`);
    else this.readEntries(at, 2, used);
    return this.word(at + 12);
  }

  private readEntries(base: number, first: number, used: number): void {
    for (let unit = first; unit < used;) {
      const at = base + unit * 8;
      const shape = this.word(at);
      const units = shape & 0xffff;
      const nameBytes = (shape >>> 16) & 0xff;
      const second = this.word(at + 4);
      const isApart = (second & APART) !== 0;
      const valueBytes = second & ~APART;
      const nameUnits = Math.ceil(nameBytes / 8);
      const blocks = isApart ? Math.ceil(valueBytes / BLOCK) : 0;
      const valueUnits = isApart ? Math.ceil(blocks / 2) : Math.ceil(valueBytes / 8);
      const isShaped = units === 1 + nameUnits + valueUnits && unit + units <= used;
      if (!isShaped || nameBytes === 0 || valueBytes > VALUE_MAX || shape >>> 24 >= SPACES) {
        this.wrong('an attribute has no valid shape');
        return;
      }
      const value = at + 8 + nameUnits * 8;
      const bytes = isApart
        ? this.valueApart(value, blocks, valueBytes)
        : this.bytes(value, valueBytes);
      this.add({ space: shape >>> 24, name: this.bytes(at + 8, nameBytes), value: bytes });
      unit += units;
    }
  }

  private add(xattr: ImageXattr): void {
    const isTwice = this.found.some(
      ({ space, name }) =>
        space === xattr.space &&
        name.length === xattr.name.length &&
        name.every((byte, i) => byte === xattr.name[i]),
    );
    if (isTwice) this.wrong('has an attribute twice');
    this.found.push(xattr);
  }

  private valueApart(at: number, blocks: number, valueBytes: number): Uint8Array {
    const value = new Uint8Array(valueBytes);
    for (let i = 0; i < blocks; i += 1) {
      const block = this.word(at + i * 4);
      if (!this.isOurs(block)) {
        this.wrong(`value of an attribute at block ${String(block)}`);
        continue;
      }
      this.blocks.push(block);
      const length = Math.min(BLOCK, valueBytes - i * BLOCK);
      this.memory.peekBytes(block * BLOCK, value, i * BLOCK, length);
    }
    return value;
  }

  private bytes(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (length > 0) this.memory.peekBytes(at, bytes, 0, length);
    return bytes;
  }

  private isOurs(block: number): boolean {
    return block >= this.firstBlock && block < this.endBlock;
  }

  private word(address: number): number {
    return this.memory.peek32(address) >>> 0;
  }

  private wrong(what: string): void {
    this.problem(this.where, what);
  }
}
