/**
 * Operations on names.
 *
 *     walk ─▶ lock directories ─▶ confirm ── Same ──▶ lock what is named ─▶ one transaction
 *       ▲                            └ Changed ─▶ unlock, let go ┐
 *       └────────────────────────────────────────────────────────┘
 */
import type { Recipe, StepDefinition } from '@daxsim/sim';
import {
  checkAccess,
  checkExtentHint,
  readAttributes,
  setExtentHint,
} from '../../steps/files/attributes.js';
import { takeHandle } from '../../steps/files/handles.js';
import {
  confirmName,
  confirmNames,
  confirmNewName,
  findForChange,
  findInode,
  orderDirectories,
  walkLink,
  walkName,
  walkNames,
} from '../../steps/files/lookup.js';
import {
  addLink,
  createDirectory,
  createSymlink,
  readTarget,
  removeDirectory,
  removeName,
  removeReplaced,
  renameName,
  replacesFile,
} from '../../steps/files/names.js';
import { setMode, setOwner, setTimes, setsTimes } from '../../steps/files/ownership.js';
import type { World } from '../../world.js';
import { nameCommits, renameCommits } from './write-variants.js';
import {
  ALONE,
  SEQUENCE,
  again,
  branch,
  call,
  check,
  done,
  leave,
  letGoAll,
  nothing,
  operation,
  region,
  repeat,
  seq,
  step,
  transact,
} from './shapes.js';
import type { Part } from './shapes.js';

/** As a defect: what a rename replaces is gone durably before the new name is there. */
const renamed: Part = branch(renameCommits, {
  One: transact(renameName),
  RemoveFirst: seq(
    branch(replacesFile, {
      No: nothing(),
      Yes: seq(transact(removeReplaced), call('forceLog', SEQUENCE)),
    }),
    transact(renameName),
  ),
});

/** As a defect: log and home are written at once, with no fence between. */
const atOnce: Part = branch(nameCommits, { Later: nothing(), AtOnce: call('pushTail', ALONE) });

/** rename(2) locks two directories, in an order that only renames between directories change. */
const rename = operation(
  'rename',
  'renameat2(2): `path` becomes `path2`.',
  repeat(
    'lookup',
    seq(
      check(walkNames),
      repeat(
        'try',
        region(
          'operation',
          seq(
            step(orderDirectories),
            region(
              'directories',
              branch(confirmNames, {
                Same: region('victim', seq(region('change', renamed), atOnce, done)),
                Changed: leave('try'),
              }),
            ),
          ),
        ),
      ),
      letGoAll,
      again('lookup'),
    ),
  ),
);

/** Walks, locks, confirms, and changes names in one transaction. */
function onNames(
  name: string,
  about: string,
  walkStep: StepDefinition<World>,
  confirmStep: StepDefinition<World>,
  change: StepDefinition<World>,
): Recipe<World> {
  return operation(
    name,
    about,
    repeat(
      'lookup',
      seq(
        check(walkStep),
        repeat(
          'try',
          region(
            'operation',
            branch(confirmStep, {
              Same: region('victim', seq(region('change', transact(change)), atOnce, done)),
              Changed: leave('try'),
            }),
          ),
        ),
        letGoAll,
        again('lookup'),
      ),
    ),
  );
}

/** Finds an inode by path or handle and changes its attributes in one transaction. */
function onInode(name: string, about: string, change: StepDefinition<World>): Recipe<World> {
  return operation(
    name,
    about,
    check(findForChange),
    region('operation', region('change', transact(change))),
  );
}

export const NAME_RECIPES: readonly Recipe<World>[] = [
  onNames('mkdir', 'mkdir(2) of `path`.', walkName, confirmName, createDirectory),
  onNames(
    'symlink',
    'symlink(2): `path` with target text `path2`.',
    walkName,
    confirmName,
    createSymlink,
  ),
  onNames('unlink', 'unlink(2) of `path`.', walkName, confirmName, removeName),
  onNames('rmdir', 'rmdir(2) of `path`.', walkName, confirmName, removeDirectory),
  rename,
  onNames(
    'link',
    'link(2): `path2` becomes a name of `path`, or of `handle` (AT_EMPTY_PATH).',
    walkLink,
    confirmNewName,
    addLink,
  ),
  onInode('chmod', 'chmod(2), fchmod(2): permissions `mode`.', setMode),
  onInode('chown', 'chown(2), fchown(2): `offset` user, `offset2` group, −1 to keep.', setOwner),
  operation(
    'setExtentHint',
    'ioctl(2), FS_IOC_FSSETXATTR: extent size hint of `length` bytes for `handle`.',
    check(takeHandle),
    region('operation', seq(check(checkExtentHint), region('change', transact(setExtentHint)))),
  ),
  operation(
    'utimens',
    'utimensat(2): `offset` atime, `offset2` mtime; −1 now, −2 keep.',
    branch(setsTimes, { Yes: nothing(), No: done }),
    check(findForChange),
    region('operation', region('change', transact(setTimes))),
  ),
  operation(
    'stat',
    'stat(2), fstat(2), lstat(2): size, type and mode; sectors in `count`.',
    check(findInode),
    step(readAttributes),
  ),
  operation(
    'access',
    'access(2): whether `path` exists and may be used as `mode` says.',
    check(findInode),
    check(checkAccess),
  ),
  operation(
    'readlink',
    'readlink(2): the length of the target, cut at `length` if that is not 0.',
    check(walkName),
    check(readTarget),
  ),
];
