/**
 * The bounded space of workloads of a length: every tuple of operations with every choice of
 * persistence points, in a fixed order, each under its number.
 *
 *     operations (o1, o2)  ×  after o1: none | sync | fsync x    x in used names, their siblings
 *                          ×  after o2:        sync | fsync x    and their parents
 *
 * Nothing needs to persist a mapped write that ends with msync, so the choices after it are one and
 * the same workload: they are counted as generated and run once (*distinct*).
 */
import { assert } from '@daxsim/sim';
import type { AceBounds } from './ace-bounds.js';
import type { AceOperation, AceWorkload, PersistPoint } from './ace-operation.js';

const ROOT_NAME = '.';

export class AceSpace {
  /** Tuples of operations. */
  readonly tuples: number;

  constructor(
    readonly bounds: AceBounds,
    /** Operations of a workload: 1, 2 or 3. */
    readonly length: number,
  ) {
    assert(length >= 1 && length <= 3, 'AceSpace: workloads have one to three operations');
    let tuples = 1;
    for (let i = 0; i < length; i += 1) tuples *= bounds.operations.length;
    this.tuples = tuples;
  }

  /** The operations of tuple `index`, the first operation varying slowest. */
  operationsOf(index: number): AceOperation[] {
    const { operations } = this.bounds;
    const chosen: AceOperation[] = [];
    let rest = index;
    for (let i = 0; i < this.length; i += 1) {
      const operation = operations[rest % operations.length];
      assert(operation !== undefined, 'AceSpace: a tuple of the space');
      chosen.unshift(operation);
      rest = Math.floor(rest / operations.length);
    }
    return chosen;
  }

  /** How many workloads the generator makes of a tuple, duplicates counted. */
  generatedOf(index: number): number {
    if (!this.bounds.hasPersistPoints) return 1;
    const names = persistNames(this.operationsOf(index)).length;
    let count = names + 1;
    for (let i = 1; i < this.length; i += 1) count *= names + 2;
    return count;
  }

  /** How many of them differ. */
  distinctOf(index: number): number {
    if (!this.bounds.hasPersistPoints) return 1;
    const operations = this.operationsOf(index);
    const names = persistNames(operations).length;
    let count = 1;
    operations.forEach((operation, i) => {
      const isLast = i === operations.length - 1;
      if (!persistsItself(operation)) count *= isLast ? names + 1 : names + 2;
    });
    return count;
  }

  /** Workloads generated and distinct, in the whole space. */
  counts(): { generated: number; distinct: number } {
    let generated = 0;
    let distinct = 0;
    for (let i = 0; i < this.tuples; i += 1) {
      generated += this.generatedOf(i);
      distinct += this.distinctOf(i);
    }
    return { generated, distinct };
  }

  /** The distinct workloads of tuple `index`; `first` is the number of the tuple's first one. */
  *workloadsOf(index: number, first: number): Generator<AceWorkload> {
    const operations = this.operationsOf(index);
    if (!this.bounds.hasPersistPoints) {
      yield { number: first, operations, persist: operations.map(() => ({ kind: 'none' })) };
      return;
    }
    const choices = operations.map((operation, i) => {
      if (persistsItself(operation)) return NO_POINT;
      const isLast = i === operations.length - 1;
      const points = pointsOf(persistNames(operations));
      return isLast ? points.slice(1) : points;
    });
    let number = first;
    for (const persist of product(choices)) {
      yield { number, operations, persist };
      number += 1;
    }
  }
}

const NO_POINT: readonly PersistPoint[] = [{ kind: 'none' }];

function pointsOf(names: readonly string[]): readonly PersistPoint[] {
  const syncs = names.map((path): PersistPoint => ({ kind: 'fsync', path }));
  return [{ kind: 'none' }, { kind: 'sync' }, ...syncs];
}

function* product(choices: readonly (readonly PersistPoint[])[]): Generator<PersistPoint[]> {
  const [head, ...tail] = choices;
  if (head === undefined) {
    yield [];
    return;
  }
  for (const point of head) for (const rest of product(tail)) yield [point, ...rest];
}

/** Whether no persistence point is put after the operation, because it ends with one. */
function persistsItself(operation: AceOperation): boolean {
  return operation.op === 'mmapwrite';
}

/** Names that an fsync may be asked of: those used, their siblings and parents; in fixed order. */
export function persistNames(operations: readonly AceOperation[]): readonly string[] {
  const used = new Set<string>();
  for (const operation of operations) {
    used.add(operation.path);
    if ('to' in operation) used.add(operation.to);
  }
  const names = new Set(used);
  for (const name of used) {
    names.add(siblingOf(name));
    names.add(parentOf(name));
  }
  return [...names].sort();
}

/** The directory that holds a name; the root is ".". */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT_NAME : path.slice(0, slash);
}

/** foo and bar of one directory, A and B. */
function siblingOf(path: string): string {
  if (path === 'A') return 'B';
  if (path === 'B') return 'A';
  if (path.endsWith('foo')) return `${path.slice(0, -3)}bar`;
  if (path.endsWith('bar')) return `${path.slice(0, -3)}foo`;
  return path;
}
