/**
 * Sequences about who may do what, and what inodes say about themselves: three users, modes with
 * all bits, owners, stamps far back, extended attributes of all sizes, files without names,
 * vectored transfers with flags of their own.
 *
 *     two directories, three files ─▶ 100 operations, who does them changes ─▶ what everything is
 *
 * Stamps are before 1971 or now, so that which calls set them shows without a common clock.
 */
import { Prng } from '@daxsim/sim';
import { OpenFlag } from '@daxsim/daxfs';
import type { Operation } from './operations.js';

const SLOTS = 6;
const FILES = ['a', 'b', 'd/a', 'd/b', 'e/a', 'e/b', 'd/g/a'];
const DIRECTORIES = ['d', 'e', 'd/g', 'e/h'];
const LINKS = ['s', 'd/s'];
const USERS = [0, 0, 1000, 1000, 2000];
const PERMISSIONS = [
  0o644, 0o600, 0o666, 0o640, 0o400, 0o222, 0o060, 0o006, 0, 0o777, 0o4755, 0o2755, 0o2644, 0o6777,
];
const DIRECTORY_MODES = [0o755, 0o777, 0o1777, 0o2777, 0o700, 0o333, 0o555, 0o3775];
const OPEN_FLAGS = [
  OpenFlag.ReadWrite | OpenFlag.Create,
  OpenFlag.ReadWrite | OpenFlag.Create,
  OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Truncate,
  OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive,
  OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Append,
  OpenFlag.ReadOnly,
  OpenFlag.WriteOnly,
  OpenFlag.ReadOnly | OpenFlag.Truncate,
  OpenFlag.ReadOnly | OpenFlag.Directory,
  OpenFlag.ReadOnly | OpenFlag.PathOnly,
];
const TEMPORARY_FLAGS = [
  OpenFlag.ReadWrite,
  OpenFlag.WriteOnly,
  OpenFlag.ReadWrite | OpenFlag.Exclusive,
  OpenFlag.ReadOnly,
];
const XATTRS = [
  'user.a',
  'user.bb',
  'user.ccc',
  `user.${'n'.repeat(60)}`,
  'trusted.t',
  'security.test',
];
const ODD_XATTRS = ['-', 'user.', 'none', 'other.a', `user.${'x'.repeat(250)}`, 'x'.repeat(256)];
const LENGTHS = [0, 1, 4, 20, 40, 70, 100, 700, 3900, 4040, 4100];
/** In 1970, and before anything happens on the simulated clock. */
const STAMPS = [-1, -1, -2, 20, 3000123, 8000001];
const RW_FLAGS = [0, 0, 2, 4, 16, 16, 32, 64, 48];

class Writer {
  constructor(private readonly prng: Prng) {}

  pick<T>(list: readonly T[]): T {
    return list[this.prng.below(list.length)] as T;
  }

  private isOneIn(parts: number): boolean {
    return this.prng.below(parts) === 0;
  }

  private name(): string {
    const draw = this.prng.below(20);
    if (draw < 12) return this.pick(FILES);
    return draw < 17 ? this.pick(DIRECTORIES) : this.pick(LINKS);
  }

  private slot(): number {
    return this.prng.below(SLOTS);
  }

  private open(): Operation {
    const draw = this.prng.below(8);
    const mode = this.pick(PERMISSIONS);
    if (draw < 6) return `creat ${this.slot()} ${this.name()} ${this.pick(OPEN_FLAGS)} ${mode}`;
    const directory = this.isOneIn(6) ? this.name() : this.pick(DIRECTORIES);
    if (draw < 7)
      return `tmpfile ${this.slot()} ${directory} ${this.pick(TEMPORARY_FLAGS)} ${mode}`;
    return `linkfd ${this.slot()} ${this.pick(FILES)}`;
  }

  private names(): Operation {
    const draw = this.prng.below(14);
    if (draw < 3) return `mkdirm ${this.pick(DIRECTORIES)} ${this.pick(DIRECTORY_MODES)}`;
    if (draw < 4) return `rmdir ${this.pick(DIRECTORIES)}`;
    if (draw < 6) return `unlink ${this.name()}`;
    if (draw < 8) return `link ${this.name()} ${this.name()}`;
    if (draw < 12) return `rename ${this.name()} ${this.name()} ${this.pick([0, 0, 0, 1, 2])}`;
    return draw < 13
      ? `symlink ${this.pick(['a', 'g', 'b', 'd'])} ${this.pick(LINKS)}`
      : `readlink ${this.pick(LINKS)}`;
  }

