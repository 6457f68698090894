/**
 * What each open file remembers of its reading, to guess what is read next: struct file_ra_state of
 * Linux 6.12.
 *
 *      start ─────────── size ───────────▶        the window read last
 *                  │◀─── async size ────▶│        its folio here is marked: reading it reads ahead
 *
 * A mapping reads ahead with the state of the handle it was made from, also after that was closed.
 */
import { IntColumn, NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';

export class ReadAheadStates {
  private readonly starts: IntColumn;
  private readonly sizes: IntColumn;
  private readonly asyncSizes: IntColumn;
  private readonly misses: IntColumn;
  private readonly ends: NumberColumn;
  /** Handle + 1 of each mapping. */
  private readonly handles: IntColumn;

  constructor(space: StateSpace) {
    this.starts = new IntColumn(space, 'readAhead.start');
    this.sizes = new IntColumn(space, 'readAhead.size');
    this.asyncSizes = new IntColumn(space, 'readAhead.asyncSize');
    this.misses = new IntColumn(space, 'readAhead.misses');
    this.ends = new NumberColumn(space, 'readAhead.end');
    this.handles = new IntColumn(space, 'readAhead.handle');
  }

  /** Says which handle a mapping was made from. */
  bind(mapping: number, handle: number): void {
    this.handles.set(mapping, handle + 1);
  }

  /** The handle that a mapping was made from. */
  handleOf(mapping: number): number {
    return this.handles.get(mapping) - 1;
  }

  start(handle: number): number {
    return this.starts.get(handle);
  }

  size(handle: number): number {
    return this.sizes.get(handle);
  }

  asyncSize(handle: number): number {
    return this.asyncSizes.get(handle);
  }

  setWindow(handle: number, start: number, size: number, asyncSize: number): void {
    this.starts.set(handle, start);
    this.sizes.set(handle, size);
    this.asyncSizes.set(handle, asyncSize);
  }

  /** Faults that found nothing cached, less those that did. */
  missCount(handle: number): number {
    return this.misses.get(handle);
  }

  setMissCount(handle: number, count: number): void {
    this.misses.set(handle, count);
  }

  /** One past the last byte that was read; −1 before the first read. */
  readEnd(handle: number): number {
    return this.ends.get(handle) - 1;
  }

  setReadEnd(handle: number, byte: number): void {
    this.ends.set(handle, byte + 1);
  }
}
