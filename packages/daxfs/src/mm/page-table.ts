/**
 * Page tables: for each mapping, what the hardware finds for a page.
 *
 *      Absent ─read fault▶ Zero | ReadOnly ─write fault▶ Writable        shared
 *      Absent | ReadOnly | Zero ─write fault▶ Private                    private: a copy in memory
 *      Writable ─protect▶ ReadOnly          any ─zap▶ Absent
 *
 * A zap is complete when it returns: the translation is gone from the table and from every TLB, so
 * blocks may be freed after it. What the shoot-down costs is in the price of the step that zaps.
 */
import { IntMap, NO_BIT } from '@daxsim/sim';
import { PageSets, pageKey } from './page-set.js';
import type { StateSpace } from '@daxsim/sim';

export const Translation = {
  Absent: 0,
  /** Read-only, shows zeros. */
  Zero: 1,
  /** A device block, loads only. */
  ReadOnly: 2,
  /** A device block, loads and stores. */
  Writable: 3,
  /** A private copy, by its slot in `PrivatePages`. */
  Private: 4,
  PrivateReadOnly: 5,
} as const;
export type Translation = (typeof Translation)[keyof typeof Translation];

const KINDS = 8;

/** The kind of a table word. */
export function translationKind(word: number): number {
  return word % KINDS;
}

/** The device block, or the slot of a private copy, of a table word. */
export function translationTarget(word: number): number {
  return Math.floor(word / KINDS);
}

export class PageTable {
  private readonly words: IntMap;
  private readonly present: PageSets;

  constructor(space: StateSpace) {
    this.words = new IntMap(space, 'mm.translation');
    this.present = new PageSets(space, 'mm.present');
  }

  /** The word for a page of a mapping; 0 is absent. */
  word(mapping: number, page: number): number {
    return this.words.get(pageKey(mapping, page));
  }

  kind(mapping: number, page: number): number {
    return translationKind(this.word(mapping, page));
  }

  target(mapping: number, page: number): number {
    return translationTarget(this.word(mapping, page));
  }

  install(mapping: number, page: number, kind: Translation, target: number): void {
    this.words.set(pageKey(mapping, page), target * KINDS + kind);
    this.present.add(mapping, page);
  }

  /** Removes one translation; true if there was one. */
  zap(mapping: number, page: number): boolean {
    const key = pageKey(mapping, page);
    if (!this.words.has(key)) return false;
    this.words.delete(key);
    this.present.remove(mapping, page);
    return true;
  }

  /** Takes the right to store away; true if it was there. */
  protect(mapping: number, page: number): boolean {
    const key = pageKey(mapping, page);
    const word = this.words.get(key);
    const kind = translationKind(word);
    if (kind === Translation.Writable) {
      this.words.set(key, word - Translation.Writable + Translation.ReadOnly);
    } else if (kind === Translation.Private) {
      this.words.set(key, word - Translation.Private + Translation.PrivateReadOnly);
    } else return false;
    return true;
  }

  /** The first present page of a mapping in `from` … `limit − 1`, or NO_PAGE. */
  next(mapping: number, from: number, limit: number): number {
    return this.present.next(mapping, from, limit);
  }

  /** How many pages of a mapping are present. */
  count(mapping: number): number {
    return this.present.count(mapping);
  }
}

/** Answered when there is no such page. */
export const NO_PAGE = NO_BIT;
