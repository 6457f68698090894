/**
 * Saving a module of DRAM to its own flash at power loss, and restoring it when power is back.
 *
 *   power loss ─▶ queues drained (ADR) ─▶ DRAM ─▶ flash, while the energy lasts ─▶ … ─▶ restored
 *
 * All modules save at the same time, each with its own energy, so how many there are changes
 * nothing. What is not saved or not restored is lost: faults `save-failed`, `restore-failed`.
 *
 * Left out: writing while a module is not armed yet; wear of the flash; ageing of the energy
 * source.
 */
import type { SaveConfig } from './save-config.js';

/** What power loss asks of a module. */
export interface SavePlan {
  readonly saveSeconds: number;
  readonly restoreSeconds: number;
  readonly neededJoules: number;
  /** Part of the module that its energy suffices to save, 0 … 1. */
  readonly savedShare: number;
}

/** `energyJoules`: what the source holds then; absent: what it holds when it is armed. */
export function savePlan(config: SaveConfig, energyJoules = config.energyJoules.value): SavePlan {
  const mebibytes = config.moduleGib.value * 1024;
  const saveSeconds = mebibytes / config.saveMibPerS.value;
  const neededJoules = saveSeconds * config.saveWatts.value;
  return {
    saveSeconds,
    restoreSeconds: mebibytes / config.restoreMibPerS.value,
    neededJoules,
    savedShare: Math.min(1, energyJoules / neededJoules),
  };
}

/** In words, for whoever asks what a machine models. */
export function describeSave(config: SaveConfig): string {
  const { saveSeconds, restoreSeconds, neededJoules } = savePlan(config);
  const held = config.energyJoules.value;
  return (
    `save of each module to flash at power loss: ${saveSeconds.toFixed(0)} s, ` +
    `${neededJoules.toFixed(0)} J of the ${held.toFixed(0)} J that it holds; ` +
    `${restoreSeconds.toFixed(0)} s to restore`
  );
}
