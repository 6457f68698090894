/**
 * Runs sequences of operations on a simulated file system and writes down what `execute.c` prints
 * of a kernel's.
 *
 * Left out, because page cache and DAX need not agree on it: sectors and extents of a file that was
 * written other than by O_DIRECT, fallocate and truncate; where data begins in a file that was
 * read through a mapping, which leaves a DAX entry over an unwritten block for as long as the
 * file lives, but a cached page only as long as memory lasts.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { FileType, MapFlag, OpenFlag, Whence, lockPlan, personality } from '@daxsim/daxfs';
import type { Personality, World } from '@daxsim/daxfs';
import { defaultHead } from '../../src/conform/device.js';
import { FROM_BUFFER, WorkloadSystem } from '../../src/conform/workload-system.js';
import { contentHash, pattern } from './bytes.js';
import { onNames } from './simulated-names.js';
import { onPeople } from './simulated-people.js';
import type { PeopleRun } from './simulated-people.js';
import type { Arguments, Ended } from '../../src/conform/workload-system.js';
import { ANYTHING } from './operations.js';
import { SimulatedFiles } from './simulated-files.js';
import type { Operation } from './operations.js';

const SECTOR = 512;
const SLOTS = 6;
const MAPS = 4;
const MM = 1;
const DONT_NEED = 4;
const MS_SYNC = 4;

/** What is run. */
export interface SimulatedOptions {
  /** One of conform's: a personality, and how its file system is made. */
  readonly config: string;
  /** Values by which this machine's kernel differs from the personality. */
  readonly values?: Partial<Personality>;
  /** Pairing.hasStates. */
  readonly hasStates: boolean;
  /** Breaks something, to see it found. */
  readonly plant?: (world: World) => void;
}

interface Mapped {
  readonly mapping: number;
  readonly inode: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A file system of its own for each sequence. */
export class SimulatedRun implements PeopleRun {
  readonly system: WorkloadSystem;
  readonly world: World;
  private readonly slots: number[] = new Array<number>(SLOTS).fill(-1);
  private readonly maps: (Mapped | null)[] = new Array<Mapped | null>(MAPS).fill(null);
  private readonly files: SimulatedFiles;
  private readonly hasStates: boolean;
  private handles = 0;
  private mappings = 0;
  number = 0;

  constructor({ config, values, hasStates, plant }: SimulatedOptions) {
    this.hasStates = hasStates;
    const head = defaultHead(config, '');
    const mkfs = config.startsWith('ext4') ? 'mkfs.ext4 -b 4096' : 'mkfs.xfs -l size=16m';
    // As mounts are by default; the kernel's tick is finer than what passes between operations.
    const chosen = { ...personality(config), accessTimes: 'relative' as const, ...values };
    this.system = new WorkloadSystem(
      { ...head, mkfs },
      { personality: chosen, plan: lockPlan(chosen.plan) },
    );
    this.world = this.system.system.world;
    this.files = new SimulatedFiles(this.system, hasStates);
    plant?.(this.world);
  }

  /** One line for each operation. */
  static lines(options: SimulatedOptions, operations: readonly Operation[]): string[] {
    const run = new SimulatedRun(options);
    return operations.map((operation) => run.operate(operation));
  }

  operate(operation: Operation): string {
    const [name = '', ...words] = operation.split(' ');
    const args = words.map(Number);
    this.number += 1;
    this.system.beginOp(false);
    const { handles } = this.world;
    const open = this.slots.map((handle) => (handle < 0 ? 0 : handles.inode(handle)));
    const tails = this.files.unwrittenTails(open);
    const line = this.answer(name, words, args);
    this.files.taintGrown(tails);
    this.files.forgetFreed();
    return line;
  }

  private answer(name: string, words: readonly string[], args: readonly number[]): string {
    switch (name) {
      case 'open':
        return this.open(args[0] ?? 0, words[1] ?? '', args[2] ?? 0);
      case 'close':
        return this.close(args[0] ?? 0);
      case 'pwrite':
      case 'write':
      case 'pread':
      case 'read':
        return this.transfer(name, args);
      case 'mmap':
        return this.map(args);
      case 'munmap':
      case 'msync':
      case 'load':
      case 'store':
      case 'dontneed':
        return this.onMapping(name, args);
      case 'copy':
      case 'clone':
        return this.copy(name, args);
      default:
        return this.onHandle(name, words, args);
    }
  }

