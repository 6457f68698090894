/**
 * How a system call is read: which argument is what, and what the call changes in the tables.
 *
 *   start   resolve      descriptors, names and addresses, by the tables of this moment
 *           start()      what takes effect at once: a closed descriptor, an unmapped range
 *   end     fill()       offset, length, flags: from the arguments, which are all there only now
 *           succeeded()  what a success changes: a new descriptor, a position, a size
 *
 * Two moments because other tasks' lines may lie between them; see strace(1), `<unfinished ...>`.
 */
import type { OpKind } from '../op-kind.js';
import type { TraceRecord } from '../record.js';
import type { CallText } from './call-text.js';
import type { Task } from './task.js';
import type { TraceWorld } from './world.js';

export interface CallShape {
  readonly kind: OpKind;
  /** Argument that is the descriptor, and the one that is written to, if there are two. */
  readonly fd?: number;
  readonly fd2?: number;
  /** Arguments that are a name and the directory descriptor it is relative to. */
  readonly path?: number;
  readonly dir?: number;
  readonly path2?: number;
  readonly dir2?: number;
  /** Arguments that are an address and a length. */
  readonly address?: number;
  readonly addressLength?: number;
  /** By name and changing what it names; matters to the default scope. */
  readonly isChange?: boolean;
  /** Makes tasks. */
  readonly isFork?: boolean;
  /** Changes tables only; not an operation of the file system and not in the stream. */
  readonly isSilent?: boolean;
  readonly start?: (world: TraceWorld, task: Task, text: CallText) => void;
  readonly fill?: (text: CallText, record: TraceRecord) => void;
  readonly succeeded?: (world: TraceWorld, task: Task, text: CallText, value: number) => void;
}
