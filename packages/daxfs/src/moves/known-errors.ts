/**
 * What copies and programs may ask of pages with errors that are known: the list of bad blocks of
 * the memory, as Linux 6.12 uses it in fs/dax.c, dax_iomap_iter, and drivers/nvdimm/pmem.c.
 *
 *     read(2)    any page of the range bad      ─▶ EIO, before a byte is moved
 *     write(2)   up to the first bad page       ─▶ cleared and written, if all of it is whole pages
 *                                                  (DAX_RECOVERY_WRITE); else EFAULT
 *     mapping    the page bad                   ─▶ SIGBUS with BUS_MCEERR_AR
 *
 * The kernel refuses the *fault* of a bad page, and takes the translations of one away that a
 * program met (memory_failure). Here its access is refused, which comes to the same for all but a
 * page that a scrub finds while it is mapped: there the kernel lets good lines be.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';

/** Whether a page with a byte in [from, to) of the device is known to be bad. */
export function isKnownBad({ badBlocks }: Memory, from: number, to: number): boolean {
  if (badBlocks === undefined || badBlocks.count === 0) return false;
  return badBlocks.firstBad(pageStart(from), pageEnd(to)) >= 0;
}

/**
 * Mends what a write of [from, to) may mend; answers how far it gets. It stops before a piece that
 * ends in a bad page and is not whole pages.
 */
export function recoverForWrite({ badBlocks }: Memory, from: number, to: number): number {
  if (badBlocks === undefined || badBlocks.count === 0) return to;
  for (let piece = from; piece < to;) {
    const bad = badBlocks.firstBad(pageStart(piece), pageEnd(to));
    if (bad < 0) return to;
    const end = Math.min(to, pageStart(bad) + BLOCK_BYTES);
    if (piece !== pageStart(piece) || end !== pageStart(end)) return piece;
    badBlocks.clear(piece, end);
    piece = end;
  }
  return to;
}

function pageStart(at: number): number {
  return at - (at % BLOCK_BYTES);
}

function pageEnd(at: number): number {
  return Math.ceil(at / BLOCK_BYTES) * BLOCK_BYTES;
}
