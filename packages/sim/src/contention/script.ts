/**
 * What an operation does as far as time and other CPUs are concerned: work of its own, locks,
 * lines. Three numbers per instruction; `a` of a lock or line is a slot, which the operation's
 * source binds to an instance before it begins.
 *
 *     WORK ticks                   ACQUIRE slot mode      RMW slot     MEMORY channel bytes
 *     SLEEP ticks                  RELEASE slot mode      LOAD slot    MOVE channel ticks
 *     VALIDATE slot pc             DOWNGRADE slot         STORE slot   SHOOTDOWN · END
 *
 * VALIDATE goes back to `pc` when a write section came since ACQUIRE of the slot.
 */

export const ScriptOp = {
  Work: 0,
  Acquire: 1,
  Release: 2,
  Rmw: 3,
  Load: 4,
  Store: 5,
  Validate: 6,
  End: 7,
  Memory: 8,
  Shootdown: 9,
  Downgrade: 10,
  Sleep: 11,
  Move: 12,
} as const;

export const SCRIPT_WORDS = 3;
/** Slots that a script may have. */
export const SLOTS_MOST = 48;

export interface Script {
  readonly name: string;
  readonly code: Float64Array;
  /** What each slot stands for, in the terms of whoever made the script. */
  readonly slots: readonly string[];
}

/** Writes a script. */
export class ScriptWriter {
  private readonly words: number[] = [];

  constructor(private readonly name: string) {}

  /** Position of the next instruction. */
  get here(): number {
    return this.words.length / SCRIPT_WORDS;
  }

  add(op: number, a = 0, b = 0): void {
    this.words.push(op, a, b);
  }

  end(slots: readonly string[]): Script {
    this.add(ScriptOp.End);
    return { name: this.name, code: Float64Array.from(this.words), slots };
  }
}
