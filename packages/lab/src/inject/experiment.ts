/**
 * An experiment file, checked, with its sweep taken apart: one configuration for each combination
 * of values, the first parameter varying slowest.
 *
 *     knobs.blockZeroing: [beforeCommit, never]   ×   file_system: [xfs-dax, ext4-dax]   4 cells
 */
import { ConfigError } from '@daxsim/sim';
import { configFileText } from '../config/catalog-files.js';
import { check, parseText } from '../config/document.js';
import { injectionConfig } from './config.js';
import type { InjectionConfig } from './config.js';

/** A combination of the sweep. */
export interface ExperimentCell {
  /** Value of each parameter that is swept, by its path. */
  readonly sweep: Readonly<Record<string, unknown>>;
  readonly config: InjectionConfig;
}

export interface Experiment {
  readonly name: string;
  readonly config: InjectionConfig;
  readonly cells: readonly ExperimentCell[];
  /** Where the file lies; traces may be named from there. */
  readonly folder: string;
}

const CELLS_MAX = 1000;

/** Loads by name (configs/injections) or path. Throws `ConfigError`. */
export function loadExperiment(name: string): Experiment {
  const { text, shownPath, folder } = configFileText('injections', name);
  return experimentOf(text, shownPath, name, folder);
}

/** Checks the text of an experiment. Throws `ConfigError`. */
export function experimentOf(text: string, where: string, name: string, folder = '.'): Experiment {
  const parsed = parseText(text, where);
  const config = check(parsed, injectionConfig);
  let combinations: Record<string, unknown>[] = [{}];
  for (const [path, values] of Object.entries(config.sweep)) {
    combinations = combinations.flatMap((before) =>
      values.map((value) => ({ ...before, [path]: value })),
    );
    if (combinations.length <= CELLS_MAX) continue;
    const found = `more than ${CELLS_MAX} combinations`;
    throw new ConfigError({ where: `${where}: sweep`, found, allowed: 'fewer values' });
  }
  const cells = combinations.map((sweep) => ({
    sweep,
    config: sweepIsEmpty(sweep) ? config : withValues(parsed.value, sweep, where),
  }));
  return { name, config, cells, folder };
}

function sweepIsEmpty(sweep: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(sweep).length === 0;
}

/** The experiment with the values put in, checked anew. */
function withValues(
  value: unknown,
  sweep: Readonly<Record<string, unknown>>,
  where: string,
): InjectionConfig {
  const copy = structuredClone(value) as Record<string, unknown>;
  delete copy['sweep'];
  for (const [path, to] of Object.entries(sweep)) put(copy, path, to, where);
  const words = Object.entries(sweep).map(([path, to]) => `${path} = ${JSON.stringify(to)}`);
  const text = JSON.stringify(copy, null, 1);
  return check(parseText(text, `${where}: sweep of ${words.join(', ')}`), injectionConfig);
}

/** Sets what a path of keys and indices leads to; objects on the way are made. */
function put(root: Record<string, unknown>, path: string, value: unknown, where: string): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at: Record<string, unknown> = root;
  for (const key of keys) {
    const inner = at[key] ?? (at[key] = {});
    if (typeof inner !== 'object' || inner === null) {
      const found = `"${path}" leads through a value`;
      throw new ConfigError({ where: `${where}: sweep`, found, allowed: 'a path of keys' });
    }
    at = inner as Record<string, unknown>;
  }
  at[last] = value;
}
