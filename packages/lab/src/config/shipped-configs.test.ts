/** What is shipped in `configs/` loads, and its JSON Schemas are those of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { UserError } from '@daxsim/sim';
import { configFolder, configNames, loadConfig } from './catalog-files.js';
import { schemaFiles } from './json-schema.js';
import { loadFileSystem, loadMachine } from './systems.js';

test.each([...schemaFiles()])('configs/schema/%s is what the code accepts', (name, text) => {
  expect(readFileSync(join(configFolder('machines'), '../schema', name), 'utf8')).toBe(text);
});

test('every machine and file system that is shipped loads', () => {
  const machines = configNames('machines');
  expect(machines).toContain('optane-100-1dimm');
  for (const name of machines) expect(loadMachine(name).config.stages.length).toBeGreaterThan(0);
  for (const name of configNames('filesystems')) {
    expect(loadFileSystem(name).prices.size).toBeGreaterThan(0);
  }
});

test('a kernel and a lock plan may be chosen beside the name', () => {
  const choice = loadFileSystem('xfs-dax@6.1', 'none');
  expect([choice.personality.name, choice.plan.name]).toEqual(['xfs-dax@6.1', 'none']);
});

test.each([
  ['machine', (): unknown => loadMachine('optane-100-1dim'), 'optane-100-1dimm'],
  ['file system', (): unknown => loadFileSystem('xfs-dx'), 'xfs-dax'],
  ['lock plan', (): unknown => loadFileSystem('xfs-dax', 'globa'), 'global'],
])('an unknown %s is answered with the nearest name', (_what, load, nearest) => {
  expect(load).toThrow(UserError);
  expect(load).toThrow(`did you mean "${nearest}"?`);
});

test('a file that is not there is the user’s error', () => {
  const load = (): unknown => loadConfig('machines', './no-such.yaml', { safeParse: never });
  expect(load).toThrow('./no-such.yaml: no such file');
});

function never(): never {
  throw new Error('asked a schema about a file that is not there');
}
