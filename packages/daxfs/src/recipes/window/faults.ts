/**
 * Page faults of a guest: Linux 6.12 fs/fuse/dax.c, __fuse_dax_fault.
 *
 *      enter ─ held: fault: size? ─ entry: range ─ map ─ let go of the range ─┐
 *                └ no range: let go of everything, wait until one is free, from the beginning
 *
 * Regions are named as in the faults of other file systems. The file system has no extents: a range
 * is all it asks for, and what the range shows is the host's business.
 */
import { exit } from '@daxsim/sim';
import type { Recipe } from '@daxsim/sim';
import { windowPrivate } from '../../moves/definitions.js';
import { mapCopy, replacePresent, takeCopy, takePresent } from '../../steps/mapped/copies.js';
import { checkFaultSize } from '../../steps/mapped/fault-size.js';
import { enterFault } from '../../steps/mapped/faults.js';
import {
  enterReadEntry,
  enterWriteEntry,
  findEntry,
  grabEntry,
  mapForReading,
  mapForWriting,
} from '../../steps/mapped/install.js';
import { findServer } from '../../steps/window/guest.js';
import {
  aimAtFault,
  aimAtWindow,
  freeRange,
  hasRange,
  noteNoRange,
  putRange,
} from '../../steps/window/ranges.js';
import type { World } from '../../world.js';
import { again, branch, call, leave, nothing, region, repeat, seq, step } from '../files/shapes.js';
import { fillOrSignal, ifStillMapped } from './gone.js';
import { kickWorker } from './ranges.js';
import { sleepOn } from './sleep.js';
import { howToWait, whereToUpgrade } from './variants.js';
import type { Part } from '../files/shapes.js';

const FAULT_OUTCOMES = ['Ok', 'Signal', 'Denied'] as const;

const checkSize: Part = branch(checkFaultSize, {
  Beyond: exit('Signal'),
  Smaller: again('size'),
  Sharing: again('size'),
});

const ALONE_UPGRADE = {
  give: ['inode', 'range', 'rangeAt', 'server', 'guest', 'access'],
  take: [],
} as const;

const untilFree: Part = seq(step(noteNoRange), kickWorker, sleepOn(freeRange));

/** One attempt: `body` with a held range, under the locks of the fault and of the entry. */
function withRange(...body: readonly Part[]): Part {
  const forRange = call(
    'rangeForFault',
    { give: ['inode', 'cursor', 'access'], take: ['range', 'rangeAt'] },
    {
      Error: exit('Signal'),
      ReadOnly: leave('held'),
      NoRange: branch(howToWait, {
        Unlocked: leave('held'),
        Locked: seq(untilFree, again('find')),
      }),
    },
  );
  const range = branch(whereToUpgrade, {
    Held: forRange,
    Alone: branch(hasRange, { Yes: nothing(), No: forRange }),
  });
  const find = repeat(
    'find',
    seq(
      step(findEntry),
      region(
        'entry',
        seq(
          branch(grabEntry, { Moved: again('find'), Smaller: again('size') }),
          step(aimAtFault),
          range,
          step(aimAtWindow),
          ...body,
          leave('find'),
        ),
      ),
    ),
  );
  return repeat(
    'size',
    seq(
      repeat('held', seq(region('fault', seq(checkSize, find)), leave('size'))),
      branch(whereToUpgrade, {
        Held: untilFree,
        Alone: branch(hasRange, { No: untilFree, Yes: call('upgradeAlone', ALONE_UPGRADE) }),
      }),
      again('size'),
    ),
  );
}

/** An attempt that is too large lets go of its range as well. */
const smaller: Part = seq(step(putRange), again('size'));

const readFault: Recipe<World> = {
  name: 'readFault',
  about: 'A load of a guest without a translation: fuse_dax_fault for reading.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq(
      branch(enterFault, { Denied: exit('Denied'), Private: nothing() }),
      step(findServer),
      withRange(
        region('install', seq(branch(enterReadEntry, { Smaller: smaller }), step(mapForReading))),
        step(putRange),
      ),
    ),
  ),
};

const callPrivate: Part = call(
  'privateFault',
  {
    give: ['mapping', 'offset', 'access', 'byProgram', 'inode', 'faultPage', 'page', 'span'],
    take: [],
  },
  { Signal: exit('Signal') },
);

const writeFault: Recipe<World> = {
  name: 'writeFault',
  about: 'A store of a guest without a writable translation: fuse_dax_fault for writing.',
  outcomes: FAULT_OUTCOMES,
  body: region(
    'operation',
    seq(
      branch(enterFault, { Denied: exit('Denied'), Private: seq(callPrivate, exit('Ok')) }),
      step(findServer),
      withRange(
        region(
          'install',
          branch(enterWriteEntry, {
            Ok: step(mapForWriting),
            NeedSync: nothing(),
            Smaller: smaller,
            Copy: nothing(),
            CopySync: nothing(),
          }),
        ),
        step(putRange),
      ),
    ),
  ),
};

const fillPresent: Part = fillOrSignal(windowPrivate, ifStillMapped, nothing());
const fillHeld: Part = fillOrSignal(windowPrivate, nothing(), step(putRange));

const privateFault: Recipe<World> = {
  name: 'privateFault',
  about: 'A store to a private mapping of a guest: a copy of the page in memory.',
  outcomes: ['Ok', 'Signal'],
  body: seq(
    branch(takePresent, {
      Absent: nothing(),
      Fill: seq(fillPresent, step(replacePresent), exit('Ok')),
      Zero: seq(step(replacePresent), exit('Ok')),
      Ready: exit('Ok'),
    }),
    withRange(
      branch(takeCopy, {
        Fill: seq(fillHeld, step(mapCopy)),
        Ready: nothing(),
        Zero: step(mapCopy),
      }),
      step(putRange),
    ),
  ),
};

export const GUEST_FAULT_RECIPES: readonly Recipe<World>[] = [readFault, writeFault, privateFault];
