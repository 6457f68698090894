/**
 * Page tables: for each mapping, what the hardware finds for a page.
 *
 *      1 GiB slot ─▶ directory ─▶ 2 MiB slot: empty │ huge translation │ table ─▶ 512 pages
 *
 *      Absent ─read fault▶ Zero | ReadOnly ─write fault▶ Writable        shared
 *      Absent | ReadOnly | Zero ─write fault▶ Private                    private: a copy in memory
 *      Absent ─read fault▶ Cached ─write fault▶ CachedWritable           through the page cache
 *      Writable ─protect▶ ReadOnly          any ─zap▶ Absent
 *
 * A slot belongs to addresses, and a mapping's address is its first page's place in 2 MiB plus its
 * colour, so a slot is 2 MiB of the file only where the colour is 0. A table, once there, stays
 * until its whole slot is unmapped: zapping leaves it, and its slot can hold no huge translation. A
 * huge translation can go but not be split in place; who wants a part of it faults again.
 *
 * A zap is complete when it returns: the translation is gone from the table and from every TLB, so
 * blocks may be freed after it. What the shoot-down costs is in the price of the step that zaps.
 */
import { IntColumn, IntMap, NO_BIT } from '@daxsim/sim';
import { HUGE_PAGES, HUGE_SHIFT, LARGEST_SHIFT } from './huge.js';
import { PAGE_LIMIT, PageSets, pageKey } from './page-set.js';
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
  /** A page of the page cache by its slot, loads only. */
  Cached: 6,
  CachedWritable: 7,
  /** Stored to, then the right was taken away (mprotect): what it shows is dirty. */
  CachedDirty: 8,
} as const;
export type Translation = (typeof Translation)[keyof typeof Translation];

