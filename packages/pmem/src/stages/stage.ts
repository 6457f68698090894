/**
 * What the stages of a memory channel have in common.
 *
 *   controller (arbiter) ──▶ RMW buffer ──▶ AIT buffer ──▶ media        stages of one channel
 *        decides               priced at once, in the order of the controller's decisions
 *
 * A stage is *inline* if its input is one stream in order and it can answer at once: `serve` reads
 * the entry time from `times.in` and leaves `times.admitted`, when the stage took the request off
 * its sender, and `times.done`, when its answer is back at the sender. An *arbiter* merges streams
 * or reorders them; it owns queues and decides lazily, and there is one per channel, at its head.
 *
 * Times cross stages in the fields of a shared `times`, because a double that crosses a call which
 * is not inlined would be boxed. Whatever happens behind an arbiter happens in the order of its
 * decisions: that is the rule that makes inline pricing exact, and what DESIGN.md says each stage
 * gives up.
 */
import type { StatField } from '@daxsim/sim';
import type { z } from 'zod';

/** How the stages of a channel tell each other times. */
export class StageTimes {
  /** In: when the request reaches the stage. */
  in = 0.5;
  /** Out: when the sender is rid of it. */
  admitted = 0.5;
  /** Out: when its data or its completion is back at the sender. */
  done = 0.5;
  /** Out, of a stage with a queue: when it has room for one more. */
  room = 0.5;
  /** Out, of a stage with a queue: when it has room for reading ahead. */
  spare = 0.5;
  /** From when the module stands still because a block of it is moved, or NEVER. */
  stillFrom = 0.5;
  /** Until when. */
  stillUntil = 0.5;

  constructor() {
    // They start as fractions, so that the engine keeps them unboxed.
    this.in = 0;
    this.admitted = 0;
    this.done = 0;
    this.room = 0;
    this.spare = 0;
    this.stillFrom = 0;
    this.stillUntil = 0;
  }
}

/** What is asked of an inline stage. */
export const StageOp = {
  Read: 0,
  /** A whole unit (a whole line, or all of an XPLine). */
  Write: 1,
  /** Part of a unit: the rest must be kept. */
  PartialWrite: 2,
} as const;

/** Added to a write of a line that a cache held: who owns it is kept beside the data. */
export const OWNED = 4;

/** From this bit on, a partial write of a line says how many of its 8-byte pieces it writes. */
export const PIECES_SHIFT = 3;

/**
 * The XPLine side of the same: what is asked, in the two low bits, then how many lines of it a
 * write changes, and how many of these a cache held.
 */
export const CHANGED_LINES = 4;
export const OWNED_LINES = 32;

export interface InlineStage {
  /** Prices one request for `unit` (a line or an XPLine of this channel); see the header. */
  serve(op: number, unit: number): void;
  /** A write of `unit` will come: reads what that will need, so that the host has it near. */
  foresee(unit: number): void;
}

/** Figures of one stage, for reports. */
export interface StageStats {
  readonly stage: string;
  readonly channel: number;
  readonly fields: readonly StatField[];
  readonly values: Readonly<Record<string, number>>;
  /** Works out the figures that follow from others, before they are read. */
  readonly settle?: () => void;
}

export interface StageEnv {
  /** Shared times of the channel. */
  readonly times: StageTimes;
  readonly channel: number;
  /** Bytes of the device that this channel holds. */
  readonly channelBytes: number;
  /** Puts a stage's figures into the machine's report. */
  report(stats: StageStats): void;
}

/** What a stage addresses. */
export type StageUnit = 'line' | 'xpline';

export interface StageDefinition<K extends string, S extends z.ZodType> {
  readonly kind: K;
  readonly config: S;
  readonly takes: StageUnit;
  /** What of the hardware it stands for, and what of it is left out: in the words of a reader. */
  readonly models: readonly string[];
  readonly leavesOut: readonly string[];
  /** What it asks of the next stage; absent in the last stage of a channel. */
  readonly gives?: StageUnit;
  /** `next` is there exactly if `gives` is. */
  build(config: z.output<S>, env: StageEnv, next: InlineStage | null): InlineStage;
}

export function defineStage<const K extends string, S extends z.ZodType>(
  definition: StageDefinition<K, S>,
): StageDefinition<K, S> {
  return definition;
}
