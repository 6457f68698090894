/** Copies of write(2) into cached pages, from payload or from a mapping. */
import { move } from '@daxsim/sim';
import { cacheFrom, cacheIn } from '../../moves/definitions.js';
import {
  findBuffer,
  giveUpCopy,
  refuseBuffer,
  whoseBytes,
} from '../../steps/cached/mapped-source.js';
import { endCopyIn } from '../../steps/cached/writing.js';
import { again, branch, call, leave, region, repeat, seq, step } from '../files/shapes.js';
import type { Part } from '../files/shapes.js';

/** A buffer that is a mapping is faulted in where no folio is locked. */
const GAVE_UP = {
  Signal: seq(step(refuseBuffer), leave('chunks')),
  Denied: seq(step(refuseBuffer), leave('chunks')),
} as const;
export const faultBufferIn: Part = region(
  'transfer',
  repeat(
    'buffer',
    branch(findBuffer, {
      Ready: leave('buffer'),
      Absent: call(
        'readFault',
        {
          give: ['mapping', 'mm', 'offset', 'access'],
          take: [],
          rename: { offset: 'moveFrom' },
        },
        GAVE_UP,
      ),
    }),
  ),
);

/** Under the folio's lock nobody faults: what cannot be copied is faulted in first. */
export const copyInto: Part = seq(
  branch(whoseBytes, {
    Payload: move(cacheIn),
    Mapping: move(cacheFrom, { Short: seq(step(giveUpCopy), again('chunks')) }),
  }),
  step(endCopyIn),
);
