/**
 * What the bytes of one file may be after power loss: for each four bytes the value of any version
 * since the last promise, and zeros where a version has nothing.
 *
 *     block of the image ──▶ seen before, under this name of its contents? ──▶ fine
 *                        └─▶ each line: pending? every prefix of its stores : what it holds
 *
 * Lines of file contents are independent of each other, and nothing but a reader ever reads them.
 * So judging every value that each line can have by itself judges every combination of them; they
 * are not enumerated.
 */
import { CELL_BYTES } from './crash-model.js';
import { wrongBlock } from './file-blocks.js';
import type { ImageExtent } from '@daxsim/daxfs';
import type { UntimedMemory } from '@daxsim/pmem';
import type { FileVersion, ModelInode } from './crash-model.js';
import type { FileBlocks, WrongBlock } from './file-blocks.js';

const BLOCK_CELLS = 1024;
const LINE_CELLS = 16;
const BLOCK_LINES = 64;
const FILE_BLOCKS = 256;

/** A byte that may not be there. */
export interface WrongCell {
  readonly offset: number;
  readonly value: number;
}

export class LegalContents {
  private readonly versions: readonly FileVersion[];
  private readonly blocks: readonly FileBlocks[];
  private readonly hasShift: boolean;
  private readonly judged: Set<number>;
  private readonly lastBlock: number[] = [];
  private readonly lastVersion: number[] = [];
  private readonly lastCells: number[] = [];
  private readonly words = new Int32Array(LINE_CELLS);
  private readonly before = new Int32Array(LINE_CELLS);

  /**
   * `now` before the running call, `next` after it; either may be absent, not both. What was right
   * for fewer versions is right for these: blocks that `before` has judged are not judged again if
   * these versions are its own and more.
   */
  constructor(
    now: ModelInode | undefined,
    next: ModelInode | undefined,
    before: LegalContents | null = null,
  ) {
    const old = now?.versions ?? [];
    const last = next?.versions.at(-1);
    const isKnown = last === undefined || old.includes(last);
    this.versions = isKnown ? old : [...old, last];
    const isMore = before?.versions.every((version, i) => version === this.versions[i]);
    this.judged = new Set(isMore === true ? before?.judged : []);
    this.blocks = this.versions.map(({ blocks }) => blocks);
    this.hasShift = this.versions.some(({ shift }, i) => i > 0 && shift !== undefined);
  }

  /** Largest size of any version. */
  get sizeMax(): number {
    let size = 0;
    for (const version of this.versions) size = Math.max(size, version.size);
    return size;
  }

  /** A block that is there and may not be, or the other way round. */
  judgeExtents(extents: readonly ImageExtent[]): WrongBlock | null {
    return wrongBlock(extents, this.blocks);
  }

  /** Whether block `fileBlock` may read as zeros in its first `cells` cells. */
  judgeZeros(fileBlock: number, cells: number): WrongCell | null {
    const first = fileBlock * BLOCK_CELLS;
    for (let cell = first; cell < first + cells; cell += 1) {
      if (!this.isLegal(cell, 0)) return { offset: cell * CELL_BYTES, value: 0 };
    }
    return null;
  }

  /** The same for a device block; `version` names what it holds, see `PersistWatch`. */
  judgeBlock(
    memory: UntimedMemory,
    block: number,
    version: number,
    fileBlock: number,
    cells: number,
  ): WrongCell | null {
    if (this.isLast(fileBlock, block, version, cells)) return null;
    const name = version > 0 ? version : -block - 1;
    const key = (name * FILE_BLOCKS + (fileBlock % FILE_BLOCKS)) * (BLOCK_CELLS + 1) + cells;
    if (this.judged.has(key)) {
      this.last(fileBlock, block, version, cells);
      return null;
    }
    for (let i = 0; i * LINE_CELLS < cells; i += 1) {
      const line = block * BLOCK_LINES + i;
      const first = fileBlock * BLOCK_CELLS + i * LINE_CELLS;
      const count = Math.min(LINE_CELLS, cells - i * LINE_CELLS);
      const wrong = this.judgeLine(memory, line, first, count);
      if (wrong !== null) return wrong;
    }
    this.judged.add(key);
    this.last(fileBlock, block, version, cells);
    return null;
  }

