/** A record between its reading and the end of its operation. */
import { TraceRecord } from '@daxsim/trace';
import type { TraceFeed } from './trace-feed.js';

export class Pending {
  record = new TraceRecord();
  feed: TraceFeed | undefined;
  /** The machine's number of its task. */
  task = 0;
  /** Next record of the same task. */
  next: Pending | undefined;
  /** How many operations must end before it may start. */
  waitsFor = 0;
  /** Operations that wait for it. */
  readonly waiting: Pending[] = [];
  /** Resources it uses, and whether it changes them; see file-identities.ts. */
  readonly uses: number[] = [];
  readonly changes: boolean[] = [];
  /** 1: another operation on the same things ran at the same time in the recording. */
  isContended = false;
}
