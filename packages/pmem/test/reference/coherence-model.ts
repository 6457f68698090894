/**
 * Reference: caches of several cores as lists of lines, newest first. Each copy carries its own
 * state, there is no table: who wants a line asks every cache.
 *
 *   M modified   E exclusive   S shared   F shared, and answers          of a core
 *   dirty or not                                                         of an LLC
 */
import type { MachineConfig } from '../../src/config.js';

export type Place =
  'l1' | 'l2' | 'llc' | 'other' | 'memory' | 'otherClean' | 'upgrade' | 'otherSocket';

/** What a load or store came to. */
export interface Used {
  readonly place: Place;
  /** Dirty lines that fell out to memory, in order. */
  readonly evicted: readonly number[];
  /** The LLC gave it and has it still. */
  readonly isKept: boolean;
}

type CacheConfig = NonNullable<MachineConfig['cpu']['caches']>;

interface Copy {
  readonly line: number;
  state: 'M' | 'E' | 'S' | 'F' | 'dirty' | 'clean';
}

class Level {
  private readonly sets: Copy[][];

  constructor(
    cache: CacheConfig['l1'],
    readonly socket: number,
  ) {
    const lines = cache.capacityKib.value * 16;
    this.ways = cache.ways.value;
    this.sets = Array.from({ length: lines / this.ways }, () => []);
  }

  private readonly ways: number;

  find(line: number): Copy | undefined {
    return this.sets[line % this.sets.length].find((found) => found.line === line);
  }

  take(line: number): Copy | undefined {
    const set = this.sets[line % this.sets.length];
    const at = set.findIndex((found) => found.line === line);
    return at < 0 ? undefined : set.splice(at, 1)[0];
  }

  put(copy: Copy): Copy | undefined {
    const set = this.sets[copy.line % this.sets.length];
    set.unshift(copy);
    return set.length > this.ways ? set.pop() : undefined;
  }
}

export class CoherenceModel {
  private readonly cores: { l1: Level; l2: Level; socket: number }[];
  private readonly llcs: Level[];
  private evicted: number[] = [];

  constructor(sockets: readonly number[], config: CacheConfig) {
    this.cores = sockets.map((socket) => ({
      l1: new Level(config.l1, socket),
      l2: new Level(config.l2, socket),
      socket,
    }));
    this.llcs = [0, 1].map((socket) => new Level(config.llc, socket));
  }

  use(core: number, line: number, writes: boolean): Used {
    this.evicted = [];
    const { l1, l2 } = this.cores[core];
    const own = l1.find(line) ?? l2.find(line);
    if (own !== undefined) return this.done(this.useOwn(core, own, writes));
    return writes ? this.done(this.write(core, line)) : this.read(core, line);
  }

  flush(line: number, drops: boolean): boolean {
    const copies = this.all(line);
    const wasDirty = copies.some(({ copy }) => copy.state === 'M' || copy.state === 'dirty');
    for (const { copy, level } of copies) {
      if (drops) level.take(line);
      else if (copy.state === 'M') copy.state = 'E';
      else if (copy.state === 'dirty') copy.state = 'clean';
    }
    return wasDirty;
  }

  private done(place: Place, isKept = false): Used {
    return { place, evicted: this.evicted, isKept };
  }

  private useOwn(core: number, copy: Copy, writes: boolean): Place {
    const { l1, l2, socket } = this.cores[core];
    const { line } = copy;
    const mustAsk = writes && (copy.state === 'S' || copy.state === 'F');
    let place: Place = l1.find(line) === undefined ? 'l2' : 'l1';
    if (mustAsk) {
      const others = this.all(line).filter((other) => other.copy !== copy);
      place = others.some(({ level }) => level.socket !== socket) ? 'otherSocket' : 'upgrade';
      for (const { level } of others) level.take(line);
    }
    if (writes) copy.state = 'M';
    if (l1.take(line) === undefined) l2.take(line);
    this.fill(core, copy);
    return place;
  }

  private write(core: number, line: number): Place {
    const copies = this.all(line);
    const { socket } = this.cores[core];
    const source = this.source(line, socket);
    let place: Place = 'memory';
    if (source !== undefined) {
      const isFar = copies.some(({ level }) => level.socket !== socket);
      const isInLlc = this.llcs[socket].find(line) !== undefined;
      if (isFar) place = 'otherSocket';
      else if (isInLlc) place = copies.length > 1 ? 'upgrade' : 'llc';
      else place = source.state === 'M' ? 'other' : 'otherClean';
    }
    for (const { level } of copies) level.take(line);
    this.fill(core, { line, state: 'M' });
    return place;
  }

  private read(core: number, line: number): Used {
    const { socket } = this.cores[core];
    const copies = this.all(line);
    const llc = this.llcs[socket];
    const kept = llc.find(line);
    if (kept !== undefined) {
      llc.take(line);
      const isAlone = copies.length === 1;
      if (!isAlone) llc.put(kept);
      const state = kept.state === 'dirty' ? 'M' : 'E';
      this.fill(core, { line, state: isAlone ? state : 'S' });
      return this.done('llc', !isAlone);
    }
    const source = this.source(line, socket);
    const at = copies.find(({ copy }) => copy === source);
    const wasDirty = source?.state === 'M' || source?.state === 'dirty';
    for (const { copy } of copies) {
      if (copy.state === 'dirty') copy.state = 'clean';
      else if (copy.state !== 'clean') copy.state = 'S';
    }
    if (source === undefined || at === undefined) {
      this.fill(core, { line, state: copies.length === 0 ? 'E' : 'F' });
      return this.done('memory');
    }
    if (at.level.socket === socket && wasDirty) {
      this.fall(socket, { line, state: 'dirty' });
      this.fill(core, { line, state: 'S' });
      return this.done('other');
    }
    if (wasDirty) this.evicted.push(line);
    this.fill(core, { line, state: 'F' });
    return this.done(at.level.socket === socket ? 'otherClean' : 'otherSocket');
  }

  /** Who answers for a line: an owner, a copy that forwards, an LLC; those of `socket` first. */
  private source(line: number, socket: number): Copy | undefined {
    const answering = this.all(line).filter(({ copy }) => copy.state !== 'S');
    const near = answering.find(({ level }) => level.socket === socket);
    return (near ?? answering.at(0))?.copy;
  }

  private all(line: number): { copy: Copy; level: Level }[] {
    const levels = [...this.cores.flatMap(({ l1, l2 }) => [l1, l2]), ...this.llcs];
    return levels.flatMap((level) => {
      const copy = level.find(line);
      return copy === undefined ? [] : [{ copy, level }];
    });
  }

  private fill(core: number, copy: Copy): void {
    const { l1, l2, socket } = this.cores[core];
    const lower = l1.put(copy);
    const out = lower === undefined ? undefined : l2.put(lower);
    if (out === undefined || out.state === 'S') return;
    this.fall(socket, { line: out.line, state: out.state === 'M' ? 'dirty' : 'clean' });
  }

  private fall(socket: number, copy: Copy): void {
    const out = this.llcs[socket].put(copy);
    if (out?.state === 'dirty') this.evicted.push(out.line);
  }
}
