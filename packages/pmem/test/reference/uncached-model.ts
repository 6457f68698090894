/** Reference: what an uncached mapping makes of what a core asks for. */
import type { MachineConfig } from '../../src/config.js';
import { LineOp } from '../../src/memory.js';
import type { ScriptedRequest } from '../traffic.js';

export function isUncached({ cpu }: MachineConfig): boolean {
  return cpu.mapping?.value === 'uc';
}

/** Hints mean nothing: an ntstore is a store, a streaming load one that is waited for. */
export function withoutHints(config: MachineConfig, asked: ScriptedRequest): ScriptedRequest {
  if (!isUncached(config)) return asked;
  if (asked.op === LineOp.NtStore) return { ...asked, op: LineOp.Store };
  if (asked.op === LineOp.StreamLoad) return { ...asked, op: LineOp.Load };
  return asked;
}

/** Whether it goes only when the stores before it are over. */
export function isInOrder(config: MachineConfig, op: number): boolean {
  return isUncached(config) && (op === LineOp.Store || op === LineOp.Load);
}
