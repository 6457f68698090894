/**
 * The page cache: pages of files in ordinary memory, in folios of one or more pages.
 *
 *      absent ─add▶ filling ─filled▶ clean ─write▶ dirty ─claim▶ writeback ─end▶ clean
 *                                      └── reclaim, truncation, invalidation ──▶ absent
 *
 * A folio begins at a multiple of its size, so a page and its folio's order say where it begins.
 * Pages are dirty one by one; what a write to a part of a folio makes dirty is for the steps to
 * say. A *mark* on a folio says that whoever comes to it should read ahead (PG_readahead). Folios
 * stand in the order of their last use, for reclaim.
 *
 * The lock of a folio is a lock like any other and not here. What fills a folio is a task, and
 * others wait for it.
 */
import { IntLists, IntMap, NO_ID, NumberColumn } from '@daxsim/sim';
import { PageBytes } from './page-bytes.js';
import { PAGE_LIMIT, PageSets, pageKey } from './page-set.js';
import { NO_PAGE } from './page-table.js';
import type { StateSpace } from '@daxsim/sim';

/** Orders that fit beside a slot in a word. */
const ORDERS = 16;
/** The list of folios in order of use. */
const BY_USE = 0;

export class PageCache {
  readonly bytes: PageBytes;
  /** (slot + 1) · 16 + order of each page. */
  private readonly words: IntMap;
  private readonly present: PageSets;
  private readonly dirty: PageSets;
  private readonly marked: PageSets;
  private readonly filling: PageSets;
  /** Task + 1 that fills a folio, by its first page. */
  private readonly fillers: IntMap;
  private readonly writeback: PageSets;
  /** Pages whose bytes are on their way to a server, as a copy or as they are. */
  private readonly sent: PageSets;
  private readonly byUse: IntLists;
  /** Key of the page in a slot, plus 1. */
  private readonly keys: NumberColumn;
  /** Running operations that use a page, by its key. */
  private readonly users: IntMap;
  /** Cell 0: pages cached, cell 1: of those dirty; cell 2: pages on their way to a server. */
  private readonly totals: NumberColumn;

  constructor(space: StateSpace) {
    this.bytes = new PageBytes(space, 'mm.cache.bytes');
    this.words = new IntMap(space, 'mm.cache.words');
    this.present = new PageSets(space, 'mm.cache.present');
    this.dirty = new PageSets(space, 'mm.cache.dirty');
    this.marked = new PageSets(space, 'mm.cache.marked');
    this.filling = new PageSets(space, 'mm.cache.filling');
    this.fillers = new IntMap(space, 'mm.cache.fillers');
    this.writeback = new PageSets(space, 'mm.cache.writeback');
    this.sent = new PageSets(space, 'mm.cache.sent');
    this.byUse = new IntLists(space, 'mm.cache.byUse');
    this.keys = new NumberColumn(space, 'mm.cache.keys');
    this.users = new IntMap(space, 'mm.cache.users');
    this.totals = new NumberColumn(space, 'mm.cache.totals');
  }

  /** Pages cached, of all files. */
  get pages(): number {
    return this.totals.get(0);
  }

  get dirtyPages(): number {
    return this.totals.get(1);
  }

  /** Pages on their way to a server. */
  get sentPages(): number {
    return this.totals.get(2);
  }

  has(inode: number, page: number): boolean {
    return this.words.has(pageKey(inode, page));
  }

  /** Slot of a cached page, or NO_PAGE. */
  slot(inode: number, page: number): number {
    const word = this.words.get(pageKey(inode, page));
    return word === 0 ? NO_PAGE : Math.floor(word / ORDERS) - 1;
  }

  order(inode: number, page: number): number {
    return this.words.get(pageKey(inode, page)) % ORDERS;
  }

  /** First page of the folio of a page; of an absent one, itself. */
  head(inode: number, page: number): number {
    return page - (page % (1 << this.order(inode, page)));
  }

  /** One past the last page of the folio of a page. */
  behind(inode: number, page: number): number {
    return this.head(inode, page) + (1 << this.order(inode, page));
  }

  /** Whether a page is there and holds what the file does. */
  isReady(inode: number, page: number): boolean {
    return this.has(inode, page) && !this.filling.has(inode, this.head(inode, page));
  }

  /** Whether any page of [first, first + count) is cached. */
  hasAny(inode: number, first: number, count: number): boolean {
    return this.present.next(inode, first, first + count) !== NO_PAGE;
  }

  /** First cached page of [from, limit), or NO_PAGE. */
  next(inode: number, from: number, limit: number): number {
    return this.present.next(inode, from, limit);
  }

  count(inode: number): number {
    return this.present.count(inode);
  }

  /** Pages of the file that were cached without a gap before `page`, at most `most`. */
  historyBefore(inode: number, page: number, most: number): number {
    let count = 0;
    while (count < most && page - count > 0 && this.has(inode, page - count - 1)) count += 1;
    return count;
  }

  /** Adds a folio of zeros that `task` is to fill. None of its pages may be cached. */
  add(inode: number, head: number, order: number, task: number): void {
    const pages = 1 << order;
    for (let page = head; page < head + pages; page += 1) {
      const slot = this.bytes.take();
      const key = pageKey(inode, page);
      this.words.set(key, (slot + 1) * ORDERS + order);
      this.keys.set(slot, key + 1);
      this.present.add(inode, page);
      if (page === head) this.byUse.push(BY_USE, slot);
    }
    this.totals.add(0, pages);
    this.filling.add(inode, head);
    this.fillers.set(pageKey(inode, head), task + 1);
  }

