/** What must hold of a guest's window after every step, beside what holds of every page table. */
import { HUGE_PAGES } from '../mm/huge.js';
import { Translation } from '../mm/page-table.js';
import type { Rule } from '../invariant-rule.js';
import type { World } from '../world.js';

/** A check of its own, for searches: behind those of any inode. */
const WINDOW_CHECK = 28;

/** A translation of a guest shows the part of the file that its range shows. */
export const showsOwnRange: Rule = {
  name: 'window-shown',
  about: 'A translation of a guest shows a range of the window that is its file’s, at that page.',
  source:
    'Linux 6.12 fs/fuse/dax.c, fuse_dax_break_layouts: unmapped before a range is taken back.',
  judge(world, { inode, page, kind, target }) {
    const { window } = world;
    if (window === null) return null;
    if (kind !== Translation.ReadOnly && kind !== Translation.Writable) return null;
    const range = Math.floor(target / HUGE_PAGES);
    const isHere = window.inode(range) === inode;
    const shown = window.index(range) * HUGE_PAGES + (target % HUGE_PAGES);
    if (isHere && shown === page) return null;
    return `a translation shows window range ${String(range)}, which is not this part of the file`;
  },
};

/** Ranges are on the lists and in the trees where they belong. */
export function checkWindow(world: World): string | null {
  world.space.watch?.about(WINDOW_CHECK);
  const wrong = world.window?.problem() ?? null;
  return wrong === null ? null : `window-lists: ${wrong}`;
}
