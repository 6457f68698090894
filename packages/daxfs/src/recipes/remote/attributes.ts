/**
 * A client asks for attributes anew, and its server's file changes without it: FUSE_GETATTR, the
 * truncation by another client.
 */
import type { Recipe } from '@daxsim/sim';
import { takeForWrite, takeHandle } from '../../steps/files/handles.js';
import { noteVersion, readStoredSize, takeStoredSize } from '../../steps/remote/attributes.js';
import { sendRequest, takeAnswer } from '../../wire/shapes.js';
import type { World } from '../../world.js';
import {
  PAGES,
  UNMAP,
  branch,
  call,
  check,
  done,
  nothing,
  operation,
  part,
  region,
  seq,
  step,
} from '../files/shapes.js';

export const CLIENT_ATTRIBUTE_RECIPES: readonly Recipe<World>[] = [
  operation(
    'revalidate',
    'Asks the server for the size: fuse_update_attributes, nfs_revalidate_inode.',
    check(takeHandle),
    step(noteVersion),
    seq(
      step(sendRequest),
      call('serveAttributes', { give: ['inode'], take: ['size'] }, { Error: nothing() }),
      step(takeAnswer),
    ),
    region(
      'operation',
      region(
        'layout',
        branch(takeStoredSize, {
          Kept: done,
          Taken: region(
            'unmapping',
            seq(call('unmapRange', UNMAP), call('truncateEntries', PAGES)),
          ),
        }),
      ),
    ),
  ),
  part(
    'serveAttributes',
    'The server answers with attributes: FUSE_GETATTR.',
    region('server', step(readStoredSize)),
  ),
  operation(
    'hostTruncate',
    'Somebody else truncates the server’s file to `length`; this client is not told.',
    check(takeForWrite),
    call('serveTruncate', { give: ['inode', 'length'], take: ['errno'] }, { Error: done }),
  ),
];
