/**
 * What a simulated file shows, as `execute.c` prints it, and what of it must not be compared.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState, FileType, OpenFlag } from '@daxsim/daxfs';
import { contentHash } from './bytes.js';
import { withoutStates } from './operations.js';
import type { WorkloadSystem } from '../../src/conform/workload-system.js';

const SECTORS_PER_BLOCK = 8;
const SEEKS_MAX = 200;
const PIECE_BYTES = 1 << 20;
/** A handle number that nothing else uses. */
const LOOKING = 1000001;

/** What must not be compared of a file. */
export interface Taint {
  blocks: boolean;
  sectors: boolean;
  seeks: boolean;
}

export class SimulatedFiles {
  private readonly taints = new Map<number, Taint>();

  /** `hasStates`: whether kernels agree which blocks are written, and when a tree has a block. */
  constructor(
    private readonly system: WorkloadSystem,
    private readonly hasStates: boolean,
  ) {}

  /** Inodes that are free may come back as other files. */
  forgetFreed(): void {
    const { inodes } = this.system.system.world.volume;
    for (const inode of this.taints.keys()) if (!inodes.isUsed(inode)) this.taints.delete(inode);
  }

  taint(inode: number): Taint {
    let taint = this.taints.get(inode);
    if (taint === undefined) {
      taint = { blocks: false, sectors: false, seeks: false };
      this.taints.set(inode, taint);
    }
    return taint;
  }

  /**
   * Files that were written through the cache and end inside an unwritten block, with their size.
   */
  unwrittenTails(open: readonly number[]): ReadonlyMap<number, number> {
    const { inodes, extents } = this.system.system.world.volume;
    const found = new Map<number, number>();
    for (const inode of open) {
      if (inode <= 0 || this.taints.get(inode)?.blocks !== true) continue;
      const size = inodes.sizeBytes(inode);
      if (size % BLOCK_BYTES === 0) continue;
      extents.lookup(inode, Math.floor(size / BLOCK_BYTES));
      if (extents.state === ExtentState.Unwritten) found.set(inode, size);
    }
    return found;
  }

  /**
   * Where data begins in a file that grew over such a block: XFS zeroes the rest of it in the cache
   * if a folio over it is dirty, and thereby writes it (iomap_zero_range).
   */
  taintGrown(tails: ReadonlyMap<number, number>): void {
    const { inodes } = this.system.system.world.volume;
    for (const [inode, size] of tails) {
      if (inodes.sizeBytes(inode) > size) this.taint(inode).seeks = true;
    }
  }

  /** Size and links of a regular file, and its blocks if they are to be compared. */
  facts(inode: number, hasExtents: boolean): string {
    const { inodes } = this.system.system.world.volume;
    if (inodes.type(inode) !== FileType.Regular) return '';
    const facts = ` f=${inodes.sizeBytes(inode)}:${inodes.links(inode)}`;
    if (this.taints.get(inode)?.blocks === true) return facts;
    if (!hasExtents) return facts;
    const extents = this.extentsOf(inode);
    if (!this.hasStates) return `${facts} x=${withoutStates(extents)}`;
    if (this.taints.get(inode)?.sectors === true) return `${facts} x=${extents}`;
    const { inlineExtents } = this.system.system.world.personality;
    const treeBlocks = this.system.system.world.volume.extents.count(inode) > inlineExtents ? 1 : 0;
    const sectors = (inodes.blocks(inode) - treeBlocks) * SECTORS_PER_BLOCK;
    return `${facts} x=${extents} b=${sectors}`;
  }

  private extentsOf(inode: number): string {
    const { extents } = this.system.system.world.volume;
    const runs: { readonly start: number; length: number; readonly isWritten: boolean }[] = [];
    for (let at = 0; extents.next(inode, at);) {
      const { start, length, state } = extents;
      const isWritten = state === ExtentState.Written;
      const last = runs.at(-1);
      const joins = last?.isWritten === isWritten && last.start + last.length === start;
      if (last !== undefined && joins) last.length += length;
      else runs.push({ start, length, isWritten });
      at = start + length;
    }
    return runs
      .map(({ start, length, isWritten }) => `${start}+${length}${isWritten ? '' : 'u'};`)
      .join('');
  }

  /** Where data and holes begin, if that is to be compared, and the content. */
  content(inode: number): string {
    const { handles, volume } = this.system.system.world;
    if (volume.inodes.type(inode) !== FileType.Regular) return '';
    const handle = LOOKING;
    handles.open(handle, inode, OpenFlag.ReadOnly);
    let seeks = '';
    let sum = 0;
    let at = 0;
    for (let i = 0; i < SEEKS_MAX; i += 1) {
      const data = this.system.run('lseek', { handle, offset: at, whence: 3 });
      if (data.errno !== 0) break;
      const hole = this.system.run('lseek', { handle, offset: data.result, whence: 4 });
      seeks += `${data.result}-${hole.result};`;
      for (let from = data.result; from < hole.result; from += PIECE_BYTES) {
        const length = Math.min(PIECE_BYTES, hole.result - from);
        this.system.forgetSeen();
        this.system.run('read', { handle, offset: from, length });
        sum = (sum + contentHash(this.system.bytesSeen(), from)) >>> 0;
      }
      at = hole.result;
    }
    handles.close(handle);
    const isSeekable = this.taints.get(inode)?.seeks !== true;
    return `${isSeekable ? ` s=${seeks}` : ''} c=${sum}`;
  }
}
