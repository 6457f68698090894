/**
 * Makes the calls that are recorded, many times over, so that what happens once in a while is not
 * taken for the rule: the path that most repetitions went is kept, with the mean of each item.
 */
import { MapFlag, OpenFlag } from '@daxsim/daxfs';
import type { PathItem, RecordedCall, RecordedSystem } from './recorded-system.js';

export const REPEATS = 24;
const SHARED = MapFlag.Read | MapFlag.Write | MapFlag.Shared;

/** Makes the calls of recordings, with numbers for what they open and map. */
export class Recording {
  private handle = 0;
  private mapping = 0;

  constructor(private readonly recorded: RecordedSystem) {}

  many(make: (i: number) => readonly RecordedCall[]): PathItem[] {
    const paths = Array.from({ length: REPEATS }, (_, i) => this.recorded.run(make(i)));
    return usual(paths);
  }

  /** The same, each repetition after calls that are not part of it. */
  each(
    before: (i: number) => readonly RecordedCall[],
    make: (i: number) => readonly RecordedCall[],
  ): PathItem[] {
    const paths = Array.from({ length: REPEATS }, (_, i) => {
      this.recorded.run(before(i));
      return this.recorded.run(make(i));
    });
    return usual(paths);
  }

  /** Number of the newest mapping. */
  get last(): number {
    return this.mapping;
  }

  once(...calls: RecordedCall[]): PathItem[] {
    return this.recorded.run(calls);
  }

  run(...calls: RecordedCall[]): void {
    this.recorded.run(calls);
  }

  /** Number by which calls name a path. */
  pathId(path: string): number {
    return this.recorded.pathId(path);
  }

  openCall(path: string, flags: number): RecordedCall {
    this.handle += 1;
    const id = this.recorded.pathId(path);
    const registers = { path: id, handle: this.handle, flags, mode: 0o644 };
    return { recipe: 'open', registers };
  }

  open(path: string, flags: number = OpenFlag.ReadWrite): number {
    this.run(this.openCall(path, flags));
    return this.handle;
  }

  /** A new file, preallocated. */
  file(path: string, length: number): number {
    const handle = this.open(path, OpenFlag.ReadWrite | OpenFlag.Create);
    if (length > 0) {
      this.run({ recipe: 'fallocate', registers: { handle, offset: 0, length } });
    }
    return handle;
  }

  mapCall(handle: number, length: number, colour: number): RecordedCall {
    this.mapping += 1;
    const { mapping } = this;
    const registers = { mapping, mm: 1, handle, offset: 0, length, flags: SHARED, colour };
    return { recipe: 'mmap', registers };
  }

  /** Maps a file, by pages unless colour is 0. */
  map(handle: number, length: number, colour = 1): number {
    this.run(this.mapCall(handle, length, colour));
    return this.mapping;
  }
}

/** A load or store of eight bytes through a mapping. */
export function access(recipe: 'load' | 'store', mapping: number, offset: number): RecordedCall {
  return { recipe, registers: { mapping, mm: 1, offset, length: 8, source: 1 } };
}

/** The shape that most paths have, each item with the mean of what it took in those. */
export function usual(paths: readonly (readonly PathItem[])[]): PathItem[] {
  const byShape = new Map<string, (readonly PathItem[])[]>();
  for (const path of paths) {
    const shape = path.map(({ kind, name, isShared }) => `${kind} ${name} ${isShared}`).join('|');
    byShape.set(shape, [...(byShape.get(shape) ?? []), path]);
  }
  const groups = [...byShape.values()].sort((a, b) => b.length - a.length);
  const chosen = groups[0] ?? [];
  return (chosen[0] ?? []).map((item, at) => {
    const total = chosen.reduce((sum, path) => sum + (path[at]?.ticks ?? 0), 0);
    return { ...item, ticks: Math.round(total / chosen.length) };
  });
}