  private onHandle(name: string, words: readonly string[], args: readonly number[]): string {
    const handle = this.handle(args[0] ?? 0);
    const [, second = 0, third = 0, fourth = 0] = args;
    switch (name) {
      case 'ftruncate':
        return this.call(name, { handle, length: second }) + this.fileOf(handle);
      case 'fallocate': {
        const range = { flags: second, offset: third, length: fourth };
        const inode = this.world.handles.inode(handle);
        if (!this.hasStates && inode !== 0) this.files.taint(inode).seeks = true;
        return this.call(name, { handle, ...range }) + this.fileOf(handle);
      }
      case 'fsync':
      case 'fdatasync': {
        const answer = this.call(name, { handle });
        if (answer !== '0 0') return answer + this.fileOf(handle);
        return answer + this.fileOf(handle) + this.files.content(this.world.handles.inode(handle));
      }
      case 'syncrange':
        return this.call('syncRange', { handle, offset: second, length: third, flags: fourth });
      case 'lseek':
        return this.seek(handle, second, third);
      case 'content':
        return this.content(words[0] ?? '');
      default:
        return onPeople(this, name, words) ?? onNames(this.system, name, words);
    }
  }

  /** Questions where data begins move nothing. */
  private seek(handle: number, offset: number, whence: number): string {
    const { handles } = this.world;
    const inode = handles.inode(handle);
    const asks = whence === Whence.Data || whence === Whence.Hole;
    const isDirectory = inode !== 0 && this.world.volume.inodes.type(inode) === FileType.Directory;
    if (isDirectory && whence >= Whence.End) return 'SKIP';
    if (inode === 0 || !asks) return this.call('lseek', { handle, offset, whence });
    const before = handles.position(handle);
    this.system.run('fsync', { handle });
    const answer = this.call('lseek', { handle, offset, whence });
    handles.setPosition(handle, before);
    return this.files.taint(inode).seeks ? ANYTHING : answer;
  }

  /** The number behind a slot; one that no handle has for an empty or an unknown slot. */
  handle(slot: number): number {
    return this.slots[slot] ?? -1;
  }

  private call(recipe: string, args: Arguments): string {
    return answerOf(this.system.run(recipe, args));
  }

  private open(slot: number, name: string, flags: number): string {
    return this.openMode(slot, name, flags, 0o644);
  }

  openMode(slot: number, name: string, flags: number, mode: number): string {
    if (this.handle(slot) >= 0) this.close(slot);
    this.handles += 1;
    const args = { path: this.system.path(name), flags, mode, handle: this.handles };
    const ended = this.system.run('open', args);
    if (ended.errno !== 0) return answerOf(ended);
    this.slots[slot] = this.handles;
    return `0 0${this.fileOf(this.handles)}`;
  }

  private close(slot: number): string {
    const ended = this.system.run('close', { handle: this.handle(slot) });
    this.slots[slot] = -1;
    return ended.errno === 0 ? '0 0' : answerOf(ended);
  }

  private transfer(name: string, args: readonly number[]): string {
    const handle = this.handle(args[0] ?? 0);
    const { handles, volume } = this.world;
    const inode = handles.inode(handle);
    const flags = inode === 0 ? 0 : handles.flags(handle);
    const isPosition = !name.startsWith('p');
    const isDirect = (flags & OpenFlag.Direct) !== 0;
    let offset = isPosition ? -1 : (args[1] ?? 0);
    let length = (isPosition ? args[1] : args[2]) ?? 0;
    if (isDirect) {
      length -= length % SECTOR;
      if (offset > 0) offset -= offset % SECTOR;
    }
    const isWrite = name.endsWith('write');
    let place = isPosition && inode !== 0 ? handles.position(handle) : offset;
    if (isWrite && (flags & OpenFlag.Append) !== 0) place = volume.inodes.sizeBytes(inode);
    if (isDirect && place % SECTOR !== 0) return 'SKIP';
    const recipe = isWrite ? 'write' : 'read';
    // A negative offset is an error, and not the file position that −1 stands for here.
    const given = offset < 0 && !isPosition ? -2 : offset;
    if (isWrite) this.system.setBuffer(pattern(this.number, place, length), place);
    const ended = this.system.run(recipe, { handle, offset: given, length, source: FROM_BUFFER });
    if (isWrite && ended.errno === 0 && ended.result > 0 && !isDirect)
      this.files.taint(inode).blocks = true;
    let line = answerOf(ended);
    if (!isWrite && ended.errno === 0) line += ` h=${contentHash(this.system.bytesSeen(), 0)}`;
    return line + this.fileOf(handle);
  }

  private copy(
    name: string,
    [from = 0, offset = 0, to = 0, offset2 = 0, length = 0]: readonly number[],
  ): string {
    const handle = this.handle(from);
    const handle2 = this.handle(to);
    const { handles } = this.world;
    if (name === 'copy' && [handle, handle2].some((one) => this.isDirect(one))) return 'SKIP';
    const recipe = name === 'copy' ? 'copyRange' : 'cloneRange';
    const places = { offset: placeOf(offset), offset2: placeOf(offset2) };
    const ended = this.system.run(recipe, { handle, handle2, ...places, length });
    if (ended.errno === 0) this.files.taint(handles.inode(handle2)).blocks = true;
    return answerOf(ended) + this.fileOf(handle2);
  }

