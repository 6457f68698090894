/**
 * The register file of all daxfs recipes: what a frame of an operation, of a fault inside it or of
 * a log force inside that can hold. A name means the same everywhere.
 */
import { defineRegisters } from '@daxsim/sim';

export const REGISTER_NAMES = [
  // Arguments, set by whoever submits the operation.
  'path', // id in `world.paths`; what it names is found by `walkPath`
  'path2', // new name of link and rename; target text of symlink
  'handle', // open file description, a number chosen by the submitter, never used twice
  'handle2', // second description of copyRange
  'mapping', // mapping, a number chosen by the submitter, never used twice
  'pin', // pinned pages, a number chosen by the submitter, never used twice
  'mm', // address space of the task that maps or accesses
  'offset', // byte offset in the file, or in the mapping for mapped access; −1: the file position
  'offset2', // second byte offset; new length of mremap
  'length', // bytes asked for
  'flags', // OpenFlag, FallocMode, MapFlag, RenameFlag … of the operation
  'colour', // of mmap: pages by which address and file offset differ modulo 2 MiB
  'mode', // permissions of a new inode
  'whence', // of lseek
  'rwFlags', // RwFlag of one read or write
  'xattr', // id in `volume.names` of an extended attribute's name, its prefix included
  'source', // payload number of the bytes to be written
  'access', // Access.Read or Access.Write, of a fault
  'toFile', // 1: the fault is a store to a shared mapping
  'byProgram', // 1: a fault of a program's own access, which may still begin anew
  // Results.
  'result', // bytes moved, new position, size …; what the call returns when errno is 0
  'errno', // 0 or a number of `Errno`
  'signal', // 0 or `Signal.Bus`
  'size', // of stat
  'fileType', // of stat
  // Found on the way.
  'inode', // the inode operated on
  'inode2', // second inode: of copyRange, or the one that a rename replaces
  'dir',
  'name', // id in `volume.names`
  'dir2',
  'name2',
  'firstDir', // dir and dir2 in the order in which they are locked; secondDir 0 if they are one
  'secondDir',
  'components', // path components walked, for the price
  'page', // page index in the file; of a fault, the first page of what it tries to map
  'faultPage', // page of the file that a fault is about
  'span', // pages that a fault tries to map at once: 1 GiB, 2 MiB or one page
  'entryPage', // page at which the DAX entry begins whose lock is taken
  'entryShared', // 1: the entry is locked shared; 2: it has to be locked exclusively
  'cursor', // byte or page reached in the file
  'end', // where the operation ends: byte or page in the file
  'done', // bytes done so far
  'block', // device block
  'count', // blocks, entries or lines, for moves and prices
  'head', // unwritten blocks before and behind those that become written with them
  'tail',
  'state', // ExtentState of the block found
  'firstPage', // pages [firstPage, endPage) of the file for what is done page by page
  'endPage',
  'evenCopies', // 1: private copies of the pages go as well (UnmapFlag)
  'hasRead', // 1: what was not cached has been read ahead once
  'hasFlushed', // 1: for want of space everything dirty was written back once
  'mappedEnd', // byte to which blocks are there or promised, for a write through the cache
  'chunk', // bytes of the part that is being moved
  'slot', // page of ordinary memory that a request fills or sends
  'held', // inode that the operation keeps alive, 0 if none
  'held2', // a second one
  'oldBlock', // block whose bytes a copy keeps, 0 if they are zeros
  'isCopy', // 1: the fault copies blocks instead of using those found
  'isStaged', // 1: blocks for a copy were taken for this operation, not before
  'faultMode', // 0, or how the mmap lock is taken: 1 shared, 2 exclusive
  'isShared', // 1: a read fault found blocks with several owners
  'lateErrno', // what the call answers once the part that it did is settled
  'isNew', // 1: the blocks were allocated by this operation
  'sequence', // transaction that must become durable
  'transactions', // how many the step has just made, for its price
  'needsSync', // 1: a MAP_SYNC fault must force the log first
  'retries',
  // Of a guest with a window.
  'version', // how often the size had changed when a server was asked for it
  'server', // the inode as the server numbers it
  'range', // range of the window that is used, −1 for none
  'rangeAt', // which 2 MiB of the file it shows; −1 for any
  'spare', // range taken for what is not mapped yet
  'guest', // whose window
  // The running move.
  'moveFrom', // next byte (device address, or offset in a mapping or log)
  'moveTo', // end of the move, exclusive
  'moveFile', // file offset that belongs to moveFrom, for payload and oracle
  'moveState', // private to the move
] as const;

export type RegisterName = (typeof REGISTER_NAMES)[number];

/** Register slots by name. */
export const R = defineRegisters(REGISTER_NAMES);
