/**
 * As a defect: metadata that was changed without a journal handle.
 *
 *     transaction without a handle ─▶ units ─▶ stored where they lie ┄▶ media, some, any time
 *                                       └─ no record: neither a force nor recovery knows of them
 *
 * What is stored is the value in core at that moment, as when a dirty buffer goes home. The list
 * only grows: a unit that was changed twice is stored twice.
 */
import { NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { BLOCK_UNITS, UNIT_BYTES } from './layout.js';
import type { MetadataBlocks } from './metadata-blocks.js';

/** Cell of the number of units; their keys follow. */
const COUNT = 0;

export class UnloggedUnits {
  private readonly keys: NumberColumn;

  constructor(
    space: StateSpace,
    private readonly metadata: MetadataBlocks,
  ) {
    this.keys = new NumberColumn(space, 'logUnlogged');
  }

  /** Units so far: they are numbered from 0. */
  get count(): number {
    return this.keys.get(COUNT);
  }

  /** Notes what the open transaction touched. */
  take(): void {
    const { touched, touchedCount } = this.metadata;
    const before = this.count;
    for (let i = 0; i < touchedCount; i += 1) this.keys.set(before + i + 1, touched[i] ?? 0);
    this.keys.set(COUNT, before + touchedCount);
  }

  /** Where unit `index` lies on the device. */
  address(index: number): number {
    return this.keys.get(index + 1) * UNIT_BYTES;
  }

  /** The two words that it has now, into `words` from `at` on. */
  wordsInto(index: number, words: Int32Array, at: number): void {
    const key = this.keys.get(index + 1);
    const block = Math.floor(key / BLOCK_UNITS);
    const handle = this.metadata.at(block);
    const word = (key - block * BLOCK_UNITS) * 2;
    words[at] = this.metadata.get(handle, word);
    words[at + 1] = this.metadata.get(handle, word + 1);
  }
}
