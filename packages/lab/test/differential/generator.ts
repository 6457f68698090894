/**
 * Sequences of operations drawn from a seed: descriptors in six slots, mappings in four, a handful
 * of names with directories, links and symlinks among them, ranges that meet at block borders.
 *
 *     opens ─▶ 100 operations, most on descriptors ─▶ what every name is and holds
 *
 * Mappings never allow 2 MiB pages: with them a fault on DAX allocates what one through the page
 * cache does not.
 */
import { Prng } from '@daxsim/sim';
import { FallocMode, OpenFlag } from '@daxsim/daxfs';
import type { Operation } from './operations.js';

/** What a file system can do, beyond what all can. */
export interface Abilities {
  /** fallocate with FALLOC_FL_UNSHARE_RANGE. */
  readonly unshare: boolean;
  /** ioctl FICLONERANGE. */
  readonly clone: boolean;
  /** Refuses at once what the device cannot hold, instead of keeping what it got. */
  readonly refusesWhole: boolean;
}

const SLOTS = 6;
const MAPS = 4;
const FILES = ['a', 'b', 'c', 'd/a', 'd/b', 'd/e/a', 'e/a'];
const DIRECTORIES = ['d', 'e', 'd/e', 'd/e/f', 'e/d'];
const LINKS = ['s', 't', 'd/s'];
const ODD = ['.', 'd/..', 'a/', 'd/', 'a/x', 'no/x', 's/', './a', 'd//a', 'd/./a', 'd/../b'];
const LONG = 'n'.repeat(255);
const TOO_LONG = 'n'.repeat(256);
const TARGETS = ['a', 'd', 't', 's', 'no', 'd/a', '../a', '.', 'e/a', 'd/'];
const BLOCK = 4096;
const GROUPS_OF_FLAGS: readonly (readonly [number, number])[] = [
  [OpenFlag.ReadWrite | OpenFlag.Create, 10],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Direct, 6],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive, 2],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Append, 2],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Truncate, 2],
  [OpenFlag.ReadWrite | OpenFlag.Truncate | OpenFlag.Direct, 1],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.DataSync, 1],
  [OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.DataSync | OpenFlag.SyncAll, 1],
  [OpenFlag.ReadOnly, 3],
  [OpenFlag.WriteOnly | OpenFlag.Create, 1],
  [OpenFlag.ReadOnly | OpenFlag.Create, 1],
  [OpenFlag.ReadOnly | OpenFlag.Directory, 1],
  [OpenFlag.ReadWrite | OpenFlag.NoFollow, 1],
  [OpenFlag.ReadOnly | OpenFlag.PathOnly, 1],
];
const KEEP = FallocMode.KeepSize;
const MODES: readonly (readonly [number, number])[] = [
  [0, 5],
  [KEEP, 5],
  [FallocMode.PunchHole | KEEP, 6],
  [FallocMode.ZeroRange, 3],
  [FallocMode.ZeroRange | KEEP, 3],
  [FallocMode.CollapseRange, 6],
  [FallocMode.InsertRange, 6],
];
const ODD_MODES = [FallocMode.PunchHole, FallocMode.CollapseRange | KEEP, 0x100, 0x30];
const UNSHARE_MODES = [FallocMode.Unshare, FallocMode.Unshare | KEEP];
/** Sizes and places far out; the last is near the largest that ours can hold. */
const FAR = [2097152, 16777216, 4294967296, 1099511627776, 8796093022208 - 1048576];

class Writer {
  /** Slots that probably hold a descriptor, and a mapping. */
  private readonly opened = new Set<number>();
  private readonly mapped = new Set<number>();

  constructor(
    private readonly prng: Prng,
    private readonly abilities: Abilities,
  ) {}

  private pick<T>(list: readonly T[]): T {
    return list[this.prng.below(list.length)] as T;
  }

  private weighted<T>(list: readonly (readonly [T, number])[]): T {
    let left = this.prng.below(list.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [value, weight] of list) {
      if (left < weight) return value;
      left -= weight;
    }
    return (list[0] as readonly [T, number])[0];
  }

