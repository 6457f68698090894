/**
 * Open file descriptions: which inode, which position, which flags, by the number that the
 * submitter chose. A number is used once. Descriptors and their tables are the submitter's.
 */
import { IntColumn, IntMap } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { OpenFlag } from './abi.js';

const Field = { inode: 0, position: 1, flags: 2 } as const;
const FIELDS = 3;

export class HandleTable {
  /** By number and field; what was closed takes no room. */
  private readonly fields: IntMap;
  /** How many open handles of an inode may write. */
  private readonly writers: IntColumn;

  constructor(space: StateSpace) {
    this.fields = new IntMap(space, 'handle');
    this.writers = new IntColumn(space, 'handle.writers');
  }

  /** The inode of an open handle, or 0. */
  inode(handle: number): number {
    return handle < 0 ? 0 : this.fields.get(handle * FIELDS + Field.inode);
  }

  /** Byte position; of a directory, the place of the next entry. */
  position(handle: number): number {
    return this.fields.get(handle * FIELDS + Field.position);
  }

  setPosition(handle: number, position: number): void {
    this.fields.set(handle * FIELDS + Field.position, position);
  }

  flags(handle: number): number {
    return this.fields.get(handle * FIELDS + Field.flags);
  }

  /** Opened with O_PATH: a place, and nothing can be done to what is there. */
  isPathOnly(handle: number): boolean {
    return handle >= 0 && isPathOnly(this.flags(handle));
  }

  mayRead(handle: number): boolean {
    const flags = this.flags(handle);
    return (flags & OpenFlag.AccessMask) !== OpenFlag.WriteOnly && !isPathOnly(flags);
  }

  mayWrite(handle: number): boolean {
    const flags = this.flags(handle);
    return (flags & OpenFlag.AccessMask) !== OpenFlag.ReadOnly && !isPathOnly(flags);
  }

  open(handle: number, inode: number, flags: number): void {
    this.fields.set(handle * FIELDS + Field.inode, inode);
    this.fields.set(handle * FIELDS + Field.position, 0);
    this.fields.set(handle * FIELDS + Field.flags, flags);
    if (this.mayWrite(handle)) this.writers.add(inode, 1);
  }

  /** Whether an open handle may write to the inode. */
  isWritten(inode: number): boolean {
    return this.writers.get(inode) > 0;
  }

  close(handle: number): void {
    if (this.mayWrite(handle)) this.writers.add(this.inode(handle), -1);
    for (let field = 0; field < FIELDS; field += 1) this.fields.delete(handle * FIELDS + field);
  }
}

function isPathOnly(flags: number): boolean {
  return (flags & OpenFlag.PathOnly) !== 0;
}
