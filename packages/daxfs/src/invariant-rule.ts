/** An invariant of one translation, or of one entry. */
import type { World } from './world.js';

/** A translation or entry, as the rules see it; one record, reused. */
export interface Place {
  inode: number;
  page: number;
  mapping: number;
  kind: number;
  target: number;
}

/** An invariant of each translation, or of each entry. */
export interface Rule {
  readonly name: string;
  readonly about: string;
  readonly source: string;
  /** What is wrong with this one, or null. */
  judge(world: World, place: Place): string | null;
}
