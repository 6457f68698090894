/** A scenario by name (configs/experiments) or by path. */
import { loadConfig } from '../config/catalog-files.js';
import { scenarioConfig } from './config.js';
import type { Loaded } from '../config/catalog-files.js';
import type { ScenarioConfig } from './config.js';

/** Throws `ConfigError` when there is none, or it is not one. */
export function loadScenario(name: string): Loaded<ScenarioConfig> {
  return loadConfig('experiments', name, scenarioConfig);
}
