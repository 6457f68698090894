/** Mappings, page tables, DAX entries and dirty tags of a world. */
import type { StateSpace } from '@daxsim/sim';

export class MemoryMaps {
  constructor(readonly space: StateSpace) {}
}
