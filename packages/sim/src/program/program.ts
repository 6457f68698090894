/**
 * Programs: recipe × plan as integers. An instruction is four words (operation, a, b, c); `b` of
 * those that have outcomes is the offset of a jump table with one program counter per outcome.
 *
 *     STEP      step        table          TRY        hold     table (Taken, Busy)
 *     MOVE      move        table          DOWNGRADE  hold
 *     CALL      call        table          WAIT       wait     –      retake pc
 *     RETURN    outcome                    WOKE       wait     table (Woken, Interrupted)
 *     JUMP      pc                         SPAWN      call
 *     ACQUIRE   hold                       RELEASE    hold
 *     VALIDATE  hold        table (Same, Changed)       1: Same goes on to the next at once
 *     SAMPLE    hold
 */
import type {
  MoveDefinition,
  RangeSelector,
  Selector,
  StepDefinition,
  WaitDefinition,
} from './recipe.js';
import type { LockDefinition } from './lock-plan.js';

export const Op = {
  Step: 0,
  Move: 1,
  Acquire: 2,
  Try: 3,
  Downgrade: 4,
  Release: 5,
  Wait: 6,
  Woke: 7,
  Call: 8,
  Return: 9,
  Jump: 10,
  Spawn: 11,
  Validate: 12,
  Sample: 13,
} as const;

export const OP_NAMES = Object.keys(Op).map((name) => name.toUpperCase());
export const INSTRUCTION_WORDS = 4;

/** A resolved row of the plan: what ACQUIRE and RELEASE refer to. */
export interface CompiledHold<W> {
  /** Index of the lock's class. */
  readonly lock: number;
  readonly lockName: string;
  readonly shared: boolean;
  readonly selector: Selector<W>;
  /** Which part of the instance; null for the whole. */
  readonly range: RangeSelector<W> | null;
  /** Which of the selector's instances, in ascending order of key. */
  readonly position: number;
  /** Where the frame remembers that it holds it. */
  readonly slot: number;
  /** Register with the units of a resource, or −1. */
  readonly amountRegister: number;
  readonly regionName: string;
}

/** A resolved CALL or SPAWN: pairs of registers to copy. */
export interface CompiledCall {
  readonly program: number;
  readonly giveFrom: readonly number[];
  readonly giveTo: readonly number[];
  readonly takeFrom: readonly number[];
  readonly takeTo: readonly number[];
}

/** A resolved WAIT. */
export interface CompiledWait<W> {
  readonly wait: WaitDefinition<W>;
  readonly channel: number;
  /** Holds to drop, in release order. */
  readonly drop: readonly number[];
  readonly interruptible: boolean;
}

/** One compiled recipe. */
export interface Program {
  readonly name: string;
  readonly index: number;
  readonly outcomes: readonly string[];
  readonly code: Int32Array;
  readonly tables: Int32Array;
  /** Region names open at each instruction, outermost first, for `explain` and diagrams. */
  readonly regionsAt: readonly (readonly string[])[];
}

/** Cost of a step: `fixed` plus `each` per unit counted by register `per` (−1: none), in ticks. */
export interface StepPrice {
  readonly fixedTicks: number;
  readonly eachTicks: number;
}

/** Everything a machine needs to run a system: all recipes under one plan. */
export interface ProgramSet<W> {
  readonly planName: string;
  readonly programs: readonly Program[];
  readonly programByName: ReadonlyMap<string, number>;
  readonly steps: readonly StepDefinition<W>[];
  readonly stepFixedTicks: Float64Array;
  readonly stepEachTicks: Float64Array;
  readonly stepPerRegister: Int32Array;
  readonly moves: readonly MoveDefinition<W>[];
  readonly holds: readonly CompiledHold<W>[];
  readonly calls: readonly CompiledCall[];
  readonly waits: readonly CompiledWait<W>[];
  readonly lockNames: readonly string[];
  readonly locks: readonly LockDefinition[];
  readonly registerNames: readonly string[];
  /** Largest number of hold slots any program uses. */
  readonly slotsPerFrame: number;
}
