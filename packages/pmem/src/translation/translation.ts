/**
 * What a core needs before it can ask for a line: where the line's page is.
 *
 *   page ─▶ first TLB ─▶ second TLB ─▶ walk of the tables ─▶ behind a window: the host's tables
 *            nothing      some cycles    a few references       a second walk, or an exit
 *
 * An access waits for its translation and then goes on as ever; caches see accesses in the order in
 * which they are made. Behind a window a TLB holds pages of the smaller of the two sizes. When the
 * host takes something back, cores forget all that they knew.
 *
 * Left out: several sizes of pages at once; walks for accesses that the core makes ahead of its own
 * order; the TLB of another thread of the core.
 */
import { defineStats, type ClockDomain, type StatsOf } from '@daxsim/sim';
import { cycleTicks } from '../figure.js';
import { PageWalk } from './page-walk.js';
import { SecondLevel } from './second-level.js';
import { TagSets } from './tag-sets.js';
import type { PageSize, TranslationConfig, WindowConfig } from './translation-config.js';

const LINES_PER_KIB = 16;

const declarations = {
  tlbLookups: ['count', 'Lines whose page was looked for.'],
  tlbSecondHits: ['count', 'Of these, in the second TLB alone.'],
  pageWalks: ['count', 'In neither.'],
  hostMaps: ['count', 'Pages that a host put behind a window when they were used.'],
  translationTicks: ['ticks', 'Time that translation took.'],
} as const;
export const translationStats = defineStats(declarations);

export class Translation {
  readonly stats: StatsOf<typeof declarations> = translationStats.create();
  private readonly first: TagSets[];
  private readonly second: TagSets[];
  private readonly walks: PageWalk[];
  private readonly pageLines: number;
  private readonly tlbLines: number;
  private readonly secondTicks: number;

  constructor(
    config: TranslationConfig,
    size: PageSize,
    private readonly host: SecondLevel | null,
    sources: number,
    clock: ClockDomain,
  ) {
    const cores = Array.from({ length: sources });
    this.first = cores.map(() => new TagSets(size.firstEntries.value, size.firstWays.value));
    this.second = cores.map(() => new TagSets(size.secondEntries.value, size.secondWays.value));
    this.walks = cores.map(() => new PageWalk(config, size.kib, clock));
    this.pageLines = size.kib * LINES_PER_KIB;
    this.tlbLines = Math.min(this.pageLines, host?.pageLines ?? this.pageLines);
    this.secondTicks = cycleTicks(config.secondCycles, clock);
  }

  /** How long core `source` waits for the translation of `line`, ticks. */
  ticks(source: number, line: number): number {
    const { stats } = this;
    stats.tlbLookups += 1;
    const tag = Math.floor(line / this.tlbLines);
    if (this.first[source].touch(tag)) return 0;
    let ticks = this.secondTicks;
    if (this.second[source].touch(tag)) stats.tlbSecondHits += 1;
    else ticks += this.walk(source, line);
    stats.translationTicks += ticks;
    return ticks;
  }

  /** The host took what is behind a line's page. */
  unmap(line: number): void {
    if (this.host === null || !this.host.unmap(line)) return;
    for (const tlb of this.first) tlb.clear();
    for (const tlb of this.second) tlb.clear();
  }

  private walk(source: number, line: number): number {
    const walk = this.walks[source];
    this.stats.pageWalks += 1;
    const ticks = walk.ticks(Math.floor(line / this.pageLines));
    if (this.host === null) return ticks;
    const hosts = this.host.ticks(source, line, walk.references);
    this.stats.hostMaps = this.host.maps;
    return ticks + hosts;
  }
}

/** The translation of a machine; null if it takes no time. */
export function buildTranslation(
  config: TranslationConfig | undefined,
  window: WindowConfig | undefined,
  lines: number,
  sources: number,
  clock: ClockDomain,
): Translation | null {
  const size = config?.sizes.find(({ kib }) => kib === config.pageKib.value);
  if (config === undefined || size === undefined) return null;
  const host = window === undefined ? null : new SecondLevel(window, lines, sources, clock);
  return new Translation(config, size, host, sources, clock);
}
