/**
 * Steps of filling pages in ahead of their first use: mm_populate, and MADV_POPULATE_*. Pages
 * [cursor, end) of the mapping, in bytes; `access` says with which kind of fault.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { Access, Errno, MapFlag } from '../../abi.js';
import { NO_AREA, Protection } from '../../mm/areas.js';
import { Translation } from '../../mm/page-table.js';
import { R } from '../../registers.js';
import { Answer, OK_FAILED, fail } from '../files/answers.js';
import type { Frame } from '@daxsim/sim';
import type { Step } from '../files/answers.js';
import type { World } from '../../world.js';

/** MAP_POPULATE breaks private copies ahead, and only reads shared pages. */
export const wantsPopulate: Step = {
  name: 'wantsPopulate',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    const flags = frame.get(R.flags);
    if ((flags & MapFlag.Populate) === 0) return 0;
    const copies = MapFlag.Private | MapFlag.Write;
    frame.set(R.access, (flags & copies) === copies ? Access.Write : Access.Read);
    frame.set(R.cursor, -BLOCK_BYTES);
    frame.set(R.done, 0);
    frame.set(R.end, frame.get(R.length));
    return 1;
  },
};

/** Whether madvise asked for pages: its check has aimed the filling. */
export const wantsFilling: Step = {
  name: 'wantsFilling',
  outcomes: ['No', 'Yes'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.end) > 0 ? 1 : 0;
  },
};

/** The next page that the wanted access would fault on. `cursor` is the page done before. */
export const nextToPopulate: Step = {
  name: 'nextToPopulate',
  outcomes: ['Found', 'End'],
  touches: ['pageTable', 'mappings'],
  run(world, frame) {
    const { mappings, table } = world.mm;
    const mapping = frame.get(R.mapping);
    const isWrite = frame.get(R.access) === Access.Write;
    const end = frame.get(R.end);
    let at = frame.get(R.cursor) + BLOCK_BYTES;
    for (; at < end; at += BLOCK_BYTES) {
      if (mappings.areas.find(mapping, at / BLOCK_BYTES) === NO_AREA) break;
      const kind = table.kind(mapping, at / BLOCK_BYTES);
      const canStore =
        kind === Translation.Writable ||
        kind === Translation.CachedWritable ||
        kind === Translation.Private;
      if (isWrite ? canStore : kind !== Translation.Absent) continue;
      frame.set(R.cursor, at);
      return 0;
    }
    frame.set(R.cursor, at);
    return 1;
  },
};

/**
 * How MADV_POPULATE_* ends: ENOMEM where nothing is mapped, EINVAL where the area forbids, EFAULT
 * where a fault ended in a signal. What was filled in before stays.
 */
export const settleFilling: Step = {
  name: 'settleFilling',
  outcomes: OK_FAILED,
  touches: ['mappings'],
  run(world, frame) {
    const at = frame.get(R.cursor);
    if (at >= frame.get(R.end)) return Answer.Ok;
    const { areas } = world.mm.mappings;
    const area = areas.find(frame.get(R.mapping), at / BLOCK_BYTES);
    if (area === NO_AREA) return fail(frame, Errno.NoMemory);
    const isWrite = frame.get(R.access) === Access.Write;
    const wanted = isWrite ? Protection.Write : Protection.Read | Protection.Write;
    const isAllowed = (areas.protection(area) & wanted) !== 0;
    return fail(frame, isAllowed ? Errno.Fault : Errno.Invalid);
  },
};

/**
 * A fault ended in a signal. Whoever walks pages answers what was done so far and is asked again
 * from there, so the fault is made once more unless it was the first of its walk; an area is walked
 * by itself (__get_user_pages). `done` is where the walk began.
 */
function isWorthAnother(world: World, frame: Frame): boolean {
  const { areas } = world.mm.mappings;
  const at = frame.get(R.cursor);
  const area = areas.find(frame.get(R.mapping), Math.floor(at / BLOCK_BYTES));
  const areaStart = area === NO_AREA ? at : areas.start(area) * BLOCK_BYTES;
  if (at <= Math.max(frame.get(R.done), areaStart)) return false;
  frame.set(R.done, at);
  return true;
}

/** Whether filling in tries the page of the signal again. */
export const retryFilling: Step = {
  name: 'retryFilling',
  outcomes: ['Stop', 'Again'],
  touches: ['mappings'],
  run(world, frame) {
    if (!isWorthAnother(world, frame)) return 0;
    frame.set(R.cursor, frame.get(R.cursor) - BLOCK_BYTES);
    return 1;
  },
};

/** Whether pinning tries the page of the signal again. */
export const retryPin: Step = {
  name: 'retryPin',
  outcomes: ['Stop', 'Again'],
  touches: ['mappings'],
  run(world, frame) {
    return isWorthAnother(world, frame) ? 1 : 0;
  },
};

export const faultKind: Step = {
  name: 'faultKind',
  outcomes: ['Read', 'Write'],
  touches: [],
  run(_world, frame) {
    return frame.get(R.access) === Access.Write ? 1 : 0;
  },
};
