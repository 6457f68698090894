/** What kinds of locks there are; `lock-table.ts` has their rules. */

export const LockMode = { Shared: 0, Exclusive: 1 } as const;

/** Numbers are part of digests and never change. */
export const LockKind = {
  Rwsem: 0,
  Mutex: 1,
  Bit: 2,
  Resource: 3,
  Range: 4,
  Seqcount: 5,
} as const;

export interface LockClass {
  readonly name: string;
  /** One of `LockKind`. */
  readonly kind: number;
  /** Units of each instance of a resource (default 1); `give` may add more. */
  readonly capacity?: number;
  /** Of ranges and sequence counts: parts are rounded outwards to it, a power of two; default 1. */
  readonly granularity?: number;
  /** Of ranges: those who wait keep later overlapping requests out; default true. */
  readonly waitersBar?: boolean;
}

/** What a waiting task waits for. */
export interface Wanted {
  readonly cls: number;
  readonly key: number;
  readonly mode: number;
}

/** Whether instances of the kind are taken in parts. */
export function isPartial(kind: number): boolean {
  return kind === LockKind.Range || kind === LockKind.Seqcount;
}
