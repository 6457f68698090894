/**
 * The bytes of the device as every source sees them, kept only where somebody wrote them.
 *
 *   line ──▶ perhaps written? (one bit for two) ──▶ index (one word a line) ──▶ pool of lines, in
 *                                                                    the order of first writes
 *
 * A line that was never written reads as the fill. Keeping lines rather than pages makes random
 * traffic over a large device cost what it touches: with whole pages, one line in each page of 1
 * GiB fills 1 GiB of the host, and every request then waits for the host's own page tables. A load
 * asks the bits first, because those of 1 GiB stay in a cache of the host; a store needs the index
 * whatever they say and goes there at once. A first write goes to the end of the pool, which is
 * there already. Bits and index exist for groups of 128 pages with content.
 *
 * As an image over another memory, a page is copied whole from the origin when it is first touched,
 * because the origin may have to work out what survived.
 *
 * Each four-byte word is a cell of the state space under the key address / 4. Copying a page or
 * making room is not a change of state: only writes are reported.
 */
import { assert, type Arena, type StateSpace } from '@daxsim/sim';
import { KeptWords } from './kept-words.js';
import { LineBuffer, copyWide } from './line-buffer.js';
import { LinePool } from './line-pool.js';

/** Where the content of an untouched page comes from. */
export interface PageOrigin {
  /** Writes the page's 1024 words to `into`; false if the page is untouched there too. */
  copyPage(page: number, into: Int32Array): boolean;
  /** Page numbers with content, ascending. */
  touchedPages(): number[];
}

export const PAGE_BYTES = 4096;
export const LINES_PER_PAGE = 64;
export const WORDS_PER_PAGE = 1024;
export const WORDS_PER_LINE = 16;
// What is exported is looked up at each use, a constant of the module is folded into the code.
const LINE_WORDS = 16;
const GROUP_PAGE_SHIFT = 7;
const GROUP_PAGES = 128;
const FIRST_GROUPS = 2;
const GROUP_LINE_SHIFT = 13;
const GROUP_LINES = 8192;
/** A word of bits for each page of a group. */
const GROUP_BIT_SHIFT = 7;
/** Lines are indexed by 31-bit integers. */
const CAPACITY_MAX_BYTES = 137438953472;
/** Above the key of every word: keys under which a whole line is undone. */
const WHOLE_LINES = 1099511627776;

export class VisibleBytes implements Arena {
  readonly name = 'pmem bytes';
  private readonly id: number;
  private readonly root: Int32Array;
  /** By group of 128 pages; group 0 stays empty, so that an absent one needs no test. */
  private bits = new Int32Array(FIRST_GROUPS << GROUP_BIT_SHIFT);
  /** Place in the pool + 1; 0 for a line that is not kept. */
  private indexOf = new Int32Array(FIRST_GROUPS << GROUP_LINE_SHIFT);
  private groupCount = 1;
  readonly pool = new LinePool();
  private readonly undone: KeptWords;
  private readonly line = new LineBuffer();
  /** A line of the fill. */
  private readonly untouched = new LineBuffer();
  private readonly fetched = new Int32Array(WORDS_PER_PAGE);
  private readonly fillWord: number;

  constructor(
    private readonly space: StateSpace,
    readonly capacityBytes: number,
    readonly fillByte: number,
    private readonly origin: PageOrigin | null,
  ) {
    assert(
      capacityBytes > 0 && capacityBytes % PAGE_BYTES === 0 && capacityBytes <= CAPACITY_MAX_BYTES,
      'VisibleBytes: capacity is not a multiple of 4096 up to 128 GiB',
    );
    this.root = new Int32Array(Math.ceil(capacityBytes / PAGE_BYTES / GROUP_PAGES));
    this.fillWord = Math.imul(fillByte, 0x01010101);
    this.untouched.words.fill(this.fillWord);
    this.id = space.register(this);
    this.undone = new KeptWords(space);
  }

  /** Copies the sixteen words of `line` to `into[at…]`. */
  copyLine(line: number, into: Int32Array, at: number): void {
    if (this.space.watch !== null) this.noteRead(line);
    const kept = this.readable(line);
    if (kept >= 0) this.pool.copyOut(kept, into, at);
    else fillLine(into, at, this.fillWord);
  }

  /**
   * The first look of a load of `line`, for `copySeen`: between the two the host may be waiting for
   * its memory without keeping anybody. Only without an origin.
   */
  see(line: number): number {
    const group = this.root[line >>> GROUP_LINE_SHIFT];
    return this.bits[(group << GROUP_BIT_SHIFT) | ((line & (GROUP_LINES - 1)) >>> 6)];
  }

  /** Like `copyLine`; `seen` is what `see` answered, and nothing was written since. */
  copySeen(line: number, seen: number, into: LineBuffer): void {
    this.copyKept(line, this.placeSeen(line, seen), into);
  }

