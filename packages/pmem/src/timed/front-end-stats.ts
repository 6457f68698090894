/** What the cores' side of a memory counts. */
import { defineStats } from '@daxsim/sim';

const declarations = {
  loads: ['count', 'Loads and streaming loads.'],
  stores: ['count', 'Stores through the caches.'],
  ntStores: ['count', 'Stores past the caches.'],
  flushes: ['count', 'clwb and clflushopt.'],
  flushWrites: ['count', 'Of these, found something to write back.'],
  fences: ['count', 'sfence and mfence.'],
  l1Hits: ['count', 'Accesses that found their line in the L1.'],
  l2Hits: ['count', 'Accesses that found their line in the L2.'],
  llcHits: ['count', 'Accesses that found their line in the last level.'],
  transfers: ['count', 'Accesses that took their line from another core.'],
  atomics: ['count', 'Locked read-modify-writes.'],
  invalidations: ['count', 'Copies that a core gave up because another wrote.'],
  evictions: ['count', 'Dirty lines that fell out of the caches to memory.'],
  loadTicks: ['ticks', 'Time that sources waited for loads.'],
  fenceWaitTicks: ['ticks', 'Time that sources waited at fences.'],
  bufferStalls: ['count', 'Requests that found no free fill buffer.'],
  bufferStallTicks: ['ticks', 'Time that they waited for one.'],
} as const;

export type FrontEndDeclarations = typeof declarations;
export const frontEndStats = defineStats(declarations);
