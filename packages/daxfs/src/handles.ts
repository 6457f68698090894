/**
 * Open file descriptions: which inode, which position, which flags, by the number that the
 * submitter chose. A number is used once. Descriptors and their tables are the submitter's.
 */
import { IntColumn, NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { OpenFlag } from './abi.js';

export class HandleTable {
  private readonly inodes: IntColumn;
  private readonly positions: NumberColumn;
  private readonly openFlags: IntColumn;
  /** How many open handles of an inode may write. */
  private readonly writers: IntColumn;

  constructor(space: StateSpace) {
    this.inodes = new IntColumn(space, 'handle.inode');
    this.positions = new NumberColumn(space, 'handle.position');
    this.openFlags = new IntColumn(space, 'handle.flags');
    this.writers = new IntColumn(space, 'handle.writers');
  }

  /** The inode of an open handle, or 0. */
  inode(handle: number): number {
    return handle < 0 ? 0 : this.inodes.get(handle);
  }

  /** Byte position; of a directory, the place of the next entry. */
  position(handle: number): number {
    return this.positions.get(handle);
  }

  setPosition(handle: number, position: number): void {
    this.positions.set(handle, position);
  }

  flags(handle: number): number {
    return this.openFlags.get(handle);
  }

  /** Opened with O_PATH: a place, and nothing can be done to what is there. */
  isPathOnly(handle: number): boolean {
    return handle >= 0 && isPathOnly(this.openFlags.get(handle));
  }

  mayRead(handle: number): boolean {
    const flags = this.openFlags.get(handle);
    return (flags & OpenFlag.AccessMask) !== OpenFlag.WriteOnly && !isPathOnly(flags);
  }

  mayWrite(handle: number): boolean {
    const flags = this.openFlags.get(handle);
    return (flags & OpenFlag.AccessMask) !== OpenFlag.ReadOnly && !isPathOnly(flags);
  }

  open(handle: number, inode: number, flags: number): void {
    this.inodes.set(handle, inode);
    this.positions.set(handle, 0);
    this.openFlags.set(handle, flags);
    if (this.mayWrite(handle)) this.writers.add(inode, 1);
  }

  /** Whether an open handle may write to the inode. */
  isWritten(inode: number): boolean {
    return this.writers.get(inode) > 0;
  }

  close(handle: number): void {
    if (this.mayWrite(handle)) this.writers.add(this.inode(handle), -1);
    this.inodes.set(handle, 0);
    this.positions.set(handle, 0);
    this.openFlags.set(handle, 0);
  }
}

function isPathOnly(flags: number): boolean {
  return (flags & OpenFlag.PathOnly) !== 0;
}
