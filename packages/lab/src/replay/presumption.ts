/**
 * What a trace presumes: which files, directories and links must have been there before its first
 * record, and how large they were.
 *
 *     open("a") = 3            a was there            open("b", O_CREAT) = 4     perhaps it was
 *     fstat(3) size 5000       of 5000 bytes          lseek(4, 0, SEEK_END) = 7  it was, of 7 bytes
 *     stat("c") = ENOENT       c was not              mkdir("d") = EEXIST        d was
 *
 * A walk over the whole trace, in the order of ends, with a model of its name space: a name is
 * unknown until a call tells. A size that shows (in a stat, a read's end, a seek to the end) and
 * that no earlier write explains must have been there from the start, unless the file was cut in
 * between. Memory follows the names and the open descriptions, never the number of records.
 */
import { FileType, NONE, OpKind, OpenFlag, PathFlag, Whence } from '@daxsim/trace';
import { errnoByName, type TraceRecord } from '@daxsim/trace';
import type { PathNames } from './path-names.js';
import { allocated, cut, fresh, grow, showSize, showStat } from './presumed-file.js';
import type { PresumedFile } from './presumed-file.js';

const ENOENT = errnoByName('ENOENT');
const EEXIST = errnoByName('EEXIST');
const EISDIR = errnoByName('EISDIR');
const ENOTDIR = errnoByName('ENOTDIR');
const ENOTEMPTY = errnoByName('ENOTEMPTY');
const ELOOP = errnoByName('ELOOP');

export class Presumption {
  /** Names that were free and are found later, although no call made them. */
  readonly unmade = new Set<number>();
  /** In the order in which the trace showed them. */
  readonly files: PresumedFile[] = [];
  /** By name: the file, null if the name is free, undefined if nothing is known. */
  private readonly byName: (PresumedFile | null | undefined)[] = [];
  private readonly byHandle = new Map<number, PresumedFile>();
  /** Listings under way: bytes so far, and how much had happened in the directory before. */
  private readonly listings = new Map<number, { bytes: number; readonly before: number }>();

  constructor(
    private readonly names: PathNames,
    private readonly nameOf: (path: number) => number,
    /** The trace tells of system calls; other traces are of files that were there. */
    private readonly isCallTrace: boolean,
  ) {}

  /** Follows one record. */
  add(record: TraceRecord): void {
    const path = record.path === NONE ? NONE : this.nameOf(record.path);
    if (record.errno !== 0) {
      this.failed(record, path);
      return;
    }
    if (record.kind === OpKind.Open || record.kind === OpKind.Create) this.opened(record, path);
    else if (record.kind === OpKind.Close) {
      if (record.flags !== 0) this.byHandle.delete(record.handle);
      this.listings.delete(record.handle);
    } else if (record.handle !== NONE || record.handle2 !== NONE) this.byDescriptor(record);
    else if (path !== NONE) this.byPath(record, path);
  }

  /** What was there, directories before what is in them. */
  presumed(): PresumedFile[] {
    for (const file of this.files) {
      if (file.size === 0 && file.mappedEnd > 0 && !file.isCut && file.reached === 0) {
        file.size = file.mappedEnd;
      }
    }
    const depth = (file: PresumedFile): number => this.names.textOf(file.name).split('/').length;
    const there = this.files.filter((file) => file.name >= 0 && !file.isDoubtful);
    return [...there, ...this.unnamed(there)].sort((a, b) => depth(a) - depth(b));
  }

  /** Files that must have been there although no call names them. */
  private unnamed(there: readonly PresumedFile[]): PresumedFile[] {
    const known = new Map<number, string[]>();
    for (const { name } of there) {
      const parent = this.names.parentOf(name);
      const siblings = known.get(parent) ?? [];
      if (siblings.push(this.names.lastOf(name)) === 1) known.set(parent, siblings);
    }
    return there.flatMap((directory) => {
      const path = this.names.textOf(directory.name);
      const base = path === '/' ? '' : path;
      return directory.history.unnamed(known.get(directory.name) ?? []).map((name) => {
        const file = fresh(FileType.Regular);
        file.name = this.names.idOf(`${base}/${name}`);
        return file;
      });
    });
  }

  private listed({ handle, result, hasResult }: TraceRecord, directory: PresumedFile): void {
    if (hasResult === 0) return;
    const known = this.listings.get(handle);
    const before = known?.before ?? directory.history.beginsListing();
    const bytes = (known?.bytes ?? 0) + result;
    if (result > 0) this.listings.set(handle, { bytes, before });
    else directory.history.listed(bytes, before);
  }

