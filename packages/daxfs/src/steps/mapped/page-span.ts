/** Byte ranges of system calls on mappings, as pages. */
import { BLOCK_BYTES } from '@daxsim/sim';
import { PAGE_LIMIT } from '../../mm/page-set.js';
import { R } from '../../registers.js';
import type { Frame } from '@daxsim/sim';

/** Pages that `bytes` bytes from a page's start on touch. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES);
}

/** True if `offset` is a page's start and `length` is sensible. */
export function isSpan(frame: Frame): boolean {
  const offset = frame.get(R.offset);
  const length = frame.get(R.length);
  return offset >= 0 && offset % BLOCK_BYTES === 0 && length >= 0;
}

/** First page of the range [offset, offset + length). */
export function firstPage(frame: Frame): number {
  return Math.min(frame.get(R.offset) / BLOCK_BYTES, PAGE_LIMIT);
}

/** One past its last page. */
export function endPage(frame: Frame): number {
  return Math.min(pagesOf(frame.get(R.offset) + frame.get(R.length)), PAGE_LIMIT);
}
