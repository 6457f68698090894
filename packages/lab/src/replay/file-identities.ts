/**
 * What an operation of the trace shares with others: names, descriptors, files and mappings, as far
 * as the trace tells which name meant which file at that point of the recording.
 *
 *     resource number = 4 × id + kind          kind: 0 name, 1 open description, 2 file, 3 mapping
 *
 * A name is used by whoever walks over it and changed by whoever makes or removes it; a directory's
 * file is changed by what makes or removes names in it, and used by listing it. A description is
 * changed by whatever moves its position. Files get numbers of our own; links and new names carry
 * them along. Calls that failed use and change nothing but the names they asked about.
 */
import { FallocateMode, NONE, OpKind, OpenFlag, type TraceRecord } from '@daxsim/trace';
import type { PathNames } from './path-names.js';
import type { Pending } from './pending.js';

const Kind = { Name: 0, Description: 1, File: 2, Mapping: 3 } as const;

/** Calls by name that change the file they name. */
const changesNamedFile = new Set<number>([
  ...[OpKind.Truncate, OpKind.Chmod, OpKind.Chown, OpKind.SetTimes, OpKind.Unlink, OpKind.Rmdir],
]);

/** Calls by descriptor that change the file behind it. */
const changesFile = new Set<number>([
  ...[OpKind.Write, OpKind.Ftruncate, OpKind.Fallocate, OpKind.Trim, OpKind.Chmod, OpKind.Chown],
  OpKind.SetTimes,
]);

/** Calls that change the file behind the second descriptor. */
const changesSecond = new Set<number>([
  ...[OpKind.CopyRange, OpKind.Sendfile, OpKind.CloneFile, OpKind.CloneRange, OpKind.Dedupe],
]);

/** Calls that make or remove the name they are given. */
const changesName = new Set<number>([
  ...[OpKind.Mkdir, OpKind.Rmdir, OpKind.Unlink, OpKind.Symlink, OpKind.Rename],
]);

export class FileIdentities {
  private files = 0;
  private readonly ofName: (number | undefined)[] = [];
  private readonly ofHandle = new Map<number, number>();
  private readonly ofMapping = new Map<number, number>();

  constructor(
    private readonly names: PathNames,
    private readonly nameOf: (path: number) => number,
  ) {}

  /** Lists what `pending.record` uses, and then follows what it changed. */
  note(pending: Pending): void {
    const { record } = pending;
    pending.uses.length = 0;
    pending.changes.length = 0;
    const path = record.path === NONE ? NONE : this.nameOf(record.path);
    const path2 =
      record.path2 === NONE || record.kind === OpKind.Symlink ? NONE : this.nameOf(record.path2);
    const isByName = record.handle === NONE || record.kind === OpKind.Open;
    if (isByName && path !== NONE) this.useName(pending, path, this.remakes(record, path));
    if (path2 !== NONE) this.useName(pending, path2, record.errno === 0);
    if (record.kind === OpKind.Rename && record.errno === 0) this.useBelow(pending, path);
    this.useHandles(pending);
    this.useMapping(pending);
    if (record.errno === 0) this.follow(record, path, path2);
  }

  private remakes(record: TraceRecord, name: number): boolean {
    if (record.errno !== 0) return false;
    if (changesName.has(record.kind)) return true;
    const isNew = this.ofName[name] === undefined;
    return record.kind === OpKind.Open && (record.flags & OpenFlag.Create) !== 0 && isNew;
  }

  private useName(pending: Pending, name: number, isRemade: boolean): void {
    const { kind } = pending.record;
    use(pending, Kind.Name, name, isRemade);
    const file = this.ofName[name];
    const truncates = kind === OpKind.Open && (pending.record.flags & OpenFlag.Truncate) !== 0;
    if (file !== undefined) use(pending, Kind.File, file, truncates || changesNamedFile.has(kind));
    const parent = this.names.parentOf(name);
    if (isRemade && parent >= 0) use(pending, Kind.File, this.fileOf(parent), true);
    for (let at = parent; at >= 0; at = this.names.parentOf(at)) use(pending, Kind.Name, at, false);
  }

