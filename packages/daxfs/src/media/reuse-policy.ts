/** How freed blocks are treated; values of knobs, no state. */
export interface ReusePolicy {
  /** Freed file blocks may be used again before their freeing is durable. */
  readonly atOnce: boolean;
  /** Allocations prefer blocks that were freed. */
  readonly freedFirst: boolean;
}
