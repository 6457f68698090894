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
import type { UntimedMemory } from '@daxsim/pmem';
import type { FileVersion, ModelInode } from './crash-model.js';

const BLOCK = 4096;
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
  private readonly judged = new Set<number>();
  private readonly lastBlock: number[] = [];
  private readonly lastVersion: number[] = [];
  private readonly lastCells: number[] = [];
  private readonly words = new Int32Array(LINE_CELLS);

  /** `now` before the running call, `next` after it; either may be absent, not both. */
  constructor(now: ModelInode | undefined, next: ModelInode | undefined) {
    const old = now?.versions ?? [];
    const last = next?.versions.at(-1);
    const isKnown = last === undefined || old.includes(last);
    this.versions = isKnown ? old : [...old, last];
  }

  /** Largest size of any version. */
  get sizeMax(): number {
    let size = 0;
    for (const version of this.versions) size = Math.max(size, version.size);
    return size;
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
    for (let kept = 0; kept <= units; kept += 1) {
      memory.survivingLine(line, kept, this.words);
      const wrong = this.judgeCells(this.words, first, count);
      if (wrong !== null) return wrong;
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
    return false;
  }
}

export { BLOCK as FILE_BLOCK_BYTES };
