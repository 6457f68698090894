/**
 * Where searches begin: for a larger file in the group where the last such search ended, for a
 * block of a tree in the group of the file that was last given blocks.
 */
import { NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

export class StreamPlace {
  private readonly cell: NumberColumn;

  constructor(space: StateSpace) {
    this.cell = new NumberColumn(space, 'buddy.streamGroup');
  }

  get group(): number {
    return this.cell.get(0);
  }

  set group(group: number) {
    this.cell.set(0, group);
  }

  get treeGroup(): number {
    return this.cell.get(1);
  }

  set treeGroup(group: number) {
    this.cell.set(1, group);
  }
}
