/**
 * Steps of writing pages to a device that wants their checksums: Linux 6.12 block/bio-integrity.c,
 * mm/page-writeback.c (folio_wait_stable).
 *
 *      page, or a copy of it ─▶ checksum ─▶ the device reads it ─▶ still the same?
 *
 * A page must not change from its checksum to the end. Who stores to it waits, or the copy is what
 * goes, which alone helps against a device that holds the page and knows of no waiting.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { NO_PAGE } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';

/** The next page of the `count` claimed ones from `page` on; aims the device at it, or its copy. */
export const nextSummed: Step = {
  name: 'nextSummed',
  outcomes: ['Copy', 'Own', 'End'],
  touches: ['cacheIndex', 'cachedBytes'],
  run(world, frame) {
    const { cache } = world.mm;
    const isCopied = world.knobs.stableWrites === 'bounced';
    for (let at = frame.get(R.chunk); at < frame.get(R.count); at += 1) {
      const own = cache.slot(frame.get(R.inode), frame.get(R.page) + at);
      if (own === NO_PAGE) continue;
      const slot = isCopied ? cache.bytes.take() : own;
      if (!isCopied) cache.bytes.hold(own);
      const address = (frame.get(R.oldBlock) + at) * BLOCK_BYTES;
      frame.set(R.chunk, at + 1);
      frame.set(R.block, own);
      frame.set(R.slot, slot);
      frame.set(R.moveFrom, address);
      frame.set(R.moveTo, address + BLOCK_BYTES);
      frame.set(R.moveFile, slot * BLOCK_BYTES);
      return isCopied ? 0 : 1;
    }
    return 2;
  },
};

/** The device has the page: its memory is let go of. */
export const endSummed: Step = {
  name: 'endSummed',
  outcomes: ['Ok'],
  touches: ['cacheIndex', 'cachedBytes'],
  run(world, frame) {
    world.mm.cache.bytes.release(frame.get(R.slot));
    return 0;
  },
};