  private owners(): Operation {
    const draw = this.prng.below(16);
    const isDirectory = this.isOneIn(3);
    const mode = this.pick(isDirectory ? DIRECTORY_MODES : PERMISSIONS);
    const name = isDirectory ? this.pick(DIRECTORIES) : this.name();
    if (draw < 4) return `chmod ${name} ${mode}`;
    if (draw < 5) return `fchmod ${this.slot()} ${mode}`;
    const owner = `${this.pick([-1, 0, 1000, 2000])} ${this.pick([-1, 0, 1000, 2000])}`;
    if (draw < 8) return `${this.pick(['chown', 'lchown'])} ${name} ${owner}`;
    if (draw < 9) return `fchown ${this.slot()} ${owner}`;
    const times = `${this.pick(STAMPS)} ${this.pick(STAMPS)}`;
    if (draw < 12) return `${this.pick(['utimens', 'lutimens'])} ${name} ${times}`;
    if (draw < 13) return `futimens ${this.slot()} ${times}`;
    return draw < 14 ? `who ${name}` : `access ${name} ${this.prng.below(8)}`;
  }

  private attributes(): Operation {
    const form = this.pick(['', '', 'l', 'f']);
    const what = form === 'f' ? String(this.slot()) : this.name();
    const draw = this.prng.below(12);
    // What is wrong with the call itself is found before or after the name, by kernel.
    if (draw === 0) return `setxattr . ${this.pick(ODD_XATTRS)} 4 0`;
    if (draw === 1) return `setxattr . user.a ${this.pick([4, 65537])} ${this.pick([4, 0])}`;
    const name = this.pick(XATTRS);
    const length = this.isOneIn(12) ? this.pick([9000, 65536]) : this.pick(LENGTHS);
    const flags = this.pick([0, 0, 0, 1, 2]);
    if (draw < 7) return `${form}setxattr ${what} ${name} ${length} ${flags}`;
    if (draw < 9) return `${form}getxattr ${what} ${name} ${this.pick([0, 10, 65536])}`;
    return draw < 11 ? `${form}removexattr ${what} ${name}` : `${form}listxattr ${what} 0`;
  }

  private transfer(): Operation {
    const draw = this.prng.below(9);
    const place = this.pick([0, 100, 4096, 9000, -1]);
    const length = this.pick([1, 100, 5000]);
    if (draw < 2) return `writev ${this.slot()} ${place} ${length} ${this.pick(RW_FLAGS)}`;
    if (draw < 3) return `readv ${this.slot()} ${place} ${length} ${this.pick([0, 1, 64])}`;
    if (draw < 5) return `pwrite ${this.slot()} ${Math.max(0, place)} ${length}`;
    if (draw < 6) return `pread ${this.slot()} ${Math.max(0, place)} ${length}`;
    if (draw < 7) return `truncate ${this.name()} ${this.pick([0, 50, 10000])}`;
    if (draw < 8) return `ftruncate ${this.slot()} ${this.pick([0, 50, 10000])}`;
    return `fallocate ${this.slot()} 0 0 ${this.pick([4096, 20000])}`;
  }

  next(): Operation {
    const draw = this.prng.below(100);
    if (draw < 10) {
      const user = this.pick(USERS);
      return `as ${user} ${this.isOneIn(5) ? this.pick(USERS) : user}`;
    }
    if (draw < 12) return `umask ${this.pick([0, 0o22, 0o77, 0o7])}`;
    if (draw < 28) return this.open();
    if (draw < 31) return `close ${this.slot()}`;
    if (draw < 45) return this.names();
    if (draw < 65) return this.owners();
    return draw < 85 ? this.attributes() : this.transfer();
  }
}

const BEGIN: readonly Operation[] = [
  'mkdirm d 511',
  'mkdirm e 1023',
  'creat 0 a 66 438',
  'creat 1 d/a 66 420',
  'symlink a s',
];

/** A sequence of so many operations, then questions about every name. */
export function peopleSequence(seed: number, stream: number, count: number): Operation[] {
  const writer = new Writer(new Prng(seed, stream));
  const operations = [...BEGIN];
  while (operations.length < count) operations.push(writer.next());
  operations.push('as 0 0');
  const names = [...DIRECTORIES, ...FILES, ...LINKS];
  for (const name of names) operations.push(`who ${name}`, `llistxattr ${name} 0`);
  for (const name of FILES) {
    operations.push(...XATTRS.map((xattr) => `getxattr ${name} ${xattr} 65536`));
    operations.push(`content ${name}`);
  }
  return operations;
}
