/**
 * Every system call that the reader understands, by name: one row each. Adding a call is one row
 * here, and a function in operands.ts or effects.ts if it is like no other.
 */
import { OpKind } from '../op-kind.js';
import type { CallShape } from './call-shape.js';
import * as effect from './effects.js';
import { openFlags } from './flag-words.js';
import * as operand from './operands.js';

const creatFlags = 'O_WRONLY|O_CREAT|O_TRUNC';

const fd = { fd: 0 } as const;
const named = { path: 0 } as const;
const at = { dir: 0, path: 1 } as const;
const changed = { ...named, isChange: true } as const;
const changedAt = { ...at, isChange: true } as const;
const twoNames = { path: 0, path2: 1, isChange: true } as const;
const twoNamesAt = { dir: 0, path: 1, dir2: 2, path2: 3, isChange: true } as const;
const range = { address: 0, addressLength: 1 } as const;

const read = (fill: CallShape['fill']): CallShape => shape(OpKind.Read, { ...fd, fill });
const write = (fill: CallShape['fill']): CallShape => shape(OpKind.Write, { ...fd, fill });

/** A row; what a family lacks may be undefined. */
function shape(
  kind: OpKind,
  parts: { readonly [K in keyof CallShape]?: CallShape[K] | undefined } = {},
): CallShape {
  return { kind, ...parts } as CallShape;
}

const openAt = (index: number): CallShape['fill'] => operand.openWith(index);
const statShown = { succeeded: effect.statShown } as const;
const renamed = { succeeded: effect.renamed } as const;
const linked = { succeeded: effect.linked } as const;
const unlinked = { succeeded: effect.unlinked } as const;
const forks = { isFork: true, isSilent: true, succeeded: effect.forkReturned } as const;
const silentDescriptor = shape(OpKind.Other, {
  isSilent: true,
  succeeded: effect.boundElsewhere,
});

