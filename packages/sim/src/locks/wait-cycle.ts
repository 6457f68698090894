/**
 * Deadlock: which tasks can never go on, whatever the others do?
 *
 * A task that waits for a lock needs *all* who hold it and all who stand before it; one that waits
 * for units needs *enough* of those who hold some. So a circle of arrows is not yet a deadlock.
 * Instead, let everybody go on who can, pretending that whoever goes on gives everything back,
 * until nothing changes: those who remain are stuck, each behind another one of them.
 */

/** What one waiting task needs before it can go on. */
export interface Wait {
  /** Tasks that must all go on first. */
  readonly all: readonly number[];
  /** Units that must come back from `sources`; 0 or less when enough are free. */
  readonly units: number;
  /** Who could give units back, and how many. */
  readonly sources: readonly { readonly task: number; readonly units: number }[];
}

/**
 * A circle of tasks, each waiting for the next; a single task when it waits for itself or for units
 * that nobody can return. Null when nobody is stuck.
 */
export function findWaitCycle(waits: ReadonlyMap<number, Wait>): number[] | null {
  const stuck = new Map(waits);
  for (let changed = true; changed;) {
    changed = false;
    for (const [task, wait] of stuck) {
      if (!canGoOn(wait, stuck)) continue;
      stuck.delete(task);
      changed = true;
    }
  }
  if (stuck.size === 0) return null;
  const path: number[] = [];
  let task = Math.min(...stuck.keys());
  while (!path.includes(task)) {
    path.push(task);
    const next = blockerOf(stuck.get(task) as Wait, stuck);
    if (next === undefined) return [task];
    task = next;
  }
  return path.slice(path.indexOf(task));
}

function canGoOn(wait: Wait, stuck: ReadonlyMap<number, Wait>): boolean {
  if (wait.all.some((task) => stuck.has(task))) return false;
  let missing = wait.units;
  for (const { task, units } of wait.sources) {
    if (!stuck.has(task)) missing -= units;
  }
  return missing <= 0;
}

function blockerOf(wait: Wait, stuck: ReadonlyMap<number, Wait>): number | undefined {
  const direct = wait.all.find((task) => stuck.has(task));
  return direct ?? wait.sources.find(({ task }) => stuck.has(task))?.task;
}
