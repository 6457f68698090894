/**
 * Moves of which a mutation takes the flushes or the fence away.
 *
 *     interpreter ─▶ DroppingMoves ─▶ DaxMoveUnit ─▶ FilteredMemory ─▶ memory
 *                    which move is it?                its clwb or fence: answered, not done
 *
 * Stands between the two only in systems that have such a move; see `createSystem`. A move is
 * carried on by one call of `advance` after another, each of which names it, so no state is needed.
 */
import { LineOp } from '@daxsim/pmem';
import type { Frame, MoveDefinition, MoveUnit } from '@daxsim/sim';
import type { LineRequest } from '@daxsim/pmem';
import type { DaxMove } from '../moves/definitions.js';
import type { World } from '../world.js';

/** A move without its flushes or without its fence. */
export interface DroppedMove extends DaxMove {
  readonly drops: 'flush' | 'fence';
}

const Drop = { Nothing: 0, Flushes: 1, Fences: 2 } as const;
type Drop = (typeof Drop)[keyof typeof Drop];

/** Whether a program set has such a move. */
export function dropsSomething(moves: readonly MoveDefinition<World>[]): boolean {
  return moves.some((move) => 'drops' in move);
}

export class DroppingMoves implements MoveUnit {
  private readonly drops: readonly Drop[];
  private drop: Drop = Drop.Nothing;

  constructor(
    private readonly mover: MoveUnit,
    moves: readonly MoveDefinition<World>[],
  ) {
    this.drops = moves.map((move) => {
      if (!('drops' in move)) return Drop.Nothing;
      return move.drops === 'flush' ? Drop.Flushes : Drop.Fences;
    });
  }

  get outcome(): number {
    return this.mover.outcome;
  }

  get trapProgram(): number {
    return this.mover.trapProgram;
  }

  advance(move: number, frame: Frame, clock: Float64Array, horizon: number): number {
    this.drop = this.drops[move];
    const status = this.mover.advance(move, frame, clock, horizon);
    this.drop = Drop.Nothing;
    return status;
  }

  /** Whether the memory does what the running move asks; for `FilteredMemory`. */
  readonly lets = ({ op }: LineRequest): boolean => {
    if (this.drop === Drop.Flushes) return op !== LineOp.Clwb && op !== LineOp.ClFlushOpt;
    return this.drop === Drop.Nothing || (op !== LineOp.Sfence && op !== LineOp.Mfence);
  };

  fillTrap(task: number, frame: Frame): void {
    this.mover.fillTrap(task, frame);
  }

  resume(frame: Frame, outcome: string): void {
    this.mover.resume(frame, outcome);
  }
}
