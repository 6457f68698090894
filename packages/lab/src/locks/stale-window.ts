/**
 * For how long translations outlive the blocks that they lead to: where a plan frees first and
 * unmaps afterwards (S6, S7, Goyal's first patch), what another task stores meanwhile goes to a
 * block that may be somebody else's.
 *
 *     freeExtents ─▶ free for others ── window ──▶ zapRange ends
 *
 * Of the operation alone on the machine, whose price of unmapping has one CPU's TLB in it; among
 * others locks between the two and further CPUs make it longer. A removal that unmapped before as
 * well (S6) leaves only what faults mapped in between.
 */
import type { OperationPaths } from './operations.js';
import type { PathItem } from './recorded-system.js';
import type { Workload } from './workloads.js';

/** Ticks from the first removal of blocks to the end of the last zap behind it; 0 if none is. */
export function staleWindowTicks(path: readonly PathItem[]): number {
  const freed = path.findIndex(({ kind, name }) => kind === 'step' && name === 'freeExtents');
  if (freed < 0) return 0;
  const behind = path.slice(freed + 1);
  const zap = behind.findLastIndex(({ kind, name }) => kind === 'step' && ZAPS.has(name));
  return behind.slice(0, zap + 1).reduce((sum, { ticks }) => sum + ticks, 0);
}

const ZAPS: ReadonlySet<string> = new Set(['zapRange', 'zapForLayout']);

/** The longest of what a workload does. */
export function staleWindowOf(
  { parts, first }: Workload,
  paths: OperationPaths | undefined,
): number {
  const operations = [...parts, ...(first === undefined ? [] : [first])];
  const windows = operations.map(({ operation }) => staleWindowTicks(paths?.[operation] ?? []));
  return Math.max(0, ...windows);
}
