/**
 * The naive model that the file system is held against: a tree of maps, files as arrays of bytes.
 * It answers what Linux answers, for the calls and flags that the property test makes.
 */
import { Errno } from '../../src/index.js';

export interface ModelFile {
  readonly kind: 'file';
  bytes: Uint8Array;
  links: number;
}

export interface ModelDirectory {
  readonly kind: 'directory';
  readonly names: Map<string, ModelInode>;
}

export type ModelInode = ModelFile | ModelDirectory;

interface Place {
  readonly dir: ModelDirectory;
  readonly name: string;
  readonly inode: ModelInode | undefined;
}

export class PosixModel {
  readonly root: ModelDirectory = { kind: 'directory', names: new Map() };

  /** Where a path leads, or an error number. */
  walk(path: string): Place | number {
    const parts = path.split('/').filter((part) => part !== '');
    let dir = this.root;
    for (const part of parts.slice(0, -1)) {
      const next = dir.names.get(part);
      if (next === undefined) return Errno.NotFound;
      if (next.kind !== 'directory') return Errno.NotDirectory;
      dir = next;
    }
    const name = parts[parts.length - 1];
    return { dir, name, inode: dir.names.get(name) };
  }

  create(path: string): ModelFile | number {
    const place = this.walk(path);
    if (typeof place === 'number') return place;
    if (place.inode?.kind === 'directory') return Errno.IsDirectory;
    if (place.inode !== undefined) return place.inode;
    const file: ModelFile = { kind: 'file', bytes: new Uint8Array(0), links: 1 };
    place.dir.names.set(place.name, file);
    return file;
  }

  mkdir(path: string): number {
    const place = this.walk(path);
    if (typeof place === 'number') return place;
    if (place.inode !== undefined) return Errno.Exists;
    place.dir.names.set(place.name, { kind: 'directory', names: new Map() });
    return 0;
  }

  unlink(path: string): number {
    const place = this.walk(path);
    if (typeof place === 'number') return place;
    if (place.inode === undefined) return Errno.NotFound;
    if (place.inode.kind === 'directory') return Errno.IsDirectory;
    place.dir.names.delete(place.name);
    place.inode.links -= 1;
    return 0;
  }

  rmdir(path: string): number {
    const place = this.walk(path);
    if (typeof place === 'number') return place;
    if (place.inode === undefined) return Errno.NotFound;
    if (place.inode.kind !== 'directory') return Errno.NotDirectory;
    if (place.inode.names.size > 0) return Errno.NotEmpty;
    place.dir.names.delete(place.name);
    return 0;
  }

  link(from: string, to: string): number {
    const source = this.walk(from);
    if (typeof source === 'number') return source;
    if (source.inode === undefined) return Errno.NotFound;
    const target = this.walk(to);
    if (typeof target === 'number') return target;
    if (target.inode !== undefined) return Errno.Exists;
    if (source.inode.kind === 'directory') return Errno.NotPermitted;
    source.inode.links += 1;
    target.dir.names.set(target.name, source.inode);
    return 0;
  }

  rename(from: string, to: string): number {
    const source = this.walk(from);
    if (typeof source === 'number') return source;
    if (source.inode === undefined) return Errno.NotFound;
    const target = this.walk(to);
    if (typeof target === 'number') return target;
    if (isInside(target.dir, source.inode)) return Errno.Invalid;
    if (target.inode !== undefined) {
      const refusal = refuseReplace(source, source.inode, target.inode);
      if (refusal !== 0 || target.inode === source.inode) return refusal;
      if (target.inode.kind === 'file') target.inode.links -= 1;
    }
    source.dir.names.delete(source.name);
    target.dir.names.set(target.name, source.inode);
    return 0;
  }

  /** Paths of everything, with files' contents, sorted. */
  listing(): Map<string, Uint8Array | null> {
    const found = new Map<string, Uint8Array | null>();
    const visit = (dir: ModelDirectory, prefix: string): void => {
      for (const [name, inode] of dir.names) {
        const path = `${prefix}/${name}`;
        found.set(path, inode.kind === 'file' ? inode.bytes : null);
        if (inode.kind === 'directory') visit(inode, path);
      }
    };
    visit(this.root, '');
    return found;
  }
}

function refuseReplace(source: Place, inode: ModelInode, target: ModelInode): number {
  if (target === inode) return 0;
  if (target.kind === 'directory' && isInside(source.dir, target)) return Errno.NotEmpty;
  if (inode.kind === 'directory' && target.kind === 'file') return Errno.NotDirectory;
  if (inode.kind === 'file' && target.kind === 'directory') return Errno.IsDirectory;
  return target.kind === 'directory' && target.names.size > 0 ? Errno.NotEmpty : 0;
}

/** Whether `dir` is `above` or lies below it. */
function isInside(dir: ModelDirectory, above: ModelInode): boolean {
  if (above.kind !== 'directory') return false;
  if (above === dir) return true;
  return [...above.names.values()].some((inode) => isInside(dir, inode));
}

export function resize(file: ModelFile, length: number): void {
  const bytes = new Uint8Array(length);
  bytes.set(file.bytes.subarray(0, length));
  file.bytes = bytes;
}

export function writeBytes(file: ModelFile, offset: number, length: number, byte: number): void {
  if (offset + length > file.bytes.length) resize(file, offset + length);
  file.bytes.fill(byte, offset, offset + length);
}
