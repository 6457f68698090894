/**
 * A lock plan: a table that says which lock is held, in which mode, over which region of which
 * recipe. Plan files hold data only; `compile` turns recipe × plan into programs.
 */

/** What kind of lock it is; see locks/lock-table.ts for the state machines. */
export type LockKindName = 'rwsem' | 'mutex' | 'bit' | 'resource' | 'range' | 'seqcount';

export interface LockDefinition {
  readonly kind: LockKindName;
  /** Name of the selector that says which instances an operation takes. */
  readonly per: string;
  /**
   * State that may be touched only under this lock; `explain` lists touches without their guard.
   */
  readonly guards: readonly string[];
  /** Units per instance, for resources. */
  readonly capacity?: number;
  /**
   * Of `range` and `seqcount`: the range selector that says which part of an instance an operation
   * takes; the whole when absent.
   */
  readonly range?: string;
  /**
   * Parts are rounded outwards to it, a power of two; default 1. Segments of a file: their size.
   */
  readonly granularity?: number;
  /** Of `range`: those who wait keep later overlapping requests out; default true. */
  readonly waitersBar?: boolean;
}

/** The mode of a hold, or the step whose outcome (`Shared`, `Exclusive`) decides it. */
export type HoldMode = 'shared' | 'exclusive' | { readonly by: string };

/** One row of a plan: hold `lock` in `mode` over a region, or over `from` … `through`. */
export interface Hold {
  readonly lock: string;
  readonly mode: HoldMode;
  /** Name of a region of the recipe. */
  readonly region?: string;
  /** First and last step of consecutive steps; shorthand for a region around them. */
  readonly from?: string;
  readonly through?: string;
  /** Selector to use instead of the lock's own. */
  readonly of?: string;
  /** Range selector to use instead of the lock's own. */
  readonly range?: string;
  /**
   * Of a shared hold of a `seqcount`: the points of the recipe at which it is validated; at any
   * other point the recipe goes on as if nothing had changed.
   */
  readonly validateAt?: readonly string[];
  /** The point at which the sequence is sampled again, besides at the start of the region. */
  readonly sampleAt?: string;
  /** Step before which an exclusive hold becomes shared. */
  readonly downgradeAt?: string;
  /** Register with the units to take, for resources. */
  readonly amount?: string;
}

export interface LockPlan {
  readonly name: string;
  /** Where the plan comes from: kernel version and file, or mail, author and date. */
  readonly source: string;
  /** One sentence on what it protects and what it does not. */
  readonly about: string;
  /** `safe`, or the names of the races it allows. */
  readonly claim: 'safe' | { readonly unsafeFor: readonly string[] };
  readonly locks: { readonly [name: string]: LockDefinition };
  readonly holds: { readonly [recipe: string]: readonly Hold[] };
  /** Values of catalogued knobs that the plan sets. */
  readonly knobs?: { readonly [knob: string]: string };
}

/** Checks that a literal is a plan without widening it. */
export function defineLockPlan(plan: LockPlan): LockPlan {
  return Object.freeze(plan);
}
