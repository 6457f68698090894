/** Files of scenarios: those of the project by name (configs/scenarios), others by path. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, nearestName } from '@daxsim/sim';
import { configFolder, readText } from '../config/catalog-files.js';
import { parseScenarios } from './parse-scenarios.js';
import type { Scenario } from './scenario.js';

const ENDING = '.scenarios';

/** Names of the shipped files. */
export function scenarioFiles(): readonly string[] {
  return readdirSync(configFolder('scenarios'))
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();
}

/** Loads a file by name or path. Throws ConfigError. */
export function loadScenarios(name: string): readonly Scenario[] {
  if (name.includes('/') || name.includes('.')) return parseScenarios(name, readText(name));
  const names = scenarioFiles();
  if (!names.includes(name)) {
    throw new ConfigError({
      where: name,
      found: `unknown file of scenarios "${name}"`,
      allowed: `${names.join(', ')}, or the path of a file`,
      nearest: nearestName(name, names),
    });
  }
  const shown = `configs/scenarios/${name}${ENDING}`;
  return parseScenarios(shown, readText(join(configFolder('scenarios'), name + ENDING)));
}
