/** The shipped machines, read from `configs/machines`. */
import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { parseMachineConfig, type MachineConfig } from '../src/config.js';

const FOLDER = new URL('../../../../configs/machines/', import.meta.url);

export const MACHINE_NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length))
  .sort();

/** The file as parsed, for tests that change something. */
export function parsedMachine(name: string): Record<string, unknown> {
  return parse(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8')) as Record<string, unknown>;
}

export function shippedMachine(name: string): MachineConfig {
  return parseMachineConfig(parsedMachine(name), name);
}
