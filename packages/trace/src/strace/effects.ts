/**
 * What successful calls change in the tables: descriptors come and go, positions move, names move,
 * mappings are made and cut. Each function is the `start` or `succeeded` of one family of calls; a
 * call's pending state carries what its record will say (call-shapes.ts builds on these).
 */
import { FallocateMode, FcntlCommand, FileType, OpenFlag, Whence } from '../op-kind.js';
import { flagReader } from './flag-words.js';
import { CloneFlag, cloneFlags, fallocateModes, mapFlags, openFlags } from './flag-words.js';
import { AddressSpace, pageBytes, type Region } from './address-space.js';
import type { CallText } from './call-text.js';
import { resolvePath } from './paths.js';
import type { Task } from './task.js';
import type { TraceWorld } from './world.js';

type Effect = (world: TraceWorld, task: Task, text: CallText, value: number) => void;

/** An open of `task.pending.path` returned descriptor `value`. */
export function opened(world: TraceWorld, task: Task, flags: number, value: number): void {
  const { path, inScope } = task.pending;
  if (path < 0) return;
  const isAnonymous = (flags & OpenFlag.TemporaryFile) !== 0;
  const file = isAnonymous || !inScope ? { size: 0 } : world.fileAt(path);
  if ((flags & (OpenFlag.Truncate | OpenFlag.Exclusive)) !== 0) file.size = 0;
  const description = world.describe(path, flags, inScope, file);
  task.pending.handle = description.handle;
  rebind(world, task, value);
  task.table.set(value, description, (flags & OpenFlag.CloseOnExec) !== 0);
}

/** Frees a descriptor that a call reuses. */
function rebind(world: TraceWorld, task: Task, fd: number): void {
  const before = task.table.remove(fd);
  if (before !== undefined) world.impliedClose(task, before);
}

/** Opens with the flags in argument `index`. */
export function openedWith(index: number): Effect {
  return (world, task, text, value) => opened(world, task, openFlags(text.raw(index)), value);
}

/** A close takes effect when it starts: the number may be given out again before it ends. */
export function closing(_world: TraceWorld, task: Task, text: CallText): void {
  const description = task.table.remove(text.number(0));
  task.pending.isLast = description !== undefined && description.references === 0;
}

export const closedRange: Effect = (world, task, text) => {
  const first = text.number(0);
  // `~0U` and the like: to the end.
  const shown = text.number(1);
  const last = shown === shown ? shown : Infinity;
  if (text.raw(2).includes('CLOSE_RANGE_CLOEXEC')) {
    for (let fd = first; fd <= Math.min(last, first + 65_535); fd += 1) {
      const descriptor = task.table.descriptor(fd);
      if (descriptor !== undefined) descriptor.closeOnExec = true;
    }
    return;
  }
  task.table.removeAll(
    (fd) => fd >= first && fd <= last,
    (description) => world.impliedClose(task, description),
  );
};

/** dup, dup2, dup3, F_DUPFD: descriptor `value` refers to the same description. */
export const duplicated: Effect = (world, task, text, value) => {
  const { description } = task.pending;
  if (task.table.get(value) === description && text.number(0) === value) return;
  rebind(world, task, value);
  const isClosed = text.raw(1).includes('CLOEXEC') || text.raw(2).includes('O_CLOEXEC');
  if (description !== undefined) task.table.set(value, description, isClosed);
};

/** A descriptor that is no file: whatever the number stood for before is gone. */
export const boundElsewhere: Effect = (world, task, _text, value) => rebind(world, task, value);

export const fcntlCommands = flagReader({
  F_GETFD: FcntlCommand.GetDescriptorFlags,
  F_SETFD: FcntlCommand.SetDescriptorFlags,
  F_GETFL: FcntlCommand.GetStatusFlags,
  F_SETFL: FcntlCommand.SetStatusFlags,
  F_GETLK: FcntlCommand.GetLock,
  F_OFD_GETLK: FcntlCommand.GetLock,
  F_SETLK: FcntlCommand.SetLock,
  F_SETLKW: FcntlCommand.SetLock,
  F_OFD_SETLK: FcntlCommand.SetLock,
  F_OFD_SETLKW: FcntlCommand.SetLock,
});

