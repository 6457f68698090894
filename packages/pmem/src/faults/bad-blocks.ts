/**
 * The list of bad blocks that a driver keeps: sectors of 512 bytes in which an error is *known*.
 *
 *     error, latent ─ a load meets it, or a scrub looks ─▶ known ─ whole page written ─▶ gone
 *
 * As Linux 6.12 has it: drivers/acpi/nfit/mce.c enters what a machine check met, a scrub of the
 * address range what firmware finds (drivers/acpi/nfit/core.c), and drivers/nvdimm/pmem.c refuses
 * direct access to a page with a known one, but for a write that covers the whole page and clears
 * it (pmem_recovery_write). What is not known yet is met by whoever loads it.
 */
import { IntMap, LINE_BYTES, type StateSpace } from '@daxsim/sim';
import type { BadBlockList } from '../memory.js';

const SECTOR_BYTES = 512;
const LINES = SECTOR_BYTES / LINE_BYTES;

export class BadBlocks implements BadBlockList {
  private readonly known: IntMap;

  constructor(
    space: StateSpace,
    /** Mends a line. */
    private readonly mend: (line: number) => void,
  ) {
    this.known = new IntMap(space, 'pmem bad blocks');
  }

  get count(): number {
    return this.known.size;
  }

  /** An error was met in a line. */
  add(line: number): void {
    this.known.set(Math.floor(line / LINES), 1);
  }

  /** What was known of the sector of a line. */
  forget(line: number): void {
    this.known.delete(Math.floor(line / LINES));
  }

  firstBad(from: number, to: number): number {
    if (this.known.size === 0) return -1;
    const end = Math.ceil(to / SECTOR_BYTES);
    for (let sector = Math.floor(from / SECTOR_BYTES); sector < end; sector += 1) {
      if (this.known.has(sector)) return sector * SECTOR_BYTES;
    }
    return -1;
  }

  clear(from: number, to: number): void {
    const end = Math.floor(to / SECTOR_BYTES);
    for (let sector = Math.ceil(from / SECTOR_BYTES); sector < end; sector += 1) {
      this.known.delete(sector);
      for (let i = 0; i < LINES; i += 1) this.mend(sector * LINES + i);
    }
  }

  list(): { readonly sector: number; readonly count: number }[] {
    const runs: { sector: number; count: number }[] = [];
    for (const sector of this.known.keys()) {
      const last = runs.at(-1);
      if (last !== undefined && last.sector + last.count === sector) last.count += 1;
      else runs.push({ sector, count: 1 });
    }
    return runs;
  }
}
