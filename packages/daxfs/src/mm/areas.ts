/**
 * The areas of a mapping: runs of its pages that are mapped with one protection.
 *
 *      mmap        [ 0 ────────────────── 16 ) read write
 *      munmap 4…6  [ 0 ── 4 )      [ 6 ── 16 )
 *      mprotect    [ 0 ── 4 )      [ 6 ─ 9 ) read   [ 9 ── 16 )
 *
 * Pages are counted from the start of the mapping, so that whoever submits operations may go on
 * naming a place by (mapping, offset) whatever was cut out. A mapping usually has one area; the
 * list is walked from its head.
 */
import { IntColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

/** What may be done to the pages of an area; sums of these. */
export const Protection = { None: 0, Read: 1, Write: 2 } as const;

/** Answered where there is no area. */
export const NO_AREA = -1;

export class Areas {
  // Links hold id + 1. Area 2m is mapping m's own, so that what is mapped does not tell in which
  // order it came about; odd ones are anybody's, and free ones are chained through `nexts`.
  private readonly firsts: IntColumn;
  private readonly nexts: IntColumn;
  private readonly starts: IntColumn;
  private readonly ends: IntColumn;
  private readonly protections: IntColumn;
  /** Cell 0: odd areas handed out so far; cell 1: head of the free chain. */
  private readonly pool: IntColumn;

  constructor(space: StateSpace) {
    this.firsts = new IntColumn(space, 'mm.area.first');
    this.nexts = new IntColumn(space, 'mm.area.next');
    this.starts = new IntColumn(space, 'mm.area.start');
    this.ends = new IntColumn(space, 'mm.area.end');
    this.protections = new IntColumn(space, 'mm.area.protection');
    this.pool = new IntColumn(space, 'mm.area.pool');
  }

  /** First area of a mapping in order of pages, or NO_AREA. */
  first(mapping: number): number {
    return this.firsts.get(mapping) - 1;
  }

  next(area: number): number {
    return this.nexts.get(area) - 1;
  }

  start(area: number): number {
    return this.starts.get(area);
  }

  end(area: number): number {
    return this.ends.get(area);
  }

  protection(area: number): number {
    return this.protections.get(area);
  }

  /** The area with a page of the mapping, or NO_AREA. */
  find(mapping: number, page: number): number {
    let area = this.first(mapping);
    while (area !== NO_AREA && this.ends.get(area) <= page) area = this.next(area);
    return area !== NO_AREA && this.starts.get(area) <= page ? area : NO_AREA;
  }

  /** True if every page of [from, to) is in some area. */
  covers(mapping: number, from: number, to: number): boolean {
    let at = from;
    for (let area = this.first(mapping); area !== NO_AREA && at < to; area = this.next(area)) {
      if (this.ends.get(area) <= at) continue;
      if (this.starts.get(area) > at) return false;
      at = this.ends.get(area);
    }
    return at >= to;
  }

  /** One past the last page in any area; 0 if there is none. */
  limit(mapping: number): number {
    let limit = 0;
    for (let area = this.first(mapping); area !== NO_AREA; area = this.next(area)) {
      limit = this.ends.get(area);
    }
    return limit;
  }

  /** Adds an area behind all others of the mapping, joined to the last one if they agree. */
  append(mapping: number, start: number, end: number, protection: number): void {
    let last = NO_AREA;
    for (let area = this.first(mapping); area !== NO_AREA; area = this.next(area)) last = area;
    if (last !== NO_AREA && this.end(last) === start && this.protection(last) === protection) {
      this.ends.set(last, end);
      return;
    }
    const added = this.take(mapping, start, end, protection);
    if (last === NO_AREA) this.firsts.set(mapping, added + 1);
    else this.nexts.set(last, added + 1);
  }

  /** Takes the pages [from, to) out. */
  remove(mapping: number, from: number, to: number): void {
    this.cut(mapping, from);
    this.cut(mapping, to);
    let before = NO_AREA;
    let area = this.first(mapping);
    while (area !== NO_AREA && this.starts.get(area) < to) {
      const next = this.next(area);
      if (this.starts.get(area) >= from) {
        if (before === NO_AREA) this.firsts.set(mapping, next + 1);
        else this.nexts.set(before, next + 1);
        this.giveBack(area);
      } else before = area;
      area = next;
    }
    this.join(mapping);
  }

  /** Changes the protection of those pages of [from, to) that are in an area. */
  protect(mapping: number, from: number, to: number, protection: number): void {
    this.cut(mapping, from);
    this.cut(mapping, to);
    for (let area = this.first(mapping); area !== NO_AREA; area = this.next(area)) {
      if (this.starts.get(area) >= from && this.ends.get(area) <= to) {
        this.protections.set(area, protection);
      }
    }
    this.join(mapping);
  }

  /** Splits the area that has `page` as an inner page. */
  private cut(mapping: number, page: number): void {
    const area = this.find(mapping, page);
    if (area === NO_AREA || this.starts.get(area) === page) return;
    const added = this.take(mapping, page, this.ends.get(area), this.protections.get(area));
    this.nexts.set(added, this.nexts.get(area));
    this.ends.set(area, page);
    this.nexts.set(area, added + 1);
  }

  /** Joins neighbours that agree, so that the state does not tell how it came about. */
  private join(mapping: number): void {
    let area = this.first(mapping);
    while (area !== NO_AREA) {
      const next = this.next(area);
      if (next === NO_AREA) return;
      const meet = this.ends.get(area) === this.starts.get(next);
      if (meet && this.protections.get(area) === this.protections.get(next)) {
        this.ends.set(area, this.ends.get(next));
        this.nexts.set(area, this.nexts.get(next));
        this.giveBack(next);
      } else area = next;
    }
  }

  /** The mapping's own area if that is free, else one that any mapping may have. */
  private take(mapping: number, start: number, end: number, protection: number): number {
    let area = mapping * 2;
    if (this.ends.get(area) !== 0) {
      area = this.pool.get(1) - 1;
      if (area !== NO_AREA) this.pool.set(1, this.nexts.get(area));
      else {
        area = this.pool.get(0) * 2 + 1;
        this.pool.add(0, 1);
      }
    }
    this.nexts.set(area, 0);
    this.starts.set(area, start);
    this.ends.set(area, end);
    this.protections.set(area, protection);
    return area;
  }

  private giveBack(area: number): void {
    this.starts.set(area, 0);
    this.ends.set(area, 0);
    this.protections.set(area, 0);
    if (area % 2 === 0) this.nexts.set(area, 0);
    else {
      this.nexts.set(area, this.pool.get(1));
      this.pool.set(1, area + 1);
    }
  }
}