export const fcntlDone: Effect = (world, task, text, value) => {
  const command = text.raw(1);
  if (command.startsWith('F_DUPFD')) duplicated(world, task, text, value);
  else if (command === 'F_SETFD') {
    const descriptor = task.table.descriptor(text.number(0));
    if (descriptor !== undefined) descriptor.closeOnExec = text.raw(2).includes('FD_CLOEXEC');
  } else if (command === 'F_SETFL') setAppend(task, openFlags(text.raw(2)));
};

function setAppend(task: Task, flags: number): void {
  const { description } = task.pending;
  if (description === undefined) return;
  description.flags = (description.flags & ~OpenFlag.Append) | (flags & OpenFlag.Append);
}

export const ioctlDone: Effect = (_world, task, text) => {
  const isMarked = text.raw(1) === 'FIOCLEX';
  if (!isMarked && text.raw(1) !== 'FIONCLEX') return;
  const descriptor = task.table.descriptor(text.number(0));
  if (descriptor !== undefined) descriptor.closeOnExec = isMarked;
};

export const sought: Effect = (_world, task, text, value) => {
  const { description } = task.pending;
  if (description === undefined) return;
  description.position = value;
  if (text.raw(2) === 'SEEK_END' && text.number(1) === 0) description.file.size = value;
};

export const whences = flagReader({
  SEEK_SET: Whence.Set,
  SEEK_CUR: Whence.Current,
  SEEK_END: Whence.End,
  SEEK_DATA: Whence.Data,
  SEEK_HOLE: Whence.Hole,
});

export const cutTo: Effect = (world, task, text) => {
  const { description, path } = task.pending;
  const file = description?.file ?? world.fileAt(path);
  file.size = text.number(1);
};

export const allocated: Effect = (_world, task, text) => {
  const file = task.pending.description?.file;
  if (file === undefined) return;
  const mode = fallocateModes(text.raw(1));
  const offset = text.number(2);
  const length = text.number(3);
  if ((mode & FallocateMode.CollapseRange) !== 0) file.size = Math.max(0, file.size - length);
  else if ((mode & FallocateMode.InsertRange) !== 0) file.size += length;
  else if ((mode & FallocateMode.KeepSize) === 0) file.size = Math.max(file.size, offset + length);
};

export const renamed: Effect = (world, task, text) => {
  const { path, path2 } = task.pending;
  const { names } = world.context;
  const file = world.knownFile(path);
  const other = world.knownFile(path2);
  const isExchange = text.raw(text.count - 1).includes('RENAME_EXCHANGE');
  world.setFile(path2, file);
  world.setFile(path, isExchange ? other : undefined);
  if (path >= 0 && path2 >= 0 && !isExchange) {
    world.movedDirectory(names.text(path), names.text(path2));
  }
};

export const linked: Effect = (world, task) => {
  const { path, path2 } = task.pending;
  const file = world.knownFile(path);
  if (file !== undefined) world.setFile(path2, file);
};

export const unlinked: Effect = (world, task) => world.setFile(task.pending.path, undefined);

const fileTypes: Readonly<Record<string, number>> = {
  S_IFREG: FileType.Regular,
  S_IFDIR: FileType.Directory,
  S_IFLNK: FileType.Symlink,
};

/** FileType that a printed `st_mode` (or statx's `stx_mode`) shows. */
export function shownFileType(text: string): number {
  const at = text.indexOf('_mode=S_IF');
  if (at < 0) return FileType.Unknown;
  return fileTypes[text.slice(at + 6, at + 13)] ?? FileType.Other;
}

export const statShown: Effect = (world, task, text) => {
  const { description, path } = task.pending;
  const size = shownSize(text);
  const file = description?.file ?? world.knownFile(path);
  if (file !== undefined && size >= 0) file.size = size;
};

/** Size that a printed stat buffer shows; NaN if it shows none. */
export function shownSize(text: CallText): number {
  for (let i = 1; i < text.count; i += 1) {
    const size = text.field(i, 'st_size');
    if (size === size) return size;
    const extended = text.field(i, 'stx_size');
    if (extended === extended) return extended;
  }
  return NaN;
}

