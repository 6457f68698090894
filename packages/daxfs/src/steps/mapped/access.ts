/** Steps around the move of a program's own loads and stores. */
import { Signal } from '../../abi.js';
import { R } from '../../registers.js';
import type { Step } from '../files/answers.js';

/** Aims the move. No kernel is involved until a translation is missing. */
export const beginAccess: Step = {
  name: 'beginAccess',
  outcomes: ['Ok', 'Segv'],
  touches: ['mappings'],
  run(world, frame) {
    const { mappings } = world.mm;
    const mapping = frame.get(R.mapping);
    frame.set(R.result, 0);
    if (!mappings.isLive(mapping)) {
      frame.set(R.signal, Signal.Segv);
      return 1;
    }
    frame.set(R.inode, mappings.inode(mapping));
    frame.set(R.moveFrom, frame.get(R.offset));
    frame.set(R.moveTo, frame.get(R.offset) + frame.get(R.length));
    return 0;
  },
};

/** The result: bytes done. */
export const endAccess: Step = {
  name: 'endAccess',
  outcomes: ['Ok'],
  touches: [],
  run(_world, frame) {
    frame.set(R.result, frame.get(R.moveFrom) - frame.get(R.offset));
    return 0;
  },
};