  /** Where the line is kept, or −1; `seen` is what `see` answered. */
  placeSeen(line: number, seen: number): number {
    return (seen & bitOf(line)) === 0 ? -1 : this.placeOf(line);
  }

  /** Like `copyLine`; `kept` is what `placeSeen` answered, and nothing was written since. */
  copyKept(line: number, kept: number, into: LineBuffer): void {
    if (this.space.watch !== null) this.noteRead(line);
    if (kept >= 0) this.pool.copyWideOut(kept, into.wide, 0);
    else copyWide(this.untouched.wide, 0, into.wide, 0);
  }

  /** Copies `count` words from word `first` on to `into[at…]`. */
  copyWords(first: number, into: Int32Array, at: number, count: number): void {
    const { pool, fillWord } = this;
    let done = 0;
    if (count === LINE_WORDS && (first & (LINE_WORDS - 1)) === 0) {
      this.copyLine(first / LINE_WORDS, into, at);
      return;
    }
    while (done < count) {
      const line = Math.floor((first + done) / LINE_WORDS);
      const from = (first + done) & (LINE_WORDS - 1);
      const end = Math.min(LINE_WORDS, from + count - done);
      if (this.space.watch !== null) this.noteRead(line);
      const kept = this.readable(line);
      for (let word = from; word < end; word += 1) {
        into[at + done] = kept >= 0 ? pool.word(kept, word) : fillWord;
        done += 1;
      }
    }
  }

  /** The word with index address / 4. */
  word(index: number): number {
    if (this.space.watch !== null) this.space.watch.read(this.id, index);
    const kept = this.readable(Math.floor(index / LINE_WORDS));
    return kept >= 0 ? this.pool.word(kept, index & (LINE_WORDS - 1)) : this.fillWord;
  }

  setWord(index: number, value: number): void {
    const kept = this.writable(Math.floor(index / LINE_WORDS));
    const word = index & (LINE_WORDS - 1);
    if (this.space.tracking) this.space.wrote(this.id, index, this.pool.word(kept, word), value);
    this.pool.setWord(kept, word, value);
  }

  /** Writes words [fromWord, toWord) of `line` from `words` (indexed within the line). */
  setWords(line: number, fromWord: number, toWord: number, words: Int32Array): void {
    const kept = this.writable(line);
    if (this.space.tracking && !this.space.isCellwise) this.keepLine(line, kept);
    else if (this.space.tracking) {
      const key = line * LINE_WORDS;
      for (let i = fromWord; i < toWord; i += 1) {
        this.space.wrote(this.id, key + i, this.pool.word(kept, i), words[i]);
      }
    }
    this.pool.copyIn(kept, fromWord, toWord, words);
  }

  /**
   * Writes a whole line, and leaves what it held at `old` in the pool; only while no cell must be
   * reported by itself. `kept` is the answer of `placeOf`.
   */
  exchangeLine(line: number, kept: number, now: LineBuffer, old: number): void {
    const { pool } = this;
    if (this.space.tracking) this.keepLine(line, kept);
    if (kept >= 0) {
      pool.exchange(kept, now.wide, old);
      return;
    }
    pool.replace(old, this.untouched.wide);
    if (isFill(now.words, this.fillWord)) return;
    pool.replace(this.place(line), now.wide);
  }

  /** The same, where what it held goes to `old`. */
  takeLine(line: number, kept: number, now: LineBuffer, old: LineBuffer): void {
    const from = kept >= 0 ? kept : this.place(line);
    if (kept < 0) this.pool.replace(from, this.untouched.wide);
    if (this.space.tracking) this.keepLine(line, from);
    this.pool.copyWideOut(from, old.wide, 0);
    this.pool.replace(from, now.wide);
  }

  /**
   * The same without looking at what the line held: it goes on at `other`, a place of the pool, and
   * its old one becomes the caller's.
   */
  moveLine(line: number, kept: number, now: LineBuffer, other: number): void {
    if (this.space.tracking) this.keepLine(line, kept);
    const group = this.root[line >>> GROUP_LINE_SHIFT];
    this.indexOf[(group << GROUP_LINE_SHIFT) | (line & (GROUP_LINES - 1))] = other + 1;
    this.pool.replace(other, now.wide);
  }

  /** Before a line changes that is undone as a whole; `kept` is where it is, or −1. */
  private keepLine(line: number, kept: number): void {
    const { words } = this.line;
    if (kept >= 0) this.pool.copyOut(kept, words, 0);
    else fillLine(words, 0, this.fillWord);
    const at = this.undone.keep(words, 0, LINE_WORDS);
    this.space.wrote(this.id, WHOLE_LINES + line, at, -1);
  }

  restore(key: number, value: number): void {
    if (key >= WHOLE_LINES) {
      this.undone.putBack(value, this.line.words, 0);
      this.pool.replace(this.writable(key - WHOLE_LINES), this.line.wide);
      return;
    }
    const kept = this.writable(Math.floor(key / LINE_WORDS));
    this.pool.setWord(kept, key & (LINE_WORDS - 1), value);
  }

