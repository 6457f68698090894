/** How an operation of a workload answers, in the terms of records. */
import { ERRNO_NAMES } from '@daxsim/daxfs';
import type { SignalFacts } from './record.js';
import type { Ended } from './workload-system.js';

export interface OpAnswer {
  readonly ret: number;
  /** Name of the error number, or empty. */
  readonly err: string;
  readonly sig?: SignalFacts;
  /** Bytes read, also when there are none; absent when the operation reads nothing. */
  readonly data?: Uint8Array;
  readonly note?: string;
  /** Why the operation could not be done at all. */
  readonly unsupported?: string;
}

/** The answer of a system call. */
export function answerOf(ended: Ended): OpAnswer {
  if (ended.errno === 0) return { ret: ended.result, err: '' };
  return { ret: -1, err: ERRNO_NAMES.get(ended.errno) ?? `E${ended.errno}` };
}

/** The mapping does not exist, because its mmap failed or it was unmapped. */
export function noMapping(): OpAnswer {
  return { ret: -1, err: 'NOMAP' };
}

export function unsupported(reason: string): OpAnswer {
  return { ret: -1, err: '', unsupported: reason };
}
