/** Operations on extended attributes, by `path` or by `handle`. */
import type { Recipe } from '@daxsim/sim';
import {
  checkXattrChange,
  listXattrs,
  readXattr,
  removeXattr,
  setXattr,
} from '../../steps/files/xattrs.js';
import { findForChange } from '../../steps/files/lookup.js';
import type { World } from '../../world.js';
import { check, operation, region, seq, transact } from './shapes.js';

export const XATTR_RECIPES: readonly Recipe<World>[] = [
  operation(
    'setxattr',
    'setxattr(2), lsetxattr(2), fsetxattr(2): `xattr` gets `length` bytes; `flags` may forbid.',
    check(findForChange),
    region('operation', seq(check(checkXattrChange), region('change', transact(setXattr)))),
  ),
  operation(
    'removexattr',
    'removexattr(2), lremovexattr(2), fremovexattr(2) of `xattr`.',
    check(findForChange),
    region('operation', seq(check(checkXattrChange), region('change', transact(removeXattr)))),
  ),
  operation(
    'getxattr',
    'getxattr(2), lgetxattr(2), fgetxattr(2): `xattr` into `length` bytes; 0 asks how many.',
    check(findForChange),
    region('operation', check(readXattr)),
  ),
  operation(
    'listxattr',
    'listxattr(2), llistxattr(2), flistxattr(2) into `length` bytes; 0 asks how many.',
    check(findForChange),
    region('operation', check(listXattrs)),
  ),
];