  /** The next folio in [from, limit) that `task` is to fill, or NO_PAGE. */
  nextToFill(inode: number, from: number, limit: number, task: number): number {
    let head = this.filling.next(inode, from, limit);
    while (head !== NO_PAGE && this.fillers.get(pageKey(inode, head)) !== task + 1) {
      head = this.filling.next(inode, head + 1, limit);
    }
    return head;
  }

  isFilling(inode: number, page: number): boolean {
    return this.filling.has(inode, this.head(inode, page));
  }

  /** The folio that begins at `head` holds what the file does. */
  filled(inode: number, head: number): void {
    this.filling.remove(inode, head);
    this.fillers.delete(pageKey(inode, head));
  }

  /** An operation uses the page of a key, whatever becomes of its folio. */
  use(key: number): void {
    this.users.add(key, 1);
  }

  endUse(key: number): void {
    this.users.add(key, -1);
  }

  /** Whether a running operation uses a page, or a pin holds its memory. */
  isUsed(inode: number, page: number): boolean {
    const key = pageKey(inode, page);
    const slot = this.slot(inode, page);
    return this.users.has(key) || (slot !== NO_PAGE && this.bytes.holdersOf(slot) > 1);
  }

  /** Notes a use, for reclaim. */
  touch(inode: number, page: number): void {
    const slot = this.slot(inode, this.head(inode, page));
    if (this.byUse.last(BY_USE) === slot) return;
    this.byUse.remove(BY_USE, slot);
    this.byUse.push(BY_USE, slot);
  }

  isDirty(inode: number, page: number): boolean {
    return this.dirty.has(inode, page);
  }

  markDirty(inode: number, page: number): void {
    if (this.dirty.has(inode, page)) return;
    this.dirty.add(inode, page);
    this.totals.add(1, 1);
  }

  clearDirty(inode: number, page: number): void {
    if (!this.dirty.has(inode, page)) return;
    this.dirty.remove(inode, page);
    this.totals.add(1, -1);
  }

  /** First dirty page of [from, limit), or NO_PAGE. */
  nextDirty(inode: number, from: number, limit: number): number {
    return this.dirty.next(inode, from, limit);
  }

  dirtyCount(inode: number): number {
    return this.dirty.count(inode);
  }

  /** Whether the folio of a page has a dirty page. */
  isFolioDirty(inode: number, page: number): boolean {
    return this.dirty.next(inode, this.head(inode, page), this.behind(inode, page)) !== NO_PAGE;
  }

  setWriteback(inode: number, page: number): void {
    this.writeback.add(inode, page);
  }

  clearWriteback(inode: number, page: number): void {
    this.writeback.remove(inode, page);
  }

  /** First page of [from, limit) that is being written back, or NO_PAGE. */
  nextWriteback(inode: number, from: number, limit: number): number {
    return this.writeback.next(inode, from, limit);
  }

  setSent(inode: number, page: number): void {
    if (this.sent.has(inode, page)) return;
    this.sent.add(inode, page);
    this.totals.add(2, 1);
  }

  clearSent(inode: number, page: number): void {
    if (!this.sent.has(inode, page)) return;
    this.sent.remove(inode, page);
    this.totals.add(2, -1);
  }

  /** First page of [from, limit), cached or not, that is on its way to a server, or NO_PAGE. */
  nextSent(inode: number, from: number, limit: number): number {
    return this.sent.next(inode, from, limit);
  }

  isMarked(inode: number, page: number): boolean {
    return this.marked.has(inode, this.head(inode, page));
  }

  mark(inode: number, page: number): void {
    this.marked.add(inode, this.head(inode, page));
  }

  unmark(inode: number, page: number): void {
    this.marked.remove(inode, this.head(inode, page));
  }

  /** Removes the folio of a page, dirty or not; pins keep the memory of its pages. */
  remove(inode: number, page: number): void {
    const head = this.head(inode, page);
    const pages = 1 << this.order(inode, page);
    this.marked.remove(inode, head);
    this.filled(inode, head);
    for (let at = head; at < head + pages; at += 1) {
      const slot = this.slot(inode, at);
      if (at === head) this.byUse.remove(BY_USE, slot);
      this.clearDirty(inode, at);
      this.writeback.remove(inode, at);
      this.present.remove(inode, at);
      this.words.delete(pageKey(inode, at));
      this.keys.set(slot, 0);
      this.bytes.release(slot);
    }
    this.totals.add(0, -pages);
  }

  /** Splits a folio into single pages, which keep their bytes. */
  split(inode: number, page: number): void {
    const head = this.head(inode, page);
    const behind = this.behind(inode, page);
    for (let at = head; at < behind; at += 1) {
      const slot = this.slot(inode, at);
      this.words.set(pageKey(inode, at), (slot + 1) * ORDERS);
      if (at > head) this.byUse.push(BY_USE, slot);
    }
  }

  /** The folio used longest ago as key of its first page, or −1; `afterKey` goes on from there. */
  leastUsed(afterKey: number): number {
    const slot =
      afterKey < 0
        ? this.byUse.first(BY_USE)
        : this.byUse.next(this.slot(Math.floor(afterKey / PAGE_LIMIT), afterKey % PAGE_LIMIT));
    return slot === NO_ID ? -1 : this.keys.get(slot) - 1;
  }
}
