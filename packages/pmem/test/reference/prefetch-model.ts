/**
 * Reference: what a core brings before it is asked for. Rules look at each access and name lines;
 * each line that is not near takes a ticket until it is there, and keeps one back for what it may
 * push out.
 */
import type { MachineConfig } from '../../src/config.js';
import { LineOp } from '../../src/memory.js';
import type { Target } from './cache-model.js';
import type { Place } from './coherence-model.js';
import type { SharedCaches } from './journey-model.js';
import { Signal } from './kernel.js';

type Config = NonNullable<MachineConfig['cpu']['prefetch']>;

/** A line on its way to a core that did not ask for it yet. */
export interface Ahead {
  readonly line: number;
  /** How many lines its core had sent for before. */
  readonly use: number;
  isDone: boolean;
  readonly over: Signal;
}

/** How lines and what they push out get where they go; each says when it is over. */
export interface Ways {
  /** Lines that the core has sent for so far, this one among them. */
  use(core: number): number;
  bring(core: number, line: number, place: Place, rank: number, over: () => void): void;
  takeAway(core: number, line: number, rank: number, over: () => void): void;
}

/** A page that a core goes through. */
interface Page {
  readonly number: number;
  offset: number;
  way: number;
  steps: number;
  /** How far lines were brought. */
  ahead: number;
}

interface CoreState {
  /** Most recent first. */
  pages: Page[];
  loaded: number;
  readonly lines: Set<Ahead>;
  leaving: number;
}

export class PrefetchModel {
  private readonly cores: CoreState[];
  private rank = 0;

  constructor(
    cores: number,
    private readonly config: Config,
    private readonly caches: Pick<SharedCaches, 'fetchAhead'>,
    private readonly ways: Ways,
  ) {
    this.cores = Array.from({ length: cores }, () => ({
      pages: [],
      loaded: -2,
      lines: new Set<Ahead>(),
      leaving: 0,
    }));
  }

  /** `core` made an access whose line was in `place`. */
  observe(core: number, op: number, line: number, place: Place, rank: number): void {
    const { config } = this;
    if (op === LineOp.Atomic) return;
    this.rank = rank;
    if (op !== LineOp.Store) {
      const { loaded } = this.cores[core];
      this.cores[core].loaded = line;
      const isNext = config.nextLine.value && loaded === line - 1;
      if (isNext && line % 64 < 63) this.bring(core, line + 1, 'l1');
    }
    if (place === 'l1') return;
    const partner = line % 2 === 0 ? line + 1 : line - 1;
    if (config.pairs.value && place !== 'l2') this.bring(core, partner, 'l2');
    if (config.streams.value > 0) this.stream(core, line);
  }

  /** The line of `core` that is under way, the latest. */
  underWay(core: number, line: number): Ahead | undefined {
    const found = [...this.cores[core].lines].filter((ahead) => ahead.line === line);
    return found.toSorted((a, b) => b.use - a.use)[0];
  }

  private stream(core: number, line: number): void {
    const { config } = this;
    const page = this.page(core, line);
    if (page.steps < config.startSteps.value) return;
    for (let asked = 0; asked < config.perAccess.value; asked += 1) {
      const next = page.ahead + page.way;
      const distance = (next - page.offset) * page.way;
      if (next < 0 || next > 63 || distance > config.distanceLines.value) return;
      const isFar = this.taken(core) >= config.nearSlots.value;
      if (!this.bring(core, page.number * 64 + next, isFar ? 'llc' : 'l2')) return;
      page.ahead = next;
    }
  }

  /** The page of the line, moved on to it. */
  private page(core: number, line: number): Page {
    const state = this.cores[core];
    const offset = line % 64;
    const number = (line - offset) / 64;
    const fresh = { number, offset, way: 0, steps: 0, ahead: offset };
    const page = state.pages.find((known) => known.number === number) ?? fresh;
    const others = state.pages.filter((known) => known !== page);
    state.pages = [page, ...others].slice(0, this.config.streams.value);
    const way = Math.sign(offset - page.offset);
    if (way === 0) return page;
    page.steps = way === page.way ? page.steps + 1 : 1;
    const isBehind = way === page.way && (page.ahead - offset) * way >= 0;
    if (!isBehind) page.ahead = offset;
    page.way = way;
    page.offset = offset;
    return page;
  }

  private taken(core: number): number {
    return this.cores[core].lines.size + this.cores[core].leaving;
  }

  /** False if too much is under way. */
  private bring(core: number, line: number, target: Target): boolean {
    const state = this.cores[core];
    if (this.taken(core) + 2 > this.config.slots.value) return false;
    const { place, evicted } = this.caches.fetchAhead(core, line, target);
    if (place === 'near') return true;
    this.rank += 1 / 64;
    if (evicted >= 0) {
      state.leaving += 1;
      this.ways.takeAway(core, evicted, this.rank - 1 / 128, () => {
        state.leaving -= 1;
      });
    }
    const ahead = { line, use: this.ways.use(core), isDone: false, over: new Signal() };
    state.lines.add(ahead);
    this.ways.bring(core, line, place, this.rank, () => {
      state.lines.delete(ahead);
      ahead.isDone = true;
      ahead.over.fire();
    });
    return true;
  }
}