  /** Whether the block was judged as it is now the last time: most are, image after image. */
  private isLast(fileBlock: number, block: number, version: number, cells: number): boolean {
    return (
      fileBlock < this.lastBlock.length &&
      this.lastBlock[fileBlock] === block &&
      this.lastVersion[fileBlock] === version &&
      this.lastCells[fileBlock] === cells
    );
  }

  private last(fileBlock: number, block: number, version: number, cells: number): void {
    while (this.lastBlock.length <= fileBlock) {
      this.lastBlock.push(0);
      this.lastVersion.push(0);
      this.lastCells.push(0);
    }
    this.lastBlock[fileBlock] = block;
    this.lastVersion[fileBlock] = version;
    this.lastCells[fileBlock] = cells;
  }

  private judgeLine(
    memory: UntimedMemory,
    line: number,
    first: number,
    count: number,
  ): WrongCell | null {
    const units = memory.pendingUnits(line);
    const { words, before } = this;
    memory.survivingLine(line, 0, words);
    let wrong = this.judgeCells(words, first, count);
    // Where no unit was stored to twice, a cell has one of two values in every prefix.
    const step = memory.hasStoredTwice(line) ? 1 : units;
    for (let kept = step; kept <= units && wrong === null && units > 0; kept += step) {
      for (let i = 0; i < LINE_CELLS; i += 1) before[i] = words[i] ?? 0;
      memory.survivingLine(line, kept, words);
      wrong = this.judgeOther(first, count);
    }
    return wrong;
  }

  /** Cells of `words` that are others than `before`. */
  private judgeOther(first: number, count: number): WrongCell | null {
    const { words, before } = this;
    for (let i = 0; i < count; i += 1) {
      const value = words[i] ?? 0;
      if (value === before[i] || this.isLegal(first + i, value)) continue;
      return { offset: (first + i) * CELL_BYTES, value };
    }
    return null;
  }

  /** Whether `count` cells from `first` on may hold `words`. */
  judgeCells(words: Int32Array, first: number, count: number): WrongCell | null {
    for (let i = 0; i < count; i += 1) {
      const value = words[i] ?? 0;
      if (!this.isLegal(first + i, value)) return { offset: (first + i) * CELL_BYTES, value };
    }
    return null;
  }

  private isLegal(cell: number, value: number): boolean {
    for (let i = this.versions.length - 1; i >= 0; i -= 1) {
      const version = this.versions[i];
      if (version === undefined) continue;
      const legal = cell < version.cells.length ? version.cells[cell] : 0;
      if (legal === value) return true;
    }
    return this.hasShift && this.isLegalShifted(cell, value);
  }

  /**
   * Until a shift is promised the file may have its old blocks in their old places. What was stored
   * since then went into the blocks where they lay by then, and shows at the old place too; and
   * while blocks move, one by one, there are holes between them.
   */
  private isLegalShifted(cell: number, value: number): boolean {
    const { versions } = this;
    for (let last = versions.length - 1; last > 0; last -= 1) {
      const shift = versions[last]?.shift;
      if (value === 0 && shift !== undefined && cell >= shift.at) return true;
      for (let from = last - 1; from >= 0; from -= 1) {
        const place = this.placeAfter(cell, from, last);
        if (place >= 0 && versions[last]?.cells[place] === value) return true;
      }
    }
    return false;
  }

  /** Where what lay in `cell` in version `from` lies in version `to`, or −1 if it is gone. */
  private placeAfter(cell: number, from: number, to: number): number {
    let at = cell;
    for (let i = from + 1; i <= to; i += 1) {
      const shift = this.versions[i]?.shift;
      if (shift === undefined || at < shift.at) continue;
      at += shift.by;
      if (at < shift.at) return -1;
    }
    return at;
  }
}
