/**
 * Part of fsck: do the reference counts agree with who owns what?
 *
 * Each record says how many owners each block of a run has. Owners are counted as the inodes are
 * read; at the end every count must have been reached exactly. A block without a record may have
 * one owner, which the caller sees to.
 */
import type { ImageShare } from './media-image.js';
import type { ProblemSink } from './problem-sink.js';

const WHERE = 'reference counts';

export class ShareCheck {
  private readonly firsts: number[] = [];
  private readonly records: ImageShare[] = [];
  /** Owners found, per block of each record. */
  private readonly found: Uint32Array[] = [];

  constructor(
    shares: readonly ImageShare[],
    firstFileBlock: number,
    blocks: number,
    private readonly problem: ProblemSink,
  ) {
    for (const share of shares) {
      const { block, length, owners } = share;
      if (owners < 2) problem(WHERE, `${String(owners)} owners of block ${String(block)}`);
      if (block < firstFileBlock || block + length > blocks) {
        problem(WHERE, `block ${String(block)}, which no file can have`);
        continue;
      }
      this.firsts.push(block);
      this.records.push(share);
      this.found.push(new Uint32Array(length));
    }
  }

  /** One more owner of a block; false if no record has the block. */
  countOwner(block: number): boolean {
    const at = this.recordOf(block);
    if (at < 0) return false;
    this.found[at][block - this.firsts[at]] += 1;
    return true;
  }

  /** Tells of counts that were not reached, or surpassed. */
  finish(): void {
    for (const [at, { block, owners }] of this.records.entries()) {
      const wrong = this.found[at].findIndex((count) => count !== owners);
      if (wrong < 0) continue;
      const counted = String(this.found[at][wrong]);
      const where = `block ${String(block + wrong)}`;
      this.problem(where, `counted for ${String(owners)} owners and has ${counted}`);
    }
  }

  private recordOf(block: number): number {
    let low = 0;
    let high = this.firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.firsts[middle] <= block) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    return at >= 0 && block < this.firsts[at] + this.records[at].length ? at : -1;
  }
}
