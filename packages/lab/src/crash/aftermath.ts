/**
 * What comes after a recovery that was found right: power is lost in it, and the file system is
 * used until nothing is left. Each is a thousand times as dear as looking at an image, so of the
 * images of a search a few are taken: the first, and then ever fewer.
 *
 *     image ─▶ recovery, cut at every fence ─▶ recovered ─▶ used up
 */
import { interruptRecovery, loseAfterUse } from './interrupted-recovery.js';
import { RecoveryChange } from './recovery-change.js';
import { useUp } from './usability.js';
import type { ReplayRule } from '@daxsim/daxfs';
import type { UntimedMemory } from '@daxsim/pmem';
import type { CrashSetting } from './crash-system.js';

/** Which images are followed: a few, all, or none. */
export const AFTERMATHS = ['sample', 'all', 'none'] as const;
export type AftermathKind = (typeof AFTERMATHS)[number];

/** Counts of a search. */
export interface AftermathCounts {
  /** Recoveries of images of which power was lost in recovery. */
  recoveries: number;
  /** Images that were used until nothing was left. */
  used: number;
}

type Kept = readonly { readonly line: number; readonly kept: number }[];

const FIRST_GAP = 16;
const GROWTH = 1.5;

export class Aftermath {
  counts: AftermathCounts = { recoveries: 0, used: 0 };
  /** Most fences that a recovery had. */
  fences = 0;
  private seen = 0;
  private nextAt = 1;

  constructor(
    private readonly setting: CrashSetting,
    private readonly memory: UntimedMemory,
    private readonly isForAll: boolean,
    private readonly rule: ReplayRule,
  ) {}

  /** Counts from the beginning; the first image is taken. */
  restart(): void {
    this.counts = { recoveries: 0, used: 0 };
    this.seen = 0;
    this.nextAt = 1;
  }

  /** Told of each image that was right; null, or what is wrong with what comes after. */
  look(path: () => Kept): string | null {
    this.seen += 1;
    if (!this.isForAll && this.seen < this.nextAt) return null;
    this.nextAt = Math.ceil(this.nextAt * GROWTH) + FIRST_GAP;
    return this.follow(path());
  }

  /** The same for the image in which these units survived, and of all other lines everything. */
  follow(kept: Kept): string | null {
    const keptOf = new Map(kept.map((line) => [line.line, line.kept]));
    const image = this.memory.crashImage({ keep: (line, units) => keptOf.get(line) ?? units });
    const { recoveryChange } = this.setting;
    const isOnlyRecovered = recoveryChange !== undefined;
    const change = isOnlyRecovered ? new RecoveryChange(recoveryChange) : null;
    const { recoveries, problem } = interruptRecovery(image, this.rule, change);
    this.fences = Math.max(this.fences, change?.fences ?? 0);
    this.counts.recoveries += recoveries;
    if (problem !== null) return problem;
    if (isOnlyRecovered) return loseAfterUse(image, this.rule, this.setting);
    this.counts.used += 1;
    return useUp(image, this.setting);
  }
}