export const changedDirectory: Effect = (world, task) => {
  const { description, path } = task.pending;
  const id = description?.path ?? path;
  if (id >= 0) task.directory.path = world.context.names.text(id);
};

const pageEnd = (address: number, length: number): number =>
  address + Math.ceil(length / pageBytes) * pageBytes;

/** mmap returned address `value`. */
export const mapped: Effect = (world, task, text, value) => {
  const length = text.number(1);
  const end = pageEnd(value, length);
  world.clearRange(task, value, end);
  const { description } = task.pending;
  if (description === undefined || description.handle < 0) return;
  const mapping = world.newMapping();
  task.pending.mapping = mapping;
  const { handle, path } = description;
  const flags = mapFlags(text.raw(2)) | mapFlags(text.raw(3));
  const source = { handle, path, fileOffset: text.number(5), flags };
  task.space.add({ start: value, end, mapping, base: value, source });
};

/** munmap takes effect when it starts, for the same reason as close. */
export function unmapping(_world: TraceWorld, task: Task, text: CallText): void {
  const start = text.number(0);
  if (task.pending.pieces.length > 0) task.space.remove(start, pageEnd(start, text.number(1)));
}

/** mremap moved or resized [old, old + length) to `value`. */
export const remapped: Effect = (world, task, text, value) => {
  const old = text.number(0);
  const oldLength = text.number(1);
  const region = task.space.at(old);
  const isKept = text.raw(3).includes('DONTUNMAP') || oldLength === 0;
  const oldEnd = pageEnd(old, oldLength);
  if (!isKept) task.space.remove(old, oldEnd);
  const end = pageEnd(value, text.number(2));
  world.clearRange(task, value, end);
  if (region === undefined) return;
  // A whole region keeps its mapping's id wherever it goes; a part or a copy becomes a new one.
  const isWhole = !isKept && region.start === old && region.end === oldEnd && region.base === old;
  if (isWhole) task.space.add({ ...region, start: value, end, base: value });
  else addPart(world, task, region, old - region.base, { start: value, end });
};

function addPart(
  world: TraceWorld,
  task: Task,
  { source }: Region,
  offset: number,
  place: { readonly start: number; readonly end: number },
): void {
  const mapping = world.newMapping();
  task.pending.mapping2 = mapping;
  const fileOffset = source.fileOffset + offset;
  task.space.add({ ...place, mapping, base: place.start, source: { ...source, fileOffset } });
}

/** clone, clone3, fork, vfork: what the child will share, known from the flags at the start. */
export function forking(_world: TraceWorld, task: Task, text: CallText): void {
  let flags = 0;
  for (let i = 0; i < text.count; i += 1) {
    const raw = text.raw(i);
    const at = raw.indexOf('flags=');
    if (at >= 0) flags |= cloneFlags(/^[A-Z0-9_a-z|]+/.exec(raw.slice(at + 6))?.[0] ?? '');
  }
  task.pending.cloneFlags = flags;
}

export function vforking(_world: TraceWorld, task: Task): void {
  task.pending.cloneFlags = CloneFlag.Memory;
}

export const forkReturned: Effect = (world, task, _text, value) => {
  if (value > 0) world.tasks.forkReturned(task, value);
};

/** exec: a table and an address space of its own, without what was marked close-on-exec. */
export const executed: Effect = (world, task) => {
  if (task.table.users > 1) {
    task.table.users -= 1;
    task.table = task.table.copy();
  }
  task.table.removeAll(
    (_fd, { closeOnExec }) => closeOnExec,
    (description) => world.impliedClose(task, description),
  );
  task.space.users -= 1;
  world.releaseSpace(task, task.space);
  task.space = new AddressSpace();
};

/** Directory that a descriptor argument names; undefined if the trace does not tell. */
export function baseDirectory(
  world: TraceWorld,
  task: Task,
  text: CallText,
  index: number | undefined,
): string | undefined {
  if (index === undefined) return task.directory.path;
  const shown = text.annotation(index);
  if (shown !== undefined) return resolvePath('/', shown);
  if (text.raw(index).startsWith('AT_FDCWD')) return task.directory.path;
  const description = task.table.get(text.number(index));
  return description === undefined ? undefined : world.context.names.text(description.path);
}
