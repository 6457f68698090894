/**
 * The host's side of a window: where it has the pages that a guest uses, and whether it has put one
 * there yet.
 *
 *   guest's page ─▶ host's page known? ─▶ walk of the host's tables ─▶ mapped? ─▶ done
 *                                                                        └▶ no: exit to the host
 *
 * That there is something behind a page is another matter (`faults/`): what was taken away ends the
 * access before it comes here, and what is given back is mapped anew.
 *
 * Left out: what exits of several guests cost each other.
 */
import type { ClockDomain } from '@daxsim/sim';
import { cycleTicks, spanTicks } from '../figure.js';
import { PageWalk } from './page-walk.js';
import { TagSets } from './tag-sets.js';
import type { WindowConfig } from './translation-config.js';

const LINES_PER_KIB = 16;

export class SecondLevel {
  /** Pages that the host put behind the window. */
  maps = 0;
  readonly pageLines: number;
  private readonly places: TagSets[];
  private readonly walks: PageWalk[];
  private readonly isMapped: Uint8Array;
  private readonly referenceTicks: number;
  private readonly mapTicks: number;

  constructor(config: WindowConfig, lines: number, sources: number, clock: ClockDomain) {
    const { entries, ways, pageKib } = config;
    this.pageLines = pageKib.value * LINES_PER_KIB;
    const cores = Array.from({ length: sources });
    this.places = cores.map(() => new TagSets(entries.value, ways.value));
    this.walks = cores.map(() => new PageWalk(config, pageKib.value, clock));
    this.isMapped = new Uint8Array(Math.ceil(lines / this.pageLines));
    this.referenceTicks = cycleTicks(config.referenceCycles, clock);
    this.mapTicks = spanTicks(config.mapNs);
  }

  /** What the host's side of a walk takes that referred to `references` tables of the guest's. */
  ticks(source: number, line: number, references: number): number {
    const page = Math.floor(line / this.pageLines);
    let ticks = references * this.referenceTicks;
    if (!this.places[source].touch(page)) ticks += this.walks[source].ticks(page);
    if (this.isMapped[page] === 0) {
      this.isMapped[page] = 1;
      this.maps += 1;
      ticks += this.mapTicks;
    }
    return ticks;
  }

  /** The host takes what is behind a line's page; false: it had put nothing there. */
  unmap(line: number): boolean {
    const page = Math.floor(line / this.pageLines);
    if (this.isMapped[page] === 0) return false;
    this.isMapped[page] = 0;
    for (const places of this.places) places.clear();
    for (const walk of this.walks) walk.forget();
    return true;
  }
}
