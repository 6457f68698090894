/**
 * What a system-call trace implies about the traced machine: tasks, their tables, files by name,
 * and the ids that the records use. The calls' effects (effects.ts) act on it; it also says the
 * implied records, because it is where the implications become known.
 */
import { CloseFlag, OpKind } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { NONE, type TraceRecord } from '../record.js';
import type { AddressSpace, Piece, Region } from './address-space.js';
import type { Description, TracedFile } from './descriptors.js';
import { isUnder, resolvePath } from './paths.js';
import { Scope } from './scope.js';
import { TaskSet, type Task } from './task.js';

export class TraceWorld {
  readonly scope: Scope;
  readonly tasks: TaskSet;
  /** Time and line of the event under way, for implied records. */
  nowNs = 0;
  line = 0;
  private readonly files = new Map<number, TracedFile>();
  private handles = 0;
  private mappings = 0;
  private hasOrphans = false;

  constructor(readonly context: ParseContext) {
    const cwd = resolvePath('/', context.options.cwd ?? '/');
    this.scope = new Scope(context.names, context.options.scope, cwd);
    this.tasks = new TaskSet(
      context.taskIds,
      cwd,
      (parent, child) => this.forked(parent, child),
      (pid) => this.orphaned(pid),
    );
  }

  newHandle(): number {
    this.handles += 1;
    return this.handles - 1;
  }

  newMapping(): number {
    this.mappings += 1;
    return this.mappings - 1;
  }

  /** The file that a name stands for. */
  fileAt(path: number): TracedFile {
    let file = this.files.get(path);
    if (file === undefined) {
      file = { size: 0 };
      this.files.set(path, file);
    }
    return file;
  }

  knownFile(path: number): TracedFile | undefined {
    return this.files.get(path);
  }

  /** Makes a name stand for a file, or for none. */
  setFile(path: number, file: TracedFile | undefined): void {
    if (file === undefined) this.files.delete(path);
    else this.files.set(path, file);
  }

  /** A new description of `path`; its handle is NONE if it is out of scope. */
  describe(path: number, flags: number, inScope: boolean, file: TracedFile): Description {
    const handle = inScope ? this.newHandle() : NONE;
    return { handle, path, flags, file, position: 0, references: 0 };
  }

  implied(kind: OpKind, task: Task): TraceRecord {
    const record = this.context.queue.add(this.line);
    record.kind = kind;
    record.task = task.index;
    record.startNs = this.nowNs;
    record.endNs = this.nowNs;
    record.hasResult = 1;
    record.inScope = false;
    record.isImplied = true;
    return record;
  }

  /** Says that a description went, if it was the last reference and in scope. */
  impliedClose(task: Task, description: Description): void {
    if (description.handle < 0 || description.references > 0) return;
    const record = this.implied(OpKind.Close, task);
    record.handle = description.handle;
    record.path = description.path;
    record.flags = CloseFlag.Last;
  }

  /** Says that pieces of mappings are used by `kind` (or gone, for Munmap). */
  impliedPieces(kind: OpKind, task: Task, pieces: readonly Piece[], from: number): void {
    for (let i = from; i < pieces.length; i += 1) {
      const piece = pieces[i] as Piece;
      const record = this.implied(kind, task);
      record.mapping = piece.mapping;
      record.offset = piece.offset;
      record.length = piece.length;
    }
  }

  /** Unmaps what is at [start, end) without a call that says so. */
  clearRange(task: Task, start: number, end: number): void {
    const pieces = task.space.pieces(start, end);
    if (pieces.length === 0) return;
    this.impliedPieces(OpKind.Munmap, task, pieces, 0);
    task.space.remove(start, end);
  }

  /** The task is over: what only it had open or mapped goes with it. */
  exited(task: Task): void {
    this.tasks.remove(task);
    this.releaseSpace(task, task.space);
    if (task.table.users === 0) {
      task.table.removeAll(
        () => true,
        (description) => this.impliedClose(task, description),
      );
    }
    this.implied(OpKind.Exit, task);
  }

  /** Says what was mapped in an address space that nobody uses any more. */
  releaseSpace(task: Task, space: AddressSpace): void {
    if (space.users > 0) return;
    for (const { mapping, start, end, base } of space.all) {
      this.impliedPieces(
        OpKind.Munmap,
        task,
        [{ mapping, offset: start - base, length: end - start }],
        0,
      );
    }
  }

  /** A directory has a new name: so have the current directories and descriptions below it. */
  movedDirectory(from: string, to: string): void {
    const { names } = this.context;
    const moved = (path: string): string =>
      isUnder(path, from) ? resolvePath('/', to + path.slice(from.length)) : path;
    for (const task of this.tasks.all) {
      task.directory.path = moved(task.directory.path);
      for (const description of task.table.descriptions()) {
        const path = names.text(description.path);
        if (isUnder(path, from)) description.path = names.intern(moved(path));
      }
    }
  }

  private forked(parent: Task, child: Task): void {
    const fork = this.implied(OpKind.Fork, parent);
    fork.startNs = parent.pending.startNs;
    fork.call = parent.pending.call;
    fork.child = child.index;
    if (child.space === parent.space) return;
    for (const region of parent.space.all) this.copyRegion(child, region);
  }

  private copyRegion(child: Task, region: Region): void {
    const mapping = this.newMapping();
    const { handle, path, fileOffset, flags } = region.source;
    const skipped = region.start - region.base;
    const source = { ...region.source, fileOffset: fileOffset + skipped };
    child.space.add({ ...region, mapping, base: region.start, source });
    const record = this.implied(OpKind.Mmap, child);
    record.handle = handle;
    record.path = path;
    record.offset = fileOffset + skipped;
    record.length = region.end - region.start;
    record.flags = flags;
    record.mapping = mapping;
    record.mapping2 = region.mapping;
  }

  private orphaned(pid: number): void {
    if (this.hasOrphans) return;
    this.hasOrphans = true;
    const what = 'task ' + String(pid) + ' appears without a fork in the trace';
    this.context.notes.push(`${what}; such tasks are taken for threads of the first`);
  }
}
