/**
 * Reference: the moves of worn blocks, as a list of blocks and one move that is planned or done.
 *
 *   written ▸ heat of the block ▸ a move is planned: once the block rests, or after sixteen writes
 */
import type { MachineConfig } from '../../src/config.js';

type Config = Extract<MachineConfig['stages'][number], { kind: 'ait-buffer' }>;

export const ticksOf = (figure: { value: number }): number => Math.round(figure.value * 1000);

/** Knuth's multiplicative hash, 32 bits. */
export function scattered(n: number): bigint {
  return (BigInt(n) * 0x9e3779b1n) & 0xffffffffn;
}

interface Block {
  heat: number;
  at: number;
  /** Heat at which it is moved; not drawn before it proves hot. */
  limit?: number;
}

/** A move of the future, the present or the past. */
interface Move {
  readonly block: number;
  from: number;
  writesLeft: number;
}

export class MovesModel {
  private readonly blocks = new Map<number, Block>();
  private move: Move | null = null;
  private nextIdleAt: number;
  private draws: bigint;

  constructor(
    private readonly config: Config,
    channel: number,
  ) {
    const every = ticksOf(config.idleMoveNs);
    this.draws = (scattered(channel) + 1n) & 0xffffffffn;
    this.nextIdleAt = every === 0 ? Infinity : Math.floor(every * (0.5 + (channel % 16) / 16));
  }

  /** When a request may be taken that could be at `now`. */
  takenAt(now: number): number {
    const { move } = this;
    if (move === null || now < move.from) return now;
    return Math.max(now, move.from + ticksOf(this.config.moveNs));
  }

  /** The address indirection takes a write of a block. */
  written(block: number, now: number): void {
    const isHot = this.heatUp(block, now);
    const { move, config } = this;
    if (move === null || now >= move.from + ticksOf(config.moveNs)) {
      this.move = null;
      if (!isHot && now < this.nextIdleAt) return;
      while (now >= this.nextIdleAt) this.nextIdleAt += ticksOf(config.idleMoveNs);
      this.cool(block);
      this.move = { block, from: now + ticksOf(config.settleNs), writesLeft: 16 };
    } else if (now < move.from && block === move.block && move.writesLeft > 0) {
      move.writesLeft -= 1;
      move.from = now + (move.writesLeft === 0 ? 0 : ticksOf(config.settleNs));
    }
  }

  private heatUp(number: number, now: number): boolean {
    const { moveWrites, moveSpreadWrites, coolNs } = this.config;
    const hot = Math.floor((moveWrites.value - moveSpreadWrites.value) / 256);
    const block = this.blocks.get(number) ?? { heat: 0, at: 0 };
    this.blocks.set(number, block);
    const cooled = coolNs.value === 0 ? 0 : (now - block.at) / ticksOf(coolNs);
    block.heat = Math.max(0, block.heat - cooled) + 1;
    block.at = now;
    if (block.heat <= hot) return false;
    if (block.limit === undefined) {
      block.limit = this.drawLimit();
      block.heat += this.draw(block.limit);
    }
    return block.heat >= block.limit;
  }

  private cool(number: number): void {
    const block = this.blocks.get(number) as Block;
    block.heat = 0;
    if (block.limit !== undefined) block.limit = this.drawLimit();
  }

  private drawLimit(): number {
    const { moveWrites, moveSpreadWrites } = this.config;
    const spread = moveSpreadWrites.value;
    return moveWrites.value - spread + this.draw(spread * 2 + 1);
  }

  private draw(count: number): number {
    this.draws = (this.draws * 1664525n + 1013904223n) & 0xffffffffn;
    return Number(this.draws >> 8n) % count;
  }
}