export const callShapes: ReadonlyMap<string, CallShape> = new Map(
  Object.entries({
    open: shape(OpKind.Open, { ...named, fill: openAt(1), succeeded: effect.openedWith(1) }),
    openat: shape(OpKind.Open, { ...at, fill: openAt(2), succeeded: effect.openedWith(2) }),
    openat2: shape(OpKind.Open, {
      ...at,
      fill: operand.openHow,
      succeeded: (world, task, text, value) =>
        effect.opened(world, task, openFlags(operand.howFlags(text)), value),
    }),
    creat: shape(OpKind.Open, {
      ...changed,
      fill: (_text, record) => void (record.flags = openFlags(creatFlags)),
      succeeded: (world, task, _text, value) =>
        effect.opened(world, task, openFlags(creatFlags), value),
    }),
    close: shape(OpKind.Close, { ...fd, start: effect.closing }),
    close_range: shape(OpKind.Other, { isSilent: true, succeeded: effect.closedRange }),
    read: read(operand.plainIo),
    pread64: read(operand.positionedIo),
    readv: read(operand.vectorIo),
    preadv: read(operand.positionedVectorIo),
    preadv2: read(operand.positionedVectorIo),
    write: write(operand.plainIo),
    pwrite64: write(operand.positionedIo),
    writev: write(operand.vectorIo),
    pwritev: write(operand.positionedVectorIo),
    pwritev2: write(operand.positionedVectorIo),
    lseek: shape(OpKind.Seek, { ...fd, fill: operand.seek, succeeded: effect.sought }),
    fsync: shape(OpKind.Fsync, fd),
    fdatasync: shape(OpKind.Fdatasync, fd),
    sync_file_range: shape(OpKind.SyncRange, { ...fd, fill: operand.syncRange }),
    fallocate: shape(OpKind.Fallocate, {
      ...fd,
      fill: operand.fallocate,
      succeeded: effect.allocated,
    }),
    truncate: shape(OpKind.Truncate, {
      ...changed,
      fill: operand.truncate,
      succeeded: effect.cutTo,
    }),
    ftruncate: shape(OpKind.Ftruncate, {
      ...fd,
      fill: operand.truncate,
      succeeded: effect.cutTo,
    }),
    rename: shape(OpKind.Rename, { ...twoNames, ...renamed }),
    renameat: shape(OpKind.Rename, { ...twoNamesAt, ...renamed }),
    renameat2: shape(OpKind.Rename, { ...twoNamesAt, fill: operand.renameWith, ...renamed }),
    link: shape(OpKind.Link, { ...twoNames, ...linked }),
    linkat: shape(OpKind.Link, { ...twoNamesAt, fill: operand.pathFlagsIn(4), ...linked }),
    symlink: shape(OpKind.Symlink, { path: 1, path2: 0, isChange: true }),
    symlinkat: shape(OpKind.Symlink, { dir: 1, path: 2, path2: 0, isChange: true }),
    unlink: shape(OpKind.Unlink, { ...changed, ...unlinked }),
    unlinkat: shape(OpKind.Unlink, { ...changedAt, fill: operand.unlinkAt, ...unlinked }),
    rmdir: shape(OpKind.Rmdir, { ...changed, ...unlinked }),
    mkdir: shape(OpKind.Mkdir, changed),
    mkdirat: shape(OpKind.Mkdir, changedAt),
    stat: shape(OpKind.Stat, { ...named, fill: operand.statWith(-1), ...statShown }),
    lstat: shape(OpKind.Stat, { ...named, fill: operand.lstat, ...statShown }),
    fstat: shape(OpKind.Stat, { ...fd, fill: operand.statWith(-1), ...statShown }),
    newfstatat: shape(OpKind.Stat, { ...at, fill: operand.statWith(3), ...statShown }),
    statx: shape(OpKind.Stat, { ...at, fill: operand.statWith(2), ...statShown }),
    getdents: shape(OpKind.ListDirectory, { ...fd, fill: operand.listing }),
    getdents64: shape(OpKind.ListDirectory, { ...fd, fill: operand.listing }),
    chmod: shape(OpKind.Chmod, changed),
    fchmod: shape(OpKind.Chmod, fd),
    fchmodat: shape(OpKind.Chmod, changedAt),
    chown: shape(OpKind.Chown, changed),
    lchown: shape(OpKind.Chown, { ...changed, fill: operand.noFollow }),
    fchown: shape(OpKind.Chown, fd),
    fchownat: shape(OpKind.Chown, { ...changedAt, fill: operand.pathFlagsIn(4) }),
    utime: shape(OpKind.SetTimes, changed),
    utimes: shape(OpKind.SetTimes, changed),
    futimesat: shape(OpKind.SetTimes, changedAt),
    utimensat: shape(OpKind.SetTimes, { ...changedAt, fill: operand.pathFlagsIn(3) }),
    fcntl: shape(OpKind.Fcntl, { ...fd, fill: operand.fcntl, succeeded: effect.fcntlDone }),
    dup: shape(OpKind.Dup, { ...fd, succeeded: effect.duplicated }),
    dup2: shape(OpKind.Dup, { ...fd, succeeded: effect.duplicated }),
    dup3: shape(OpKind.Dup, { ...fd, succeeded: effect.duplicated }),
    copy_file_range: shape(OpKind.CopyRange, { fd: 0, fd2: 2, fill: operand.copyRange }),
    sendfile: shape(OpKind.Sendfile, { fd: 1, fd2: 0, fill: operand.sendfile }),
    ioctl: shape(OpKind.Ioctl, { ...fd, fill: operand.ioctl, succeeded: effect.ioctlDone }),
    fadvise64: shape(OpKind.Advise, { ...fd, fill: operand.fadvise }),
    mmap: shape(OpKind.Mmap, { fd: 4, fill: operand.mmap, succeeded: effect.mapped }),
    munmap: shape(OpKind.Munmap, { ...range, fill: operand.range, start: effect.unmapping }),
    mremap: shape(OpKind.Mremap, { ...range, fill: operand.mremap, succeeded: effect.remapped }),
    mprotect: shape(OpKind.Mprotect, { ...range, fill: operand.mprotect }),
    madvise: shape(OpKind.Madvise, { ...range, fill: operand.madvise }),
    msync: shape(OpKind.Msync, { ...range, fill: operand.msync }),
    chdir: shape(OpKind.ChangeDirectory, {
      ...named,
      isSilent: true,
      succeeded: effect.changedDirectory,
    }),
    fchdir: shape(OpKind.ChangeDirectory, {
      ...fd,
      isSilent: true,
      succeeded: effect.changedDirectory,
    }),
    clone: shape(OpKind.Fork, { ...forks, start: effect.forking }),
    clone3: shape(OpKind.Fork, { ...forks, start: effect.forking }),
    fork: shape(OpKind.Fork, forks),
    vfork: shape(OpKind.Fork, { ...forks, start: effect.vforking }),
    execve: shape(OpKind.Other, { isSilent: true, succeeded: effect.executed }),
    execveat: shape(OpKind.Other, { isSilent: true, succeeded: effect.executed }),
    socket: silentDescriptor,
    accept: silentDescriptor,
    accept4: silentDescriptor,
    epoll_create: silentDescriptor,
    epoll_create1: silentDescriptor,
    eventfd: silentDescriptor,
    eventfd2: silentDescriptor,
    memfd_create: silentDescriptor,
    timerfd_create: silentDescriptor,
    inotify_init1: silentDescriptor,
  }),
);
