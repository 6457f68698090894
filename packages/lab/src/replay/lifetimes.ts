/**
 * Descriptors and mappings that several tasks share, where tasks are otherwise on their own: nobody
 * uses one before the call that makes it, and it ends after the uses that precede its end.
 *
 *     task 0   open 3 ─────────────────────▶ close 3
 *     task 1          ╰─▶ write 3 ── read 3 ─╯
 *
 * Within a task the order is kept anyway, so of each task only the last use has to be known.
 */
import { NONE, OpKind } from '@daxsim/trace';
import type { Pending } from './pending.js';

/** What makes or ends a descriptor or a mapping. */
const bounds = new Set<number>([
  ...[OpKind.Open, OpKind.Close, OpKind.Mmap, OpKind.Munmap, OpKind.Mremap],
]);

export class Lifetimes {
  /** By resource: the last use by each task that is not over, and the last call that bounds it. */
  private readonly uses = new Map<number, Map<number, Pending>>();
  private readonly bounding = new Map<number, Pending>();

  /** A record was read: finds what it waits for. */
  admit(pending: Pending): void {
    const isBound = bounds.has(pending.record.kind);
    forEachResource(pending, (resource) => {
      const bound = this.bounding.get(resource);
      if (bound !== undefined) wait(pending, bound);
      let uses = this.uses.get(resource);
      if (uses === undefined) {
        uses = new Map();
        this.uses.set(resource, uses);
      }
      if (isBound) {
        for (const other of uses.values()) if (other !== bound) wait(pending, other);
        this.bounding.set(resource, pending);
      }
      uses.set(pending.task, pending);
    });
  }

  /** Its operation ended. */
  release(pending: Pending): void {
    forEachResource(pending, (resource) => {
      if (this.bounding.get(resource) === pending) this.bounding.delete(resource);
      const uses = this.uses.get(resource);
      if (uses?.get(pending.task) !== pending) return;
      uses.delete(pending.task);
      if (uses.size === 0) this.uses.delete(resource);
    });
  }
}

function wait(pending: Pending, other: Pending): void {
  if (other.task === pending.task) return;
  pending.waitsFor += 1;
  other.waiting.push(pending);
}

function forEachResource({ record }: Pending, act: (resource: number) => void): void {
  const { handle, handle2, mapping, mapping2 } = record;
  if (handle !== NONE) act(handle * 2);
  if (handle2 !== NONE && handle2 !== handle) act(handle2 * 2);
  if (mapping !== NONE) act(mapping * 2 + 1);
  if (mapping2 !== NONE && mapping2 !== mapping) act(mapping2 * 2 + 1);
}
