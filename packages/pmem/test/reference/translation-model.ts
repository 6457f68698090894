/**
 * Reference: where pages are, as lists of what each core knows, and a set of what the host mapped.
 */
import type { MachineConfig } from '../../src/config.js';
import { LineOp } from '../../src/memory.js';

type Config = NonNullable<MachineConfig['cpu']['translation']>;
type Window = NonNullable<MachineConfig['window']>;
type Walk = Pick<Window, 'upperEntries' | 'tableLines' | 'tableWays' | 'nearCycles' | 'farNs'>;

/** What was used lately: sets of so many, the oldest is forgotten. */
class Known {
  private readonly sets = new Map<number, number[]>();

  constructor(
    private readonly entries: number,
    private readonly ways: number,
  ) {}

  use(what: number): boolean {
    const place = what % (this.entries / this.ways);
    const before = this.sets.get(place) ?? [];
    const others = before.filter((other) => other !== what);
    this.sets.set(place, [what, ...others].slice(0, this.ways));
    return others.length < before.length;
  }
}

class Tables {
  private readonly upper: Known;
  private readonly lines: Known;

  constructor(
    private readonly walk: Walk,
    private readonly kib: number,
    private readonly cycle: number,
  ) {
    this.upper = new Known(walk.upperEntries.value, walk.upperEntries.value);
    this.lines = new Known(walk.tableLines.value, walk.tableWays.value);
  }

  /** References to tables, and how long they take. */
  find(page: number): { references: number; ticks: number } {
    const near = this.walk.nearCycles.value * this.cycle;
    const skipped = this.upper.use(Math.floor(page / 512));
    const upper = skipped ? 0 : { 4: 3, 2048: 2, 1048576: 1 }[this.kib]!;
    const last = this.lines.use(Math.floor(page / 8)) ? near : this.walk.farNs.value * 1000;
    return { references: upper + 1, ticks: upper * near + Math.round(last) };
  }
}

export class TranslationModel {
  private readonly cores: { first: Known; second: Known; guest: Tables }[];
  private readonly hosts: { places: Known; host: Tables }[] = [];
  private readonly mapped = new Set<number>();
  private readonly kib: number;

  constructor(
    private readonly config: Config,
    private readonly window: Window | undefined,
    cores: number,
    private readonly cycle: number,
  ) {
    this.kib = config.pageKib.value;
    const size = config.sizes.find((one) => one.kib === this.kib)!;
    const each = Array.from({ length: cores });
    this.cores = each.map(() => ({
      first: new Known(size.firstEntries.value, size.firstWays.value),
      second: new Known(size.secondEntries.value, size.secondWays.value),
      guest: new Tables(config, this.kib, cycle),
    }));
    if (window === undefined) return;
    this.hosts = each.map(() => ({
      places: new Known(window.entries.value, window.ways.value),
      host: new Tables(window, window.pageKib.value, cycle),
    }));
  }

  ticks(core: number, op: number, line: number): number {
    if (op === LineOp.Sfence || op === LineOp.Mfence) return 0;
    const { window, config } = this;
    const { first, second, guest } = this.cores[core];
    const least = Math.min(this.kib, window?.pageKib.value ?? this.kib);
    const tag = Math.floor(line / (least * 16));
    if (first.use(tag)) return 0;
    const ticks = config.secondCycles.value * this.cycle;
    if (second.use(tag)) return ticks;
    const found = guest.find(Math.floor(line / (this.kib * 16)));
    return ticks + found.ticks + this.hostTicks(core, line, found.references);
  }

  private hostTicks(core: number, line: number, references: number): number {
    const { window } = this;
    if (window === undefined) return 0;
    const { places, host } = this.hosts[core];
    const page = Math.floor(line / (window.pageKib.value * 16));
    let ticks = references * window.referenceCycles.value * this.cycle;
    if (!places.use(page)) ticks += host.find(page).ticks;
    if (!this.mapped.has(page)) ticks += Math.round(window.mapNs.value * 1000);
    this.mapped.add(page);
    return ticks;
  }
}

/** Null for a machine on which it takes no time. */
export function translationOf(
  { cpu, window }: MachineConfig,
  cores: number,
  cycle: number,
): TranslationModel | null {
  const { translation } = cpu;
  if (translation === undefined || translation.pageKib.value === 0) return null;
  return new TranslationModel(translation, window, cores, cycle);
}
