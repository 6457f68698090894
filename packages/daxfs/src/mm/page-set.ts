/**
 * Many sparse sets of pages, as an arena: which pages of a mapping are present, which entries of an
 * inode are dirty.
 *
 *      level 5   one word: which parts of level 4 are not empty
 *        …
 *      level 1   one bit per word of level 0
 *      level 0   one bit per page, 32 to a word
 *
 * A word that is 0 takes no room, so a set costs what it holds and not what it spans; the next page
 * after a place is found in at most twice the levels, and an empty set answers at once.
 */
import { IntMap, NO_BIT } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

/** Pages are numbered below this: files and mappings up to 2 TiB. */
export const PAGE_LIMIT = 536870912; // 2^29
/** Inodes and mappings are numbered below this, so that (number, page) is one exact key. */
export const NUMBER_LIMIT = 16777216; // 2^24

const LEVELS = 6;
const WORDS_PER_SET = PAGE_LIMIT / 32;

/** One key for a page of an inode or of a mapping. */
export function pageKey(number: number, page: number): number {
  return number * PAGE_LIMIT + page;
}

export class PageSets {
  private readonly levels: readonly IntMap[];
  private readonly counts: IntMap;

  constructor(space: StateSpace, name: string) {
    const levels: IntMap[] = [];
    for (let level = 0; level < LEVELS; level += 1) {
      levels.push(new IntMap(space, `${name}.level${String(level)}`));
    }
    this.levels = levels;
    this.counts = new IntMap(space, `${name}.count`);
  }

  /** How many pages a set holds. */
  count(set: number): number {
    return this.counts.get(set);
  }

  has(set: number, page: number): boolean {
    return ((this.levels[0].get(set * WORDS_PER_SET + (page >>> 5)) >>> (page & 31)) & 1) !== 0;
  }

  /** Puts a page in; nothing changes if it is there. */
  add(set: number, page: number): void {
    let index = page;
    for (let level = 0; level < LEVELS; level += 1) {
      const key = set * WORDS_PER_SET + (index >>> 5);
      const word = this.levels[level].get(key);
      const bit = 1 << (index & 31);
      if ((word & bit) !== 0) {
        if (level === 0) return;
        break;
      }
      this.levels[level].set(key, word | bit);
      // A word that had bits is already known one level up.
      if (word !== 0) break;
      index >>>= 5;
    }
    this.counts.add(set, 1);
  }

  /** Takes a page out; nothing changes if it is not there. */
  remove(set: number, page: number): void {
    let index = page;
    for (let level = 0; level < LEVELS; level += 1) {
      const key = set * WORDS_PER_SET + (index >>> 5);
      const word = this.levels[level].get(key);
      const bit = 1 << (index & 31);
      if ((word & bit) === 0) return;
      this.levels[level].set(key, word & ~bit);
      if (level === 0) this.counts.add(set, -1);
      if ((word & ~bit) !== 0) return;
      index >>>= 5;
    }
  }

  /** The first page of the set in `from` … `limit − 1`, or NO_BIT. */
  next(set: number, from: number, limit: number): number {
    if (from >= limit || this.counts.get(set) === 0) return NO_BIT;
    let index = from;
    for (let level = 0; level < LEVELS; level += 1) {
      const above = index >>> 5;
      const word = this.levels[level].get(set * WORDS_PER_SET + above);
      const bits = word & (-1 << (index & 31));
      if (bits !== 0) {
        const found = this.descend(set, level, above * 32 + lowestBit(bits));
        return found < limit ? found : NO_BIT;
      }
      index = above + 1;
      if (level + 1 < LEVELS && index >= WORDS_PER_SET >>> (5 * level)) return NO_BIT;
    }
    return NO_BIT;
  }

  /** The last page of the set in 0 … `from`, or NO_BIT. */
  previous(set: number, from: number): number {
    if (from < 0 || this.counts.get(set) === 0) return NO_BIT;
    let index = from;
    for (let level = 0; level < LEVELS; level += 1) {
      const above = index >>> 5;
      const word = this.levels[level].get(set * WORDS_PER_SET + above);
      const bits = word & (-1 >>> (31 - (index & 31)));
      if (bits !== 0) return this.descendLast(set, level, above * 32 + highestBit(bits));
      if (above === 0) return NO_BIT;
      index = above - 1;
    }
    return NO_BIT;
  }

  private descendLast(set: number, level: number, at: number): number {
    let index = at;
    for (let below = level - 1; below >= 0; below -= 1) {
      const word = this.levels[below].get(set * WORDS_PER_SET + index);
      index = index * 32 + highestBit(word);
    }
    return index;
  }

  private descend(set: number, level: number, at: number): number {
    let index = at;
    for (let below = level - 1; below >= 0; below -= 1) {
      const word = this.levels[below].get(set * WORDS_PER_SET + index);
      index = index * 32 + lowestBit(word);
    }
    return index;
  }
}

function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