  /** A name came to a directory, or left it. */
  private entryChanged(name: number, file: PresumedFile | undefined): void {
    const directory = this.byName[this.names.parentOf(name)];
    if (file === undefined) directory?.history.removed(this.names.lastOf(name));
    else directory?.history.added(this.names.lastOf(name), file);
  }

  private opened(record: TraceRecord, path: number): void {
    if (path === NONE) return;
    const { flags } = record;
    const isAnonymous = (flags & OpenFlag.TemporaryFile) !== 0;
    let file = isAnonymous ? undefined : (this.byName[path] ?? undefined);
    if (isAnonymous) file = fresh(FileType.Regular);
    else if (file === undefined) {
      const makes = (flags & OpenFlag.Create) !== 0;
      this.directoryOf(path);
      if (!makes) file = this.existing(path);
      else if ((flags & OpenFlag.Exclusive) !== 0 || this.byName[path] === null) {
        file = this.made(path, FileType.Regular);
      } else {
        file = this.existing(path);
        file.isDoubtful = this.isCallTrace;
        this.entryChanged(path, file);
        file.type = FileType.Regular;
      }
    }
    if ((flags & OpenFlag.Directory) !== 0) file.type = FileType.Directory;
    if ((flags & OpenFlag.Truncate) !== 0) cut(file, 0);
    if (record.handle !== NONE) this.byHandle.set(record.handle, file);
  }

  private byDescriptor(record: TraceRecord): void {
    const file = this.byHandle.get(record.handle);
    const second = this.byHandle.get(record.handle2);
    const moved = movesBytes(record.kind) ? Math.max(record.result, 0) : 0;
    if (second !== undefined && record.fileOffset !== NONE) {
      grow(second, record.fileOffset + Math.max(moved, sharedBytes(record)));
    }
    if (file === undefined) return;
    switch (record.kind) {
      case OpKind.Read:
        if (record.fileOffset !== NONE && record.result > 0) {
          showSize(file, record.fileOffset + record.result);
        }
        file.isRead = true;
        break;
      case OpKind.Write:
      case OpKind.Trim:
        if (record.fileOffset !== NONE) grow(file, record.fileOffset + bytesOf(record));
        break;
      case OpKind.Ftruncate:
        cut(file, record.length);
        break;
      case OpKind.Fallocate:
        allocated(file, record);
        break;
      case OpKind.Seek:
        this.listings.delete(record.handle);
        if (record.whence === Whence.End && record.hasResult === 1) {
          showSize(file, record.result - record.length);
        }
        break;
      case OpKind.Mmap:
        file.isRead = true;
        file.mappedEnd = Math.max(file.mappedEnd, record.offset + record.length);
        break;
      case OpKind.Stat:
        showStat(file, record);
        break;
      case OpKind.ListDirectory:
        file.type = FileType.Directory;
        this.listed(record, file);
        break;
      default:
        file.isRead ||= second !== undefined;
    }
  }

  private byPath(record: TraceRecord, path: number): void {
    const path2 = record.path2 === NONE ? NONE : this.nameOf(record.path2);
    switch (record.kind) {
      case OpKind.Stat:
        showStat(this.resolve(path), record);
        break;
      case OpKind.Mkdir:
        this.made(path, FileType.Directory);
        break;
      case OpKind.Symlink:
        this.made(path, FileType.Symlink);
        break;
      case OpKind.Rmdir:
        this.resolve(path).type = FileType.Directory;
        this.removed(path);
        break;
      case OpKind.Unlink:
        this.resolve(path);
        this.removed(path);
        break;
      case OpKind.Link:
        this.directoryOf(path2);
        this.byName[path2] = this.resolve(path);
        this.entryChanged(path2, fresh(FileType.Regular));
        break;
      case OpKind.Rename:
        this.directoryOf(path2);
        this.resolve(path);
        this.entryChanged(path, undefined);
        if (!this.byName[path2]) this.entryChanged(path2, fresh(FileType.Regular));
        this.renamed(path, path2);
        break;
      case OpKind.Truncate:
        cut(this.resolve(path), record.length);
        break;
      case OpKind.ChangeDirectory:
        this.resolve(path).type = FileType.Directory;
        break;
      default:
        this.resolve(path);
    }
  }

