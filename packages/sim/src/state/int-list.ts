/**
 * Many first-in-first-out lists over one set of small ids, as an arena: wait queues, busy lists.
 *
 *      list 7:  head ▶ 3 ⇄ 9 ⇄ 4 ◀ tail          an id is on at most one list at a time
 *
 * Lists are named by any whole number below 2^53 and cost nothing while empty; ids are small,
 * because their links are columns. Links of an id that is on no list are 0, so the state depends on
 * the contents of the lists only, not on how they came about.
 */
import { assert } from '../errors.js';
import { IntColumn } from './column.js';
import { IntMap } from './int-map.js';
import type { StateSpace } from './space.js';

/** Answered when there is no such id. */
export const NO_ID = -1;

export class IntLists {
  // All four hold id + 1, so that 0 can mean none.
  private readonly heads: IntMap;
  private readonly tails: IntMap;
  private readonly nexts: IntColumn;
  private readonly befores: IntColumn;
  private readonly linked: IntColumn;

  constructor(space: StateSpace, name: string) {
    this.heads = new IntMap(space, `${name}.head`);
    this.tails = new IntMap(space, `${name}.tail`);
    this.nexts = new IntColumn(space, `${name}.next`);
    this.befores = new IntColumn(space, `${name}.before`);
    this.linked = new IntColumn(space, `${name}.linked`);
  }

  /** The oldest id of `list`, or NO_ID. */
  first(list: number): number {
    return this.heads.get(list) - 1;
  }

  /** The newest id of `list`, or NO_ID. */
  last(list: number): number {
    return this.tails.get(list) - 1;
  }

  /** The id that came after `id`, or NO_ID. */
  next(id: number): number {
    return this.nexts.get(id) - 1;
  }

  isEmpty(list: number): boolean {
    return this.heads.get(list) === 0;
  }

  /** True while `id` is on some list. */
  isListed(id: number): boolean {
    return this.linked.get(id) !== 0;
  }

  /** Adds `id`, which is on no list, at the end of `list`. */
  push(list: number, id: number): void {
    assert(!this.isListed(id), 'IntLists: id is already on a list');
    this.linked.set(id, 1);
    const tail = this.tails.get(list);
    if (tail === 0) this.heads.set(list, id + 1);
    else {
      this.nexts.set(tail - 1, id + 1);
      this.befores.set(id, tail);
    }
    this.tails.set(list, id + 1);
  }

  /** Takes the oldest id off `list`, or answers NO_ID. */
  shift(list: number): number {
    const id = this.first(list);
    if (id !== NO_ID) this.remove(list, id);
    return id;
  }

  /** Takes `id` off `list`, on which it must be. */
  remove(list: number, id: number): void {
    assert(this.isListed(id), 'IntLists: id is on no list');
    const before = this.befores.get(id);
    const next = this.nexts.get(id);
    if (before === 0) {
      assert(this.heads.get(list) === id + 1, 'IntLists: id is on another list');
      this.heads.set(list, next);
    } else this.nexts.set(before - 1, next);
    if (next === 0) this.tails.set(list, before);
    else this.befores.set(next - 1, before);
    this.befores.set(id, 0);
    this.nexts.set(id, 0);
    this.linked.set(id, 0);
  }

  /** The ids of `list`, oldest first. Allocates. */
  ids(list: number): number[] {
    const found: number[] = [];
    for (let id = this.first(list); id !== NO_ID; id = this.next(id)) found.push(id);
    return found;
  }
}