  private isDirect(handle: number): boolean {
    const { handles } = this.world;
    return handles.inode(handle) !== 0 && (handles.flags(handle) & OpenFlag.Direct) !== 0;
  }

  private map([
    slot = 0,
    file = 0,
    offset = 0,
    length = 0,
    isWritable = 0,
    isPrivate = 0,
  ]: readonly number[]): string {
    const old = this.maps[slot] ?? null;
    if (old !== null) this.unmap(slot, old);
    this.mappings += 1;
    let flags: number = MapFlag.Read | (isPrivate === 1 ? MapFlag.Private : MapFlag.Shared);
    if (isWritable === 1) flags |= MapFlag.Write;
    const handle = this.handle(file);
    const mapping = this.mappings;
    // Addresses that are not congruent to the file: no fault of 2 MiB.
    const args = { mapping, mm: MM, handle, offset, length, flags, colour: 1 };
    const ended = this.system.run('mmap', args);
    if (ended.errno !== 0) return answerOf(ended);
    const bytes = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
    this.maps[slot] = { mapping, inode: this.world.handles.inode(handle), offset, bytes };
    return '0 0';
  }

  private unmap(slot: number, { mapping, bytes }: Mapped): string {
    this.maps[slot] = null;
    return this.call('munmap', { mapping, mm: MM, offset: 0, length: bytes });
  }

  private onMapping(name: string, [slot = 0, offset = 0, length = 0]: readonly number[]): string {
    const mapped = this.maps[slot] ?? null;
    if (mapped === null) return 'NOMAP';
    const { mapping, inode } = mapped;
    if (name === 'munmap') return this.unmap(slot, mapped);
    if (offset >= mapped.bytes) return 'SKIP';
    const inside = Math.min(length, mapped.bytes - offset);
    const args = { mapping, mm: MM, offset, length: inside };
    if (name === 'msync') return this.call(name, { ...args, flags: MS_SYNC });
    if (name === 'dontneed') return this.call('madvise', { ...args, flags: DONT_NEED });
    const bytes = this.clipped(mapped, offset, length);
    const start = mapped.offset + offset;
    if (bytes > 0 && name === 'store') {
      this.files.taint(inode).blocks = true;
      this.system.setBuffer(pattern(this.number, start, bytes), start);
    }
    if (bytes > 0 && (name === 'load' || this.isPrivate(mapping)))
      this.files.taint(inode).seeks = true;
    if (bytes === 0) return `0 0${name === 'load' ? ' h=0' : ''}${this.files.facts(inode, true)}`;
    const ended = this.system.run(name, { ...args, length: bytes, source: FROM_BUFFER });
    const seen = this.system.bytesSeen();
    let line = `${name === 'load' ? seen.length : ended.result} 0`;
    if (ended.signal !== 0) line += ` B=${ended.signal}`;
    if (name === 'load') line += ` h=${contentHash(seen, 0)}`;
    return line + this.files.facts(inode, true);
  }

  private isPrivate(mapping: number): boolean {
    return !this.world.mm.mappings.isShared(mapping);
  }

  /** Bytes of an access inside the file or behind its last page, as `execute.c` leaves them. */
  private clipped({ inode, offset, bytes }: Mapped, at: number, length: number): number {
    const size = this.world.volume.inodes.sizeBytes(inode);
    const inMapping = Math.min(length, bytes - at);
    const from = offset + at;
    if (inMapping <= 0) return 0;
    if (from >= Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES) return inMapping;
    return Math.max(0, Math.min(inMapping, size - from));
  }

  taint(handle: number): void {
    this.files.taint(this.world.handles.inode(handle)).blocks = true;
  }

  taintSectors(inode: number): void {
    this.files.taint(inode).sectors = true;
  }

  fileOf(handle: number): string {
    const { handles } = this.world;
    const inode = handles.inode(handle);
    if (inode === 0) return '';
    return this.files.facts(inode, (handles.flags(handle) & OpenFlag.PathOnly) === 0);
  }

  /** Opened as the superuser's `open(path, O_RDONLY)`, synced, then read. */
  private content(name: string): string {
    this.handles += 1;
    const handle = this.handles;
    const opened = this.system.run('open', { path: this.system.path(name), flags: 0, handle });
    if (opened.errno !== 0) return answerOf(opened);
    const answer = this.call('fsync', { handle });
    const content = this.files.content(this.world.handles.inode(handle));
    this.system.run('close', { handle });
    return answer + content;
  }
}

/** How a call answers. */
function answerOf({ errno, result }: Ended): string {
  return errno === 0 ? `${result} 0` : `-1 ${errno}`;
}

/** −1 stands for the file position in a register, so another negative place stands for it. */
function placeOf(offset: number): number {
  return offset === -1 ? -2 : offset;
}
