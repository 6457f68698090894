/** Reference: what leaves a core, and what it may have to wait for. */
import type { ScriptedRequest } from '../traffic.js';
import type { Seen } from './journey-model.js';
import type { Signal } from './kernel.js';

/** A store that retires into a store buffer. */
export interface Retired {
  readonly asked: ScriptedRequest;
  readonly used: Seen | undefined;
  /** Of the dirty lines that it pushed out of the caches, how many stores they carry. */
  readonly evictedStores: readonly number[];
  readonly rank: number;
  /** The how-manieth of what its core sent for it is. */
  readonly use: number;
  readonly stores: number;
}

/** A write on its way to a controller. */
export interface Posted {
  readonly core: number;
  readonly line: number;
  /** Of a write of a part of the line, in how many 8-byte pieces; else 0. */
  readonly pieces: number;
  readonly isOwned: boolean;
  readonly stores: number;
  readonly drain: number;
  readonly ack: number;
}

/** A line that leaves the caches. */
export function flushed(core: number, line: number, stores: number): Posted {
  return { core, line, pieces: 0, isOwned: true, stores, drain: 0, ack: 0 };
}

/** Acts when the signal fires; at once, if there is nothing to wait for. */
export function behind(signal: Signal | undefined, act: () => void): void {
  if (signal === undefined) act();
  else signal.wait(act);
}

/** The 8-byte pieces of a line with a byte in [from, to), or 0 if that is all of it. */
export function piecesOf(from: number, to: number): number {
  if (to - from === 64) return 0;
  const pieces = [0, 8, 16, 24, 32, 40, 48, 56];
  return pieces.filter((piece) => piece < to && from < piece + 8).length;
}
