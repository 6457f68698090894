/** One page of a pin, faulted in first if need be; within a loop named `pages`. */
import { retryPin } from '../../steps/mapped/populate.js';
import { again, branch, call, done, leave } from '../files/shapes.js';
import type { Part } from '../files/shapes.js';
import type { Step } from '../../steps/files/answers.js';

const FAULT = {
  give: ['mapping', 'mm', 'offset', 'access'],
  take: [],
  rename: { offset: 'cursor' },
} as const;
const GAVE_UP = {
  Signal: branch(retryPin, { Stop: leave('pages'), Again: again('pages') }),
  Denied: leave('pages'),
} as const;

/** `next` takes the page at the cursor, or says which fault it needs. */
export function pinPage(next: Step): Part {
  return branch(next, {
    Pinned: again('pages'),
    End: leave('pages'),
    Failed: done,
    Read: call('readFault', FAULT, GAVE_UP),
    Write: call('writeFault', FAULT, GAVE_UP),
  });
}