  private isOneIn(parts: number): boolean {
    return this.prng.below(parts) === 0;
  }

  /** A name of any kind; mostly of a file. */
  private name(): string {
    const draw = this.prng.below(40);
    if (draw < 24) return this.pick(FILES);
    if (draw < 30) return this.pick(DIRECTORIES);
    if (draw < 35) return this.pick(LINKS);
    if (draw < 38) return this.pick(ODD);
    return draw === 38 ? LONG : TOO_LONG;
  }

  /** One that is probably in use. */
  private slot(): number {
    if (this.isOneIn(60)) return SLOTS + 1;
    return this.opened.size === 0 || this.isOneIn(30)
      ? this.prng.below(SLOTS)
      : this.pick([...this.opened]);
  }

  private map(): number {
    return this.mapped.size === 0 || this.isOneIn(30)
      ? this.prng.below(MAPS)
      : this.pick([...this.mapped]);
  }

  private close(): Operation {
    const slot = this.slot();
    this.opened.delete(slot);
    return `close ${slot}`;
  }

  /** A place in a file: near block borders, in the first blocks mostly. */
  private place(): number {
    if (this.isOneIn(60)) return -this.prng.between(1, 5000);
    if (this.isOneIn(40)) return this.pick(FAR) + this.prng.below(8) * 512;
    const blocks = this.isOneIn(6) ? this.prng.below(128) : this.prng.below(20);
    const inside = this.pick([0, 0, 0, 0, 1, 511, 512, 2048, 4095, this.prng.below(BLOCK)]);
    return blocks * BLOCK + inside;
  }

  private length(): number {
    const draw = this.prng.below(20);
    if (draw < 8) return this.prng.between(1, 8) * BLOCK;
    if (draw < 14) return this.prng.between(1, 9000);
    if (draw < 17) return this.prng.between(1, 32) * 512;
    if (draw < 19) return this.prng.between(9, 40) * BLOCK;
    return this.isOneIn(8) ? 0 : this.prng.below(200000);
  }

  /** Block borders only, as collapse and insert want them; seldom not. */
  private wholeBlocks(most: number): number {
    return this.prng.below(most) * BLOCK + (this.isOneIn(20) ? 512 : 0);
  }

  open(slot: number, name: string = this.name()): Operation {
    const flags = this.weighted(GROUPS_OF_FLAGS);
    const isLikely = (flags & OpenFlag.Create) !== 0 && FILES.includes(name);
    if (isLikely) this.opened.add(slot);
    else this.opened.delete(slot);
    return `open ${slot} ${name} ${flags}`;
  }

  private fallocate(): Operation {
    const slot = this.slot();
    if (this.isOneIn(25)) return `fallocate ${slot} ${this.pick(ODD_MODES)} 0 4096`;
    if (this.abilities.unshare && this.isOneIn(15)) {
      return `fallocate ${slot} ${this.pick(UNSHARE_MODES)} ${this.place()} ${this.length()}`;
    }
    const mode = this.weighted(MODES);
    const shifts = (mode & (FallocMode.CollapseRange | FallocMode.InsertRange)) !== 0;
    if (shifts) {
      const length = this.wholeBlocks(6);
      return `fallocate ${slot} ${mode} ${this.wholeBlocks(16)} ${length}`;
    }
    if (this.abilities.refusesWhole && this.isOneIn(50))
      return `fallocate ${slot} ${mode} 0 17179869184`;
    return `fallocate ${slot} ${mode} ${this.place()} ${this.length()}`;
  }

  private transfer(): Operation {
    const draw = this.prng.below(12);
    const slot = this.slot();
    if (draw < 5) return `pwrite ${slot} ${this.place()} ${this.length()}`;
    if (draw < 8) return `pread ${slot} ${this.place()} ${this.length()}`;
    if (draw < 10) return `write ${slot} ${this.length()}`;
    if (draw < 11) return `read ${slot} ${this.length()}`;
    return `lseek ${slot} ${this.place()} ${this.pick([0, 0, 1, 2, 3, 3, 4, 4, 5])}`;
  }

