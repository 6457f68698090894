/**
 * Steps of copy_file_range(2) and sendfile(2) through the cache: pages of the source are read like
 * a read would, and copied into pages of the target like a write would.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';
import { holdPages, letPagesGo } from './folios.js';
import { ReadAheadCause } from './read-ahead.js';

/** Most pages of one piece: what splice moves at a time. */
const PIECE_PAGES = 16;

/** Byte of the source that goes to the cursor. */
function sourceByte(world: World, frame: Frame): number {
  const offset = frame.get(R.offset);
  const start = offset === -1 ? world.handles.position(frame.get(R.handle)) : offset;
  return start + frame.get(R.done);
}

/** Finds cached pages of the source from where the copy is; they bound what is written next. */
export const findSource: Step = {
  name: 'findSource',
  outcomes: ['Ready', 'Missing', 'Still', 'Filling'],
  touches: ['cacheIndex', 'handle'],
  run(world, frame) {
    const { cache } = world.mm;
    const source = frame.get(R.inode2);
    const from = sourceByte(world, frame);
    const first = Math.floor(from / BLOCK_BYTES);
    const left = frame.get(R.end) - frame.get(R.cursor);
    const limit = Math.min(Math.ceil((from + left) / BLOCK_BYTES), first + PIECE_PAGES);
    frame.set(R.page, first);
    frame.set(R.entryPage, cache.head(source, first));
    frame.set(R.count, limit - first);
    frame.set(R.flags, ReadAheadCause.Miss);
    if (cache.has(source, first) && !cache.isReady(source, first)) return 3;
    if (!cache.has(source, first)) {
      const isSecond = frame.get(R.hasRead) === 1;
      frame.set(R.hasRead, 1);
      return isSecond ? 2 : 1;
    }
    frame.set(R.hasRead, 0);
    let page = first;
    while (page < limit && cache.isReady(source, page)) page += 1;
    const bytes = Math.min(
      page * BLOCK_BYTES - from,
      left,
      frame.get(R.mappedEnd) - frame.get(R.cursor),
    );
    frame.set(R.mappedEnd, frame.get(R.cursor) + bytes);
    return 0;
  },
};

/** Aims the copy's other end; the pages of the source are held until it is made. */
export const aimSource: Step = {
  name: 'aimSource',
  outcomes: ['Ok', 'Gone'],
  touches: ['cacheIndex', 'handle'],
  run(world, frame) {
    const { cache } = world.mm;
    const source = frame.get(R.inode2);
    const from = sourceByte(world, frame);
    const first = Math.floor(from / BLOCK_BYTES);
    const end = Math.ceil((from + frame.get(R.chunk)) / BLOCK_BYTES);
    frame.set(R.moveFrom, from);
    for (let page = first; page < end; page += 1) {
      if (cache.isReady(source, page)) continue;
      letPagesGo(world, frame.get(R.inode), frame.get(R.firstPage), frame.get(R.endPage));
      return 1;
    }
    holdPages(world, source, first, end);
    return 0;
  },
};

/** The pages of the source may go. */
export const endSource: Step = {
  name: 'endSource',
  outcomes: ['Ok'],
  touches: ['cacheIndex'],
  run(world, frame) {
    const from = frame.get(R.moveFrom);
    const first = Math.floor(from / BLOCK_BYTES);
    const end = Math.ceil((from + frame.get(R.chunk)) / BLOCK_BYTES);
    letPagesGo(world, frame.get(R.inode2), first, end);
    return 0;
  },
};