  /** Numbers of the pages that hold content, ascending; with an origin, its pages too. */
  touchedPages(): number[] {
    const pages: number[] = [];
    for (let group = 0; group < this.root.length; group += 1) {
      if (this.root[group] === 0) continue;
      for (let page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page += 1) {
        if (this.isTouched(page)) pages.push(page);
      }
    }
    if (this.origin === null) return pages;
    return [...new Set([...pages, ...this.origin.touchedPages()])].sort((a, b) => a - b);
  }

  /** True if the page holds content, of its own or of the origin. */
  hasPage(page: number): boolean {
    if (this.isTouched(page)) return true;
    return this.origin !== null && this.fetch(page, this.origin);
  }

  private isTouched(page: number): boolean {
    const group = this.root[page >>> GROUP_PAGE_SHIFT];
    return this.bits[(group << GROUP_BIT_SHIFT) | (page & (GROUP_PAGES - 1))] !== 0;
  }

  /** Where the line is kept, or −1. */
  private kept(line: number): number {
    const group = this.root[line >>> GROUP_LINE_SHIFT];
    const inGroup = line & (GROUP_LINES - 1);
    const bits = this.bits[(group << GROUP_BIT_SHIFT) | (inGroup >>> 6)];
    if ((bits & bitOf(line)) === 0) return -1;
    return this.indexOf[(group << GROUP_LINE_SHIFT) | inGroup] - 1;
  }

  /** Where a line is kept that is to be written, or −1; looks it up without asking the bits. */
  placeOf(line: number): number {
    if (this.origin !== null) return this.readable(line);
    const group = this.root[line >>> GROUP_LINE_SHIFT];
    return this.indexOf[(group << GROUP_LINE_SHIFT) | (line & (GROUP_LINES - 1))] - 1;
  }

  private readable(line: number): number {
    const kept = this.kept(line);
    if (kept >= 0 || this.origin === null) return kept;
    const page = line >>> 6;
    if (this.isTouched(page)) return -1;
    return this.fetch(page, this.origin) ? this.kept(line) : -1;
  }

  private writable(line: number): number {
    let kept = this.readable(line);
    if (kept >= 0) return kept;
    assert(line >= 0 && line * 64 < this.capacityBytes, 'VisibleBytes: address outside');
    kept = this.place(line);
    this.pool.fill(kept, this.fillWord);
    return kept;
  }

  /** Copies the whole page from the origin; false if it is untouched there. */
  private fetch(page: number, origin: PageOrigin): boolean {
    if (!origin.copyPage(page, this.fetched)) return false;
    for (let i = 0; i < LINES_PER_PAGE; i += 1) {
      const kept = this.place(page * LINES_PER_PAGE + i);
      for (let word = 0; word < LINE_WORDS; word += 1) {
        this.pool.setWord(kept, word, this.fetched[i * LINE_WORDS + word]);
      }
    }
    return true;
  }

  /** Gives a line that has none a place at the end of the pool. */
  private place(line: number): number {
    const rootIndex = line >>> GROUP_LINE_SHIFT;
    if (this.root[rootIndex] === 0) this.addGroup(rootIndex);
    const group = this.root[rootIndex];
    const inGroup = line & (GROUP_LINES - 1);
    const kept = this.pool.take();
    this.bits[(group << GROUP_BIT_SHIFT) | (inGroup >>> 6)] |= bitOf(line);
    this.indexOf[(group << GROUP_LINE_SHIFT) | inGroup] = kept + 1;
    return kept;
  }

  private addGroup(rootIndex: number): void {
    if (this.groupCount << GROUP_LINE_SHIFT === this.indexOf.length) {
      const bits = new Int32Array(this.bits.length * 2);
      const indexOf = new Int32Array(this.indexOf.length * 2);
      bits.set(this.bits);
      indexOf.set(this.indexOf);
      this.bits = bits;
      this.indexOf = indexOf;
    }
    this.root[rootIndex] = this.groupCount;
    this.groupCount += 1;
  }

  private noteRead(line: number): void {
    const key = line * LINE_WORDS;
    for (let i = 0; i < LINE_WORDS; i += 1) this.space.watch?.read(this.id, key + i);
  }
}

/** In the word of its page: one bit for two lines. */
function bitOf(line: number): number {
  return 1 << ((line >>> 1) & 31);
}

/** Whether a line holds what an untouched one reads as; then it may stay one. */
function isFill(words: Int32Array, fillWord: number): boolean {
  for (let i = 0; i < LINE_WORDS; i += 1) if (words[i] !== fillWord) return false;
  return true;
}

function fillLine(into: Int32Array, at: number, word: number): void {
  for (let i = at; i < at + LINE_WORDS; i += 4) {
    into[i] = word;
    into[i + 1] = word;
    into[i + 2] = word;
    into[i + 3] = word;
  }
}