  private failed({ kind, errno, flags, path2 }: TraceRecord, path: number): void {
    if (path === NONE || errno === EEXIST) {
      const taken = kind === OpKind.Link || kind === OpKind.Rename ? path2 : path;
      if (path === NONE || taken === NONE) return;
      const name = taken === path ? path : this.nameOf(path2);
      if (this.byName[name] !== undefined) return;
      this.existing(name).type = kind === OpKind.Mkdir ? FileType.Directory : FileType.Regular;
    } else if (errno === ENOENT) {
      const parent = this.names.parentOf(path);
      const isParent = kind === OpKind.Mkdir || (flags & OpenFlag.Create) !== 0;
      const name = kind === OpKind.Open && isParent ? parent : path;
      if (name >= 0 && this.byName[name] === undefined) this.byName[name] = null;
    } else if (errno === EISDIR) this.resolve(path).type = FileType.Directory;
    else if (errno === ENOTDIR && kind === OpKind.Open && (flags & OpenFlag.Directory) !== 0) {
      this.resolve(path).type = FileType.Regular;
    } else if (errno === ENOTEMPTY && kind === OpKind.Rmdir) this.notEmpty(path);
    else if (errno === ELOOP && (flags & (OpenFlag.NoFollow | PathFlag.NoFollow)) !== 0) {
      this.resolve(path).type = FileType.Symlink;
    }
  }

  /** A directory that could not be removed has something in it, though no call names it. */
  private notEmpty(path: number): void {
    this.resolve(path).type = FileType.Directory;
    const children = this.names.childrenOf(path);
    if (children.some((child) => this.byName[child])) return;
    this.existing(this.names.idOf(`${this.names.textOf(path)}/unnamed-by-the-trace`));
  }

  /** The file behind a name that a call found. */
  private resolve(name: number): PresumedFile {
    const known = this.byName[name];
    if (known) return known;
    if (known === null || this.isBelowMade(name)) {
      this.unmade.add(name);
      return this.made(name, FileType.Unknown);
    }
    return this.existing(name);
  }

  /** Whether the trace made the directory that holds a name: nothing was in it before. */
  private isBelowMade(name: number): boolean {
    const directory = this.byName[this.names.parentOf(name)];
    return directory?.name === NONE && directory.type === FileType.Directory;
  }

  /** A file that was there before the first record, if need be under an earlier name. */
  private existing(name: number): PresumedFile {
    this.directoryOf(name);
    const file = fresh(FileType.Unknown);
    file.name = this.firstName(name);
    this.files.push(file);
    this.byName[name] = file;
    return file;
  }

  /** What a name was before the directories above it were renamed. */
  private firstName(name: number): number {
    const parent = this.names.parentOf(name);
    const directory = parent < 0 ? undefined : this.byName[parent];
    if (!directory || directory.name === NONE || directory.name === parent) return name;
    return this.names.idOf(`${this.names.textOf(directory.name)}/${this.names.lastOf(name)}`);
  }

  /** A file that a call of the trace made. */
  private made(name: number, type: number): PresumedFile {
    this.directoryOf(name);
    const file = fresh(type);
    file.isCut = true;
    this.byName[name] = file;
    this.entryChanged(name, file);
    return file;
  }

  /** Whatever holds a name that was found is a directory, and was there. */
  private directoryOf(name: number): void {
    const parent = this.names.parentOf(name);
    if (parent < 0) return;
    const known = this.byName[parent];
    const directory = known ?? (known === null ? undefined : this.existing(parent));
    if (directory === undefined || directory.type === FileType.Symlink) return;
    directory.isDoubtful = false;
    directory.type = FileType.Directory;
  }

  private removed(name: number): void {
    this.entryChanged(name, undefined);
    this.byName[name] = null;
  }

  private renamed(from: number, to: number): void {
    this.byName[to] = this.byName[from];
    this.byName[from] = null;
    for (const child of this.names.childrenOf(from)) {
      if (!this.byName[child]) continue;
      const text = `${this.names.textOf(to)}/${this.names.lastOf(child)}`;
      this.renamed(child, this.names.idOf(text));
    }
  }
}

function movesBytes(kind: number): boolean {
  return kind === OpKind.CopyRange || kind === OpKind.Sendfile;
}

function sharedBytes({ kind, statSize, length }: TraceRecord): number {
  if (kind !== OpKind.CloneFile && kind !== OpKind.CloneRange) return 0;
  return Math.max(length, statSize, 0);
}

function bytesOf({ kind, length, result }: TraceRecord): number {
  return kind === OpKind.Trim ? length : Math.max(0, result);
}
