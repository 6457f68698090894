/**
 * Tasks of a traced program, and the call that each of them is in.
 *
 *   parent   clone( <unfinished ...>                        <... clone resumed>) = 12
 *   child 12                          openat(…) = 3                                      ← first
 *
 * A child's first line may precede its parent's return, so a task number never seen before is taken
 * for the child of the fork under way that has none yet. If two are, the parser holds the child's
 * lines until a return tells; see held-lines.ts. If none is (fork calls were filtered out of the
 * trace), it is taken for a thread of the first task, which shares everything.
 */
import { assert } from '@daxsim/sim';
import { NONE } from '../record.js';
import { AddressSpace, type Piece } from './address-space.js';
import { DescriptorTable, type Description } from './descriptors.js';
import { CloneFlag } from './flag-words.js';

/** Current directory, shared by CLONE_FS. */
export interface Directory {
  path: string;
}

/** A call between its start and its end. */
export class PendingCall {
  isPending = false;
  isFork = false;
  /** Id of the call's name. */
  call = NONE;
  startNs = 0;
  line = 0;
  /** The text up to `<unfinished ...>`. */
  head = '';
  description: Description | undefined = undefined;
  description2: Description | undefined = undefined;
  path = NONE;
  path2 = NONE;
  inScope = false;
  pieces: readonly Piece[] = [];
  handle = NONE;
  handle2 = NONE;
  mapping = NONE;
  mapping2 = NONE;
  /** Close: it was the last reference. */
  isLast = false;
  /** Fork: the CloneFlag bits and the child, once it has been seen. */
  cloneFlags = 0;
  child: Task | undefined = undefined;

  begin(call: number, isFork: boolean, startNs: number, line: number): void {
    this.isPending = true;
    this.isFork = isFork;
    this.call = call;
    this.startNs = startNs;
    this.line = line;
    this.head = '';
    this.description = undefined;
    this.description2 = undefined;
    this.path = NONE;
    this.path2 = NONE;
    this.inScope = false;
    this.pieces = noPieces;
    this.handle = NONE;
    this.handle2 = NONE;
    this.mapping = NONE;
    this.mapping2 = NONE;
    this.isLast = false;
    this.cloneFlags = 0;
    this.child = undefined;
  }
}

const noPieces: readonly Piece[] = [];

export class Task {
  readonly pending = new PendingCall();

  constructor(
    readonly index: number,
    public pid: number,
    public table: DescriptorTable,
    public space: AddressSpace,
    public directory: Directory,
  ) {}
}

/** Told of a fork as soon as the child is known. */
export type ForkObserver = (parent: Task, child: Task) => void;

export class TaskSet {
  private readonly byPid = new Map<number, Task>();
  private first: Task | undefined = undefined;

  constructor(
    private readonly taskIds: number[],
    private readonly cwd: string,
    private readonly onFork: ForkObserver,
    private readonly onOrphan: (pid: number) => void,
  ) {}

  get all(): Iterable<Task> {
    return this.byPid.values();
  }

  find(pid: number): Task | undefined {
    return this.byPid.get(pid);
  }

  /** The task of that number, made if it is new. */
  get(pid: number): Task {
    const known = this.byPid.get(pid);
    if (known !== undefined) return known;
    if (this.byPid.size === 0) {
      const table = new DescriptorTable();
      return this.add(pid, table, new AddressSpace(), { path: this.cwd });
    }
    const parent = this.oldestForkWithoutChild();
    if (parent !== undefined) return this.fork(parent, pid);
    this.onOrphan(pid);
    const model = this.first ?? [...this.byPid.values()][0];
    assert(model !== undefined, 'TaskSet: there are tasks and no first one');
    return this.share(model, pid, CloneFlag.Memory | CloneFlag.Files | CloneFlag.Directory);
  }

  /** The parent's fork returned `pid`; makes the child unless it has been seen already. */
  forkReturned(parent: Task, pid: number): void {
    const guess = parent.pending.child;
    if (guess?.pid === pid) return;
    const seen = this.byPid.get(pid);
    if (seen === undefined) {
      this.fork(parent, pid);
      return;
    }
    // Two forks were under way and their children were taken for each other's.
    for (const other of this.byPid.values()) {
      if (other.pending.child === seen) other.pending.child = guess;
    }
  }

  /** Whether a new task could be the child of either of two parents, and it matters which. */
  get isForkAmbiguous(): boolean {
    let first: Task | undefined;
    for (const task of this.byPid.values()) {
      const { isPending, isFork, child, cloneFlags } = task.pending;
      if (!isPending || !isFork || child !== undefined) continue;
      if (first === undefined) first = task;
      else if (first.table !== task.table || first.pending.cloneFlags !== cloneFlags) return true;
    }
    return false;
  }

  /** exec by a thread: it goes on under the number of the first thread of its process. */
  renumber(task: Task, pid: number): void {
    this.byPid.delete(task.pid);
    task.pid = pid;
    this.byPid.set(pid, task);
  }

  /** Takes a task out; its table and address space lose a user. */
  remove(task: Task): void {
    this.byPid.delete(task.pid);
    task.table.users -= 1;
    task.space.users -= 1;
    if (this.first === task) this.first = undefined;
  }

  private fork(parent: Task, pid: number): Task {
    const child = this.share(parent, pid, parent.pending.cloneFlags);
    parent.pending.child = child;
    this.onFork(parent, child);
    return child;
  }

  private share(parent: Task, pid: number, flags: number): Task {
    const table = (flags & CloneFlag.Files) !== 0 ? parent.table : parent.table.copy();
    if (table === parent.table) table.users += 1;
    const space = (flags & CloneFlag.Memory) !== 0 ? parent.space : new AddressSpace();
    if (space === parent.space) space.users += 1;
    const isShared = (flags & CloneFlag.Directory) !== 0;
    return this.add(pid, table, space, isShared ? parent.directory : { ...parent.directory });
  }

  private add(pid: number, table: DescriptorTable, space: AddressSpace, cwd: Directory): Task {
    const task = new Task(this.taskIds.length, pid, table, space, cwd);
    this.taskIds.push(pid);
    this.byPid.set(pid, task);
    this.first ??= task;
    return task;
  }

  private oldestForkWithoutChild(): Task | undefined {
    let oldest: Task | undefined;
    for (const task of this.byPid.values()) {
      const { isPending, isFork, child, startNs } = task.pending;
      if (!isPending || !isFork || child !== undefined) continue;
      if (oldest === undefined || startNs < oldest.pending.startNs) oldest = task;
    }
    return oldest;
  }
}
