/** Moves bytes between files, users and the log, one memory request per line. */
import { assert } from '@daxsim/sim';
import type { Frame, MemoryClock, MoveUnit } from '@daxsim/sim';
import type { World } from '../world.js';

export class DaxMoveUnit implements MoveUnit, MemoryClock {
  outcome = 0;
  trapProgram = 0;

  constructor(
    readonly world: World,
    readonly taskCapacity: number,
  ) {}

  advance(): number {
    assert(false, 'DaxMoveUnit: no move is known');
  }

  fillTrap(_task: number, _frame: Frame): void {
    assert(false, 'DaxMoveUnit: no trap is known');
  }

  resume(_frame: Frame, _outcome: string): void {
    assert(false, 'DaxMoveUnit: no trap is known');
  }

  nextDecisionAt(): number {
    return this.world.memory.nextDecisionAt();
  }

  decideUntil(at: number): void {
    this.world.memory.decideUntil(at);
  }

  takeCompleted(): number {
    return this.world.memory.takeCompleted();
  }

  completedAt(_task: number): number {
    return 0;
  }
}
