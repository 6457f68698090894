/**
 * Wear levelling: when a module moves a block of 4 KiB, during which it takes nothing.
 *
 *   write ─▶ hot enough, or it is time for some block ─▶ due ─▶ still written: the move waits
 *              │                                            └▶ not for `settleNs`: it begins
 *              └▶ heat = max(0, heat − time since the last write / cool) + 1
 *
 * A due block is moved when the stream of writes has left it, at the latest when each of its
 * XPLines could have been written once more. So a writer that goes over a region which is spread
 * over several modules meets what is left of the move when it comes back: published tails over 64
 * KiB on six modules are the time of a move less that of five chunks of 4 KiB, or of three.
 *
 * One block at a time; another that is due meanwhile becomes so at its next write.
 *
 * Left out: traffic of the move; where the block goes.
 */
import { NEVER } from '@daxsim/sim';
import { z } from 'zod';
import { count, figure, span, spanTicks, type Figure } from '../figure.js';
import { WearMap } from '../timed/wear-map.js';
import type { StageEnv, StageTimes } from './stage.js';

export const moveFigures = {
  moveWrites: count(1 << 30, 'Writes of a 4 KiB block after which it is moved to another place.'),
  moveSpreadWrites: figure(
    z
      .int()
      .min(0)
      .max(1 << 30),
    'How many writes sooner or later that may be; less than moveWrites.',
  ),
  moveNs: span('How long the module takes nothing while a block is moved.'),
  settleNs: span('How long a block that is due must not be written before it is moved.'),
  coolNs: span('Time after which one write of a block is forgotten; 0: never.'),
  idleMoveNs: figure(
    z.number().min(0).max(1e12),
    'The block written next is moved whenever this time has passed; 0: never. Nanoseconds.',
  ),
};

export interface MoveConfig {
  readonly moveWrites: Figure<number>;
  readonly moveSpreadWrites: Figure<number>;
  readonly moveNs: Figure<number>;
  readonly settleNs: Figure<number>;
  readonly coolNs: Figure<number>;
  readonly idleMoveNs: Figure<number>;
}

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const never: number = NEVER;

const XPLINES_OF_BLOCK = 16;

export class BlockMoves {
  moves = 0;
  wearMax = 0;
  private readonly wear: WearMap;
  private readonly times: StageTimes;
  private readonly moveTicks: number;
  private readonly settleTicks: number;
  private readonly idleTicks: number;
  private nextIdleAt = 0.5;
  private dueBlock = -1;
  /** Writes of the due block until the move begins all the same. */
  private grace = 0;

  /** Times of writes are `times.admitted`, in order. */
  constructor(config: MoveConfig, { channel, channelBytes, times }: StageEnv) {
    this.times = times;
    this.moveTicks = spanTicks(config.moveNs);
    this.settleTicks = spanTicks(config.settleNs);
    this.idleTicks = Math.round(config.idleMoveNs.value * 1000);
    // Modules do not do it at the same time.
    this.nextIdleAt = Math.floor(this.idleTicks * (0.5 + (channel % 16) / 16));
    if (this.idleTicks === 0) this.nextIdleAt = never;
    const { moveWrites, moveSpreadWrites } = config;
    const coolTicks = spanTicks(config.coolNs);
    this.wear = new WearMap(
      channelBytes,
      channel,
      { least: moveWrites.value - moveSpreadWrites.value, spread: moveSpreadWrites.value * 2 + 1 },
      coolTicks,
      times,
    );
    times.stillFrom = never;
  }

  /** Reads what `write` of the block will need. */
  foresee(block: number): void {
    this.wear.foresee(block);
  }

  /** Counts a write of `block`; leaves in `times` from when until when the module stands still. */
  write(block: number): void {
    const { times, wear } = this;
    const at = times.admitted;
    const worn = wear.write(block);
    if (worn > this.wearMax) this.wearMax = worn;
    if (times.stillFrom !== never) {
      if (at < times.stillUntil) {
        if (at < times.stillFrom && block === this.dueBlock && this.grace > 0) this.postpone();
        return;
      }
      times.stillFrom = never;
    }
    if (wear.isDue || at >= this.nextIdleAt) this.becomeDue(block);
  }

  private postpone(): void {
    this.grace -= 1;
    this.wait();
  }

  private becomeDue(block: number): void {
    const at = this.times.admitted;
    if (at >= this.nextIdleAt) {
      this.nextIdleAt += (Math.floor((at - this.nextIdleAt) / this.idleTicks) + 1) * this.idleTicks;
    }
    this.moves += 1;
    this.wear.forget(block);
    this.dueBlock = block;
    this.grace = XPLINES_OF_BLOCK;
    this.wait();
  }

  private wait(): void {
    const { times } = this;
    times.stillFrom = times.admitted + (this.grace === 0 ? 0 : this.settleTicks);
    times.stillUntil = times.stillFrom + this.moveTicks;
  }
}