  private mmap(): Operation {
    const map = this.prng.below(MAPS);
    this.mapped.add(map);
    const offset = this.isOneIn(20) ? 100 : this.prng.below(12) * BLOCK;
    const length = this.prng.between(this.isOneIn(20) ? 0 : 1, 65536);
    const isWritable = this.isOneIn(5) ? 0 : 1;
    const isPrivate = this.isOneIn(4) ? 1 : 0;
    return `mmap ${map} ${this.slot()} ${offset} ${length} ${isWritable} ${isPrivate}`;
  }

  private onMapping(): Operation {
    const draw = this.prng.below(16);
    if (draw < 4) return this.mmap();
    const map = this.map();
    const offset = this.prng.below(10) * BLOCK + this.pick([0, 0, 1, 4090, this.prng.below(BLOCK)]);
    if (draw < 10) return `store ${map} ${offset} ${this.prng.between(1, 6000)}`;
    if (draw < 12) return `load ${map} ${offset} ${this.prng.between(1, 6000)}`;
    if (draw < 13) {
      this.mapped.delete(map);
      return `munmap ${map}`;
    }
    const range = `${this.prng.below(4) * BLOCK} ${this.prng.between(1, 8) * BLOCK}`;
    return draw < 15 ? `msync ${map} ${range}` : `dontneed ${map} ${range}`;
  }

  private names(): Operation {
    const draw = this.prng.below(20);
    const name = this.name();
    if (draw < 4) return `mkdir ${this.isOneIn(4) ? name : this.pick(DIRECTORIES)}`;
    if (draw < 6) return `rmdir ${this.isOneIn(4) ? name : this.pick(DIRECTORIES)}`;
    if (draw < 9) return `unlink ${name}`;
    if (draw < 11) return `link ${name} ${this.name()}`;
    if (draw < 15) {
      const flags = this.isOneIn(3) ? this.prng.below(4) : 0;
      return `rename ${name} ${this.name()} ${flags}`;
    }
    if (draw < 17) {
      return `symlink ${this.pick(TARGETS)} ${this.isOneIn(3) ? name : this.pick(LINKS)}`;
    }
    return draw < 18 ? `readlink ${name}` : `stat ${name}`;
  }

  next(): Operation {
    const draw = this.prng.below(100);
    if (draw < 10) return this.open(this.prng.below(SLOTS));
    if (draw < 13) return this.close();
    if (draw < 38) return this.transfer();
    if (draw < 58) return this.fallocate();
    if (draw < 65) return `ftruncate ${this.slot()} ${this.place()}`;
    if (draw < 66) return `truncate ${this.name()} ${this.place()}`;
    if (draw < 80) return this.onMapping();
    if (draw < 84) return `${this.isOneIn(3) ? 'fdatasync' : 'fsync'} ${this.slot()}`;
    if (draw < 85) return `syncrange ${this.slot()} ${this.place()} ${this.length()} 7`;
    if (draw < 88) return this.copy();
    return this.names();
  }

  private copy(): Operation {
    const kind = this.abilities.clone && this.isOneIn(2) ? 'clone' : 'copy';
    const isWhole = kind === 'clone' && !this.isOneIn(8);
    const from = isWhole ? this.wholeBlocks(16) : this.place();
    const to = isWhole ? this.wholeBlocks(16) : this.place();
    const length = isWhole ? this.wholeBlocks(10) : this.length();
    return `${kind} ${this.slot()} ${from} ${this.slot()} ${to} ${length}`;
  }
}

/** A sequence of so many operations, then questions about every name. */
export function sequenceOf(
  seed: number,
  stream: number,
  count: number,
  abilities: Abilities,
): Operation[] {
  const writer = new Writer(new Prng(seed, stream), abilities);
  const operations: Operation[] = ['mkdir d', 'mkdir e', writer.open(0, 'a'), writer.open(1, 'b')];
  while (operations.length < count) operations.push(writer.next());
  for (const name of ['.', ...DIRECTORIES]) operations.push(`list ${name}`);
  for (const name of [...FILES, ...LINKS, LONG]) {
    operations.push(`stat ${name}`, `content ${name}`);
  }
  return operations;
}