const KINDS = 16;

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
  /** Words of huge translations, and what there is of them and of tables, by slot. */
  private readonly hugeWords: IntMap;
  private readonly huge: PageSets;
  private readonly tables: PageSets;
  private readonly directories: PageSets;
  /** Pages from the beginning of a mapping's first 2 MiB slot to its page 0. */
  private readonly shifts: IntColumn;

  constructor(space: StateSpace) {
    this.words = new IntMap(space, 'mm.translation');
    this.present = new PageSets(space, 'mm.present');
    this.hugeWords = new IntMap(space, 'mm.hugeTranslation');
    this.huge = new PageSets(space, 'mm.huge');
    this.tables = new PageSets(space, 'mm.tables');
    this.directories = new PageSets(space, 'mm.directories');
    this.shifts = new IntColumn(space, 'mm.mapping.shift');
  }

  /** Says where in its first 2 MiB slot a mapping begins. */
  place(mapping: number, shift: number): void {
    this.shifts.set(mapping, shift);
  }

  /** First page of the mapping's 2 MiB slot with a page; negative in a slot that begins before. */
  slotStart(mapping: number, page: number): number {
    return page - ((page + this.shifts.get(mapping)) % HUGE_PAGES);
  }

  /** The word for a page of a mapping; 0 is absent. */
  word(mapping: number, page: number): number {
    const word = this.words.get(pageKey(mapping, page));
    if (word !== 0) return word;
    const at = page + this.shifts.get(mapping);
    const huge = this.hugeWords.get(pageKey(mapping, at >>> HUGE_SHIFT));
    if (huge === 0 || translationKind(huge) === Translation.Zero) return huge;
    return huge + (at % HUGE_PAGES) * KINDS;
  }

  kind(mapping: number, page: number): number {
    return translationKind(this.word(mapping, page));
  }

  target(mapping: number, page: number): number {
    return translationTarget(this.word(mapping, page));
  }

  /** Whether a huge translation covers a page. */
  isHuge(mapping: number, page: number): boolean {
    return this.huge.has(mapping, this.slot(mapping, page));
  }

  /** Whether the 2 MiB slot of a page has a table of its own. */
  hasTable(mapping: number, page: number): boolean {
    return this.tables.has(mapping, this.slot(mapping, page));
  }

  /** Whether the 1 GiB slot of a page has a directory. */
  hasDirectory(mapping: number, page: number): boolean {
    return this.directories.has(mapping, (page + this.shifts.get(mapping)) >>> LARGEST_SHIFT);
  }

  addDirectory(mapping: number, page: number): void {
    this.directories.add(mapping, (page + this.shifts.get(mapping)) >>> LARGEST_SHIFT);
  }

  /** Gives the slot of a page a table, which holds what lies beside the mapping. */
  addTable(mapping: number, page: number): void {
    this.tables.add(mapping, this.slot(mapping, page));
  }

  /** Enters a translation of one page; its slot has a table from then on. */
  install(mapping: number, page: number, kind: Translation, target: number): void {
    this.words.set(pageKey(mapping, page), target * KINDS + kind);
    this.present.add(mapping, page);
    this.tables.add(mapping, this.slot(mapping, page));
  }

  /** Enters a translation of the whole 2 MiB slot of a page; `target` is its first block. */
  installHuge(mapping: number, page: number, kind: Translation, target: number): void {
    const slot = this.slot(mapping, page);
    this.hugeWords.set(pageKey(mapping, slot), target * KINDS + kind);
    this.huge.add(mapping, slot);
  }

  /** Removes one translation, with all its slot if it is a huge one; true if there was one. */
  zap(mapping: number, page: number): boolean {
    const key = pageKey(mapping, page);
    if (this.words.has(key)) {
      this.words.delete(key);
      this.present.remove(mapping, page);
      return true;
    }
    const slot = this.slot(mapping, page);
    if (!this.huge.has(mapping, slot)) return false;
    this.hugeWords.delete(pageKey(mapping, slot));
    this.huge.remove(mapping, slot);
    return true;
  }

  /** Takes the tables of slots wholly in pages [from, to) away; they hold nothing any more. */
  freeTables(mapping: number, from: number, to: number): void {
    const shift = this.shifts.get(mapping);
    const end = (to + shift) >>> HUGE_SHIFT;
    let slot = this.tables.next(mapping, (from + shift + HUGE_PAGES - 1) >>> HUGE_SHIFT, end);
    while (slot !== NO_BIT) {
      this.tables.remove(mapping, slot);
      slot = this.tables.next(mapping, slot + 1, end);
    }
  }

  /** Forgets all tables and directories of a mapping that ends. */
  freeAll(mapping: number): void {
    clear(this.tables, mapping);
    clear(this.directories, mapping);
    this.shifts.set(mapping, 0);
  }

  /**
   * Takes the right to store away; true if it was there. `isClean`: what the page holds is being
   * written back.
   */
  protect(mapping: number, page: number, isClean = true): boolean {
    const slot = this.slot(mapping, page);
    if (this.huge.has(mapping, slot)) {
      return protectWord(this.hugeWords, pageKey(mapping, slot), isClean);
    }
    return protectWord(this.words, pageKey(mapping, page), isClean);
  }

  /** The first present page of a mapping in `from` … `limit − 1`, or NO_PAGE. */
  next(mapping: number, from: number, limit: number): number {
    const page = this.present.next(mapping, from, limit);
    if (this.huge.count(mapping) === 0 || from >= limit) return page;
    const shift = this.shifts.get(mapping);
    const slot = this.huge.next(
      mapping,
      (from + shift) >>> HUGE_SHIFT,
      ((limit - 1 + shift) >>> HUGE_SHIFT) + 1,
    );
    if (slot === NO_BIT) return page;
    const start = Math.max(from, slot * HUGE_PAGES - shift);
    if (start >= limit || (page !== NO_PAGE && page < start)) return page;
    return start;
  }

  /** First page behind the translation of a page: of the next slot, if it is a huge one. */
  after(mapping: number, page: number): number {
    return this.isHuge(mapping, page) ? this.slotStart(mapping, page) + HUGE_PAGES : page + 1;
  }

  /** How many translations a mapping has, a huge one counting once. */
  count(mapping: number): number {
    return this.present.count(mapping) + this.huge.count(mapping);
  }

  private slot(mapping: number, page: number): number {
    return (page + this.shifts.get(mapping)) >>> HUGE_SHIFT;
  }
}

function protectWord(words: IntMap, key: number, isClean: boolean): boolean {
  const word = words.get(key);
  const kind = translationKind(word);
  if (kind === Translation.Writable) {
    words.set(key, word - Translation.Writable + Translation.ReadOnly);
  } else if (kind === Translation.CachedWritable) {
    const left = isClean ? Translation.Cached : Translation.CachedDirty;
    words.set(key, word - Translation.CachedWritable + left);
  } else if (kind === Translation.CachedDirty && isClean) {
    words.set(key, word - Translation.CachedDirty + Translation.Cached);
    return false;
  } else if (kind === Translation.Private) {
    words.set(key, word - Translation.Private + Translation.PrivateReadOnly);
  } else return false;
  return true;
}

function clear(sets: PageSets, mapping: number): void {
  let at = sets.next(mapping, 0, PAGE_LIMIT);
  while (at !== NO_BIT) {
    sets.remove(mapping, at);
    at = sets.next(mapping, at + 1, PAGE_LIMIT);
  }
}

/** Answered when there is no such page. */
export const NO_PAGE = NO_BIT;
