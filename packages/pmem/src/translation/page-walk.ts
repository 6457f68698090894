/**
 * A walk through tables of pages, as one core makes it.
 *
 *   4 KiB:  root ─▶ 512 GiB ─▶ 1 GiB ─▶ 2 MiB ─▶ page          2 MiB, 1 GiB: one, two fewer
 *           └─ kept together: skipped if known ─┘  └ its line in the caches, or in memory
 *
 * Tables above the last are few and stay in the caches; those of the last level are many, and what
 * the caches hold of them is a number of lines.
 *
 * Left out: lines of tables that the device's own lines push out of the caches; walks that overlap.
 */
import type { ClockDomain } from '@daxsim/sim';
import { cycleTicks, spanTicks } from '../figure.js';
import { TagSets } from './tag-sets.js';
import type { WalkConfig } from './translation-config.js';

const PAGES_PER_TABLE = 512;
const ENTRIES_PER_LINE = 8;

export class PageWalk {
  /** Entries that the last walk referred to. */
  references = 0;
  private readonly upper: TagSets;
  private readonly lines: TagSets;
  private readonly aboveLast: number;
  private readonly nearTicks: number;
  private readonly farTicks: number;

  constructor(config: WalkConfig, pageKib: number, clock: ClockDomain) {
    this.upper = new TagSets(config.upperEntries.value, config.upperEntries.value);
    this.lines = new TagSets(config.tableLines.value, config.tableWays.value);
    this.aboveLast = LEVELS_ABOVE.get(pageKib) ?? 3;
    this.nearTicks = cycleTicks(config.nearCycles, clock);
    this.farTicks = spanTicks(config.farNs);
  }

  /** What finding `page` takes, ticks. */
  ticks(page: number): number {
    const isKnown = this.upper.touch(Math.floor(page / PAGES_PER_TABLE));
    const above = isKnown ? 0 : this.aboveLast;
    this.references = above + 1;
    const isNear = this.lines.touch(Math.floor(page / ENTRIES_PER_LINE));
    return above * this.nearTicks + (isNear ? this.nearTicks : this.farTicks);
  }

  forget(): void {
    this.upper.clear();
    this.lines.clear();
  }
}

const LEVELS_ABOVE: ReadonlyMap<number, number> = new Map([
  [4, 3],
  [2048, 2],
  [1_048_576, 1],
]);
