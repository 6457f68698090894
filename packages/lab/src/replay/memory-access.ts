/**
 * Loads, stores, flushes and fences of a memory trace, as operations of a task on its mappings.
 *
 *     load, store    the bytes at an offset of a mapping; a store is a write of its own number
 *     modify         a load and then a store, as lackey counts it: it may fault twice
 *     flush_range    clwb of its lines; it faults as a load does
 *     fence          sfence
 */
import { R, type World } from '@daxsim/daxfs';
import { assert, type Frame, type Interpreter } from '@daxsim/sim';
import { NONE, OpKind, isMemoryKind, type TraceRecord } from '@daxsim/trace';
import type { FileOracle } from '../oracle/file-oracle.js';
import type { MappingInfo } from './numbers.js';

/** Why an access cannot be carried out. */
export const accessReasons = {
  noFile: 'an access to memory (--fs none and --through replay these)',
  outside: 'an access outside of mapped files',
  unmapped: 'an access to a mapping that the trace never made',
} as const;

export class MemoryAccess {
  private readonly programs = new Map<number, number>();

  constructor(
    private readonly interpreter: Interpreter<World>,
    private readonly oracle: FileOracle,
    /** False: accesses are left out. */
    private readonly isWanted: boolean,
  ) {
    this.programs.set(OpKind.Load, this.programNamed('load'));
    this.programs.set(OpKind.Store, this.programNamed('store'));
    this.programs.set(OpKind.Modify, this.programNamed('store'));
    this.programs.set(OpKind.FlushRange, this.programNamed('flush'));
    this.programs.set(OpKind.Fence, this.programNamed('drain'));
  }

  /** Why an access cannot be carried out, or undefined. */
  refusal({ kind, mapping }: TraceRecord, info: MappingInfo | undefined): string | undefined {
    if (!this.isWanted) return accessReasons.noFile;
    if (kind === OpKind.Fence) return undefined;
    if (mapping === NONE) return accessReasons.outside;
    return info === undefined ? accessReasons.unmapped : undefined;
  }

  /** Starts an access; `source` numbers what a store writes. */
  begin(
    task: number,
    kind: number,
    { offset, length }: TraceRecord,
    info: MappingInfo | undefined,
    source: number,
  ): Frame {
    const program = this.programs.get(kind);
    assert(
      program !== undefined && isMemoryKind(kind as OpKind),
      'MemoryAccess: no access to memory',
    );
    const inode = info?.inode ?? 0;
    if (isStore(kind)) this.oracle.beginWrite(task, inode, source);
    else if (kind === OpKind.Load) this.oracle.beginRead(task, inode);
    const frame = this.interpreter.begin(task, program);
    if (info === undefined) return frame;
    frame.set(R.mapping, info.number);
    frame.set(R.mm, info.mm);
    frame.set(R.offset, offset);
    frame.set(R.length, length);
    if (isStore(kind)) frame.set(R.source, source);
    return frame;
  }

  private programNamed(recipe: string): number {
    const program = this.interpreter.set.programByName.get(recipe);
    assert(program !== undefined, `MemoryAccess: the file system has no recipe ${recipe}`);
    return program;
  }
}

/** Whether an access writes. */
export function isStore(kind: number): boolean {
  return kind === OpKind.Store || kind === OpKind.Modify;
}