  /** A directory that gets a new name takes along what is below it. */
  private useBelow(pending: Pending, name: number): void {
    for (const child of this.names.childrenOf(name)) {
      if (this.ofName[child] !== undefined) use(pending, Kind.Name, child, true);
      this.useBelow(pending, child);
    }
  }

  private useHandles(pending: Pending): void {
    const { kind, handle, handle2, offset, offset2, errno } = pending.record;
    if (handle !== NONE && kind === OpKind.Open) use(pending, Kind.Description, handle, true);
    else if (handle !== NONE) {
      const moves = offset === NONE && movesPosition(kind);
      use(pending, Kind.Description, handle, moves || kind === OpKind.Close);
      const file = this.ofHandle.get(handle);
      const isChange = errno === 0 && changesFile.has(kind);
      if (file !== undefined) use(pending, Kind.File, file, isChange);
    }
    if (handle2 !== NONE) {
      use(pending, Kind.Description, handle2, offset2 === NONE);
      const file = this.ofHandle.get(handle2);
      if (file !== undefined) use(pending, Kind.File, file, changesSecond.has(kind));
    }
  }

  private useMapping(pending: Pending): void {
    const { kind, mapping, mapping2 } = pending.record;
    if (mapping === NONE) return;
    const isChange = kind === OpKind.Mmap || kind === OpKind.Munmap || kind === OpKind.Mremap;
    use(pending, Kind.Mapping, mapping, isChange);
    if (mapping2 !== NONE) use(pending, Kind.Mapping, mapping2, kind === OpKind.Mremap);
    const file = this.ofMapping.get(mapping);
    if (file !== undefined) use(pending, Kind.File, file, false);
  }

  private follow(record: TraceRecord, path: number, path2: number): void {
    const { kind, handle, mapping } = record;
    if (kind === OpKind.Open && path !== NONE) {
      const isAnonymous = (record.flags & OpenFlag.TemporaryFile) !== 0;
      const file = isAnonymous ? this.newFile() : this.fileOf(path);
      if (handle !== NONE) this.ofHandle.set(handle, file);
    } else if (kind === OpKind.Close) {
      if (record.flags !== 0) this.ofHandle.delete(handle);
    } else if (kind === OpKind.Mmap) {
      const file = this.ofHandle.get(handle);
      if (file !== undefined) this.ofMapping.set(mapping, file);
    } else if (kind === OpKind.Unlink || kind === OpKind.Rmdir) this.ofName[path] = undefined;
    else if (kind === OpKind.Mkdir || kind === OpKind.Symlink) this.ofName[path] = this.newFile();
    else if (kind === OpKind.Link && path2 !== NONE) this.ofName[path2] = this.fileOf(path);
    else if (kind === OpKind.Rename && path2 !== NONE) this.rename(path, path2);
  }

  private rename(from: number, to: number): void {
    this.ofName[to] = this.fileOf(from);
    this.ofName[from] = undefined;
    for (const child of this.names.childrenOf(from)) {
      if (this.ofName[child] === undefined) continue;
      const text = `${this.names.textOf(to)}/${this.names.lastOf(child)}`;
      this.rename(child, this.names.idOf(text));
    }
  }

  private fileOf(name: number): number {
    const known = this.ofName[name];
    if (known !== undefined) return known;
    const file = this.newFile();
    this.ofName[name] = file;
    return file;
  }

  private newFile(): number {
    this.files += 1;
    return this.files;
  }
}

function movesPosition(kind: OpKind): boolean {
  return (
    kind === OpKind.Read ||
    kind === OpKind.Write ||
    kind === OpKind.Seek ||
    kind === OpKind.ListDirectory ||
    kind === OpKind.CopyRange ||
    kind === OpKind.Sendfile
  );
}

function use(pending: Pending, kind: number, id: number, isChange: boolean): void {
  const resource = id * 4 + kind;
  const known = pending.uses.indexOf(resource);
  if (known >= 0) {
    if (isChange) pending.changes[known] = true;
    return;
  }
  pending.uses.push(resource);
  pending.changes.push(isChange);
}

/** Whether a Fallocate takes bytes away. */
export function punches(flags: number): boolean {
  return (flags & FallocateMode.PunchHole) !== 0;
}
