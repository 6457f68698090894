/**
 * Steps of a write(2) through the page cache whose caller's buffer is a mapping: Linux 6.12
 * fs/iomap/buffered-io.c (iomap_write_iter), mm/filemap.c (generic_perform_write).
 *
 *      fault the buffer in, no folio locked ─▶ folio: copy with page faults disabled
 *                       ▲                                       │
 *                       └──── a page of the buffer went away ◀──┘
 *
 * Under the lock of a folio nobody may fault: the buffer may be that very folio.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno } from '../../abi.js';
import { pageKey } from '../../mm/page-set.js';
import { Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { folioReady, letPagesGo } from './folios.js';
import type { Step } from '../files/answers.js';

/** Pages of the buffer that are looked at before a copy; no folio is larger. */
const PAGES_MOST = 512;

/** Whether the caller's bytes lie in a mapping. */
export const whoseBytes: Step = {
  name: 'whoseBytes',
  outcomes: ['Payload', 'Mapping'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.source) < 0 ? 1 : 0;
  },
};

/** The next page of the buffer that has no translation; aims a fault at it. */
export const findBuffer: Step = {
  name: 'findBuffer',
  outcomes: ['Ready', 'Absent'],
  touches: ['pageTable', 'mappings'],
  run(world, frame) {
    if (frame.get(R.source) >= 0) return 0;
    const { mappings, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const shift = frame.get(R.offset2) - frame.get(R.offset);
    const cursor = frame.get(R.cursor);
    const end = Math.min(frame.get(R.end), cursor + PAGES_MOST * BLOCK_BYTES) + shift;
    for (let at = cursor + shift; at < end; at = (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES) {
      if (table.kind(mapping, Math.floor(at / BLOCK_BYTES)) !== Translation.Absent) continue;
      frame.set(R.moveFrom, at);
      frame.set(R.mm, mappings.mm(mapping));
      frame.set(R.access, Access.Read);
      return 1;
    }
    return 0;
  },
};

/** The buffer cannot be read: what was copied counts, or else it is EFAULT. */
export const refuseBuffer: Step = {
  name: 'refuseBuffer',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    if (frame.get(R.done) === 0) frame.set(R.errno, Errno.Fault);
    return 0;
  },
};

/** Nothing could be copied: the folio is let go of, and goes if this write has just made it. */
export const giveUpCopy: Step = {
  name: 'giveUpCopy',
  outcomes: ['Ok'],
  touches: ['folio', 'cacheIndex'],
  run(world, frame) {
    const { cache } = world.mm;
    const inode = frame.get(R.inode);
    const first = frame.get(R.firstPage);
    letPagesGo(world, inode, first, frame.get(R.endPage));
    const head = cache.head(inode, first);
    if (cache.nextToFill(inode, head, head + 1, frame.task) !== head) return 0;
    cache.remove(inode, head);
    world.signal(folioReady.name, pageKey(inode, head));
    return 0;
  },
};
