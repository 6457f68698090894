/** Reference: caches as lists of lines, newest first; a line is in one list at a time. */
import type { MachineConfig } from '../../src/config.js';
import type { Place, Used } from './coherence-model.js';

/** Where a prefetch puts its line. */
export type Target = 'l1' | 'l2' | 'llc';

type CacheConfig = NonNullable<MachineConfig['cpu']['caches']>;

interface Line {
  readonly line: number;
  isDirty: boolean;
}

class SetModel {
  private readonly sets: Line[][];

  constructor(
    lines: number,
    private readonly ways: number,
  ) {
    this.sets = Array.from({ length: lines / ways }, () => []);
  }

  find(line: number): Line | undefined {
    return this.sets[line % this.sets.length].find((found) => found.line === line);
  }

  take(line: number): Line | undefined {
    const set = this.sets[line % this.sets.length];
    const at = set.findIndex((found) => found.line === line);
    return at < 0 ? undefined : set.splice(at, 1)[0];
  }

  /** Puts a line in front; answers the one that falls out. */
  put(line: Line): Line | undefined {
    const set = this.sets[line.line % this.sets.length];
    set.unshift(line);
    return set.length > this.ways ? set.pop() : undefined;
  }
}

export class CacheModel {
  private readonly cores: { l1: SetModel; l2: SetModel }[];
  private readonly llc: SetModel;

  constructor(cores: number, config: CacheConfig) {
    const build = (cache: CacheConfig['l1']): SetModel =>
      new SetModel(cache.capacityKib.value * 16, cache.ways.value);
    this.cores = Array.from({ length: cores }, () => ({
      l1: build(config.l1),
      l2: build(config.l2),
    }));
    this.llc = build(config.llc);
  }

  use(core: number, line: number, writes: boolean): Used {
    const { place, found } = this.takeFrom(core, line);
    const fallen = this.cores[core].l1.put({ line, isDirty: writes || (found?.isDirty ?? false) });
    const lower = fallen === undefined ? undefined : this.cores[core].l2.put(fallen);
    const out = lower === undefined ? undefined : this.llc.put(lower);
    return { place, evicted: out?.isDirty === true ? [out.line] : [], isKept: false };
  }

  /** A prefetch of a line that is farther than `target`, and in no other core. */
  fetchAhead(
    core: number,
    line: number,
    target: Target,
  ): { place: Place | 'near'; evicted: number } {
    const own = this.cores[core];
    const all = [own.l1, own.l2, this.llc];
    const near = all.slice(0, { l1: 1, l2: 2, llc: 3 }[target]);
    const isIn = (caches: SetModel[]): boolean =>
      caches.some((cache) => cache.find(line) !== undefined);
    const others = this.cores.filter((other) => other !== own);
    const none = { place: 'near' as const, evicted: -1 };
    if (isIn(near) || isIn(others.flatMap(({ l1, l2 }) => [l1, l2]))) return none;
    if (target === 'l1') {
      const { place, evicted } = this.use(core, line, false);
      return { place, evicted: evicted[0] ?? -1 };
    }
    const found = this.llc.take(line);
    const moved = { line, isDirty: found?.isDirty ?? false };
    const lower = target === 'llc' ? moved : own.l2.put(moved);
    const out = lower === undefined ? undefined : this.llc.put(lower);
    const place = found === undefined ? 'memory' : 'llc';
    return { place, evicted: out?.isDirty === true ? out.line : -1 };
  }

  flush(line: number, drops: boolean): boolean {
    for (const cache of [this.llc, ...this.cores.flatMap(({ l1, l2 }) => [l1, l2])]) {
      const found = drops ? cache.take(line) : cache.find(line);
      if (found === undefined) continue;
      const wasDirty = found.isDirty;
      found.isDirty = false;
      return wasDirty;
    }
    return false;
  }

  private takeFrom(core: number, line: number): { place: Place; found: Line | undefined } {
    const own = this.cores[core];
    let found = own.l1.take(line);
    if (found !== undefined) return { place: 'l1', found };
    found = own.l2.take(line);
    if (found !== undefined) return { place: 'l2', found };
    found = this.llc.take(line);
    if (found !== undefined) return { place: 'llc', found };
    for (const other of this.cores) {
      found = other.l1.take(line) ?? other.l2.take(line);
      if (found !== undefined) return { place: 'other', found };
    }
    return { place: 'memory', found: undefined };
  }
}
