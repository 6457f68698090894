/**
 * Rows that several plans share, and how one plan is made from another: by leaving locks out and
 * adding rows. Plans stay data; nothing here decides anything.
 *
 *     F   `mmap`    what keeps faults out of a file while its blocks go
 *     E   `entry`   what makes looking up and installing one page one thing
 */
import type { Hold, LockDefinition, LockPlan } from '@daxsim/sim';

export type Rows = { readonly [recipe: string]: readonly Hold[] };

/** The rows of a plan without those of some locks. */
export function withoutLocks(rows: Rows, locks: readonly string[]): Rows {
  const kept = Object.entries(rows).map(([recipe, holds]): [string, readonly Hold[]] => {
    return [recipe, holds.filter(({ lock }) => !locks.includes(lock))];
  });
  return Object.fromEntries(kept);
}

/** The lock definitions of a plan without some. */
export function withoutDefinitions(
  definitions: LockPlan['locks'],
  locks: readonly string[],
): { readonly [name: string]: LockDefinition } {
  return Object.fromEntries(Object.entries(definitions).filter(([name]) => !locks.includes(name)));
}

/** Rows of one table before those of another: what is held outside comes first. */
export function joined(first: Rows, ...others: readonly Rows[]): Rows {
  const all: Record<string, readonly Hold[]> = { ...first };
  for (const rows of others) {
    for (const [recipe, holds] of Object.entries(rows)) {
      all[recipe] = [...(all[recipe] ?? []), ...holds];
    }
  }
  return all;
}

const shared: Hold = { lock: 'mmap', mode: 'shared', region: 'fault' };
const exclusive: Hold = { lock: 'mmap', mode: 'exclusive', region: 'fault' };
const layout: Hold = { lock: 'mmap', mode: 'exclusive', region: 'layout' };
const gap: Hold = { lock: 'mmap', mode: 'exclusive', region: 'gap' };
const unmapping: Hold = { lock: 'mmap', mode: 'exclusive', region: 'unmapping' };
const map: Hold = { lock: 'mmap', mode: 'exclusive', region: 'map' };

/** F for faults, shared. */
export const FAULTS_SHARED: Rows = {
  readFault: [shared],
  writeFault: [shared],
  privateFault: [shared],
};
/** F for faults that only read, and for those that write exclusively. */
export const WRITE_FAULTS_EXCLUSIVE: Rows = {
  readFault: [shared],
  writeFault: [exclusive],
  privateFault: [shared],
};
/** F for all faults, exclusively. */
export const FAULTS_EXCLUSIVE: Rows = {
  readFault: [exclusive],
  writeFault: [exclusive],
  privateFault: [exclusive],
};
/** F for what takes blocks away, over all of it. */
export const REMOVALS: Rows = {
  truncateInode: [layout],
  fallocate: [layout],
  evict: [layout],
  write: [gap],
  copyRange: [gap],
  directWrite: [gap],
};
/** F for what takes blocks away, only while it unmaps. */
export const REMOVALS_UNMAPPING: Rows = {
  truncateInode: [unmapping],
  fallocate: [unmapping],
  evict: [layout],
};
/** F for what write(2) allocates and invalidates. */
export const WRITES: Rows = { write: [map], copyRange: [map], directWrite: [map] };
/** F for write-back, where it belongs to nobody's removal. */
export const WRITEBACKS: Rows = {
  syncInode: [{ lock: 'mmap', mode: 'exclusive', region: 'writeback' }],
  syncInodeData: [{ lock: 'mmap', mode: 'exclusive', region: 'writeback' }],
  syncRange: [{ lock: 'mmap', mode: 'exclusive', region: 'writeback' }],
  sync: [{ lock: 'mmap', mode: 'exclusive', region: 'writeback' }],
};
