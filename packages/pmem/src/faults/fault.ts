/** What faults have in common: whom they may strike, and what they do. */
import type { LineRequest } from '../memory.js';
import type { FaultOverlay } from './fault-overlay.js';

/**
 * Kinds of requests that a fault may strike. `persist` is the moment before a fence that makes
 * something durable; where caches survive power loss, also before every cached store.
 */
export const REQUEST_CLASSES = ['any', 'load', 'store', 'flush', 'fence', 'persist'] as const;
export type RequestClass = (typeof REQUEST_CLASSES)[number];

/** How a fault strikes; each fault reads what concerns it. */
export interface FaultSetting {
  /** Units of 8 bytes that do not reach the media, one bit each, 1 … 255. */
  readonly units: number;
  /** What a request to a slow line costs on top, ticks. */
  readonly ticks: number;
  /** Writes of the queue that are lost. */
  readonly lines: number;
  /** Part of a module that its energy suffices to save, 0 … 1. */
  readonly savedShare: number;
}

export interface FaultDefinition {
  readonly name: string;
  readonly about: string;
  /** Who has seen it, or what says that it cannot happen. */
  readonly source: string;
  /** What it may strike; the first is struck when nothing else is said. */
  readonly strikes: readonly RequestClass[];
  /** Whether it shows only when power is lost afterwards. */
  readonly needsPowerLoss: boolean;
  /** Whether power is lost when it strikes, and not later. */
  readonly strikesAtLoss?: boolean;
  /** Strikes `request`, which is about to be made. */
  readonly strike: (overlay: FaultOverlay, request: LineRequest, setting: FaultSetting) => void;
}
