/**
 * Machine files of a user's own: what is wrong is said with its place, and nothing else happens.
 */
import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@daxsim/sim';
import { parse } from 'yaml';
import { configFolder, configNames, readText } from '../../src/config/catalog-files.js';
import { loadMachine } from '../../src/config/systems.js';
import { wrongOfMutated } from './mutated.js';

const folder = mkdtempSync(join(tmpdir(), 'daxsim-machines-'));
const file = join(folder, 'mine.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Tree = Record<string, unknown>;
const shipped = (name: string): string => readText(join(configFolder('machines'), `${name}.yaml`));
const texts = new Map(['optane-100-1dimm', 'nvdimm-n'].map((name) => [name, parse(shipped(name))]));

/** Loads a shipped machine with the value at a path changed; undefined takes it out. */
function loadWith(name: string, path: string, value: unknown): void {
  const machine = structuredClone(texts.get(name)) as Tree;
  const place = path.split('.');
  const owner = place.slice(0, -1).reduce((at, key) => at[key] as Tree, machine);
  const key = place.at(-1)!;
  if (value === undefined) Reflect.deleteProperty(owner, key);
  else owner[key] = value;
  writeFileSync(file, JSON.stringify(machine, null, 1));
  loadMachine(file);
}

const OPTANE = 'optane-100-1dimm';
test.each([
  [OPTANE, 'cpu.coreMhz.value', -2200, /mine.yaml:\d+:\d+: cpu\.coreMhz\.value: Too small/],
  [OPTANE, 'cpu.coreMhz.source', undefined, /cpu\.coreMhz\.source/],
  [OPTANE, 'cpu.coreMhz.basis', 'guessed', /allowed: one of measured, published, derived/],
  [
    OPTANE,
    'cpu.fillBuffres',
    { value: 3 },
    /unknown key "fillBuffres".*did you mean "fillBuffers"/s,
  ],
  [OPTANE, 'cpu.fillBuffers.value', 1.5, /cpu\.fillBuffers\.value: .*expected int/],
  [OPTANE, 'cpu.caches.l1.ways.value', 7, /l1\.ways: 7, which does not divide.*a divisor of 512/s],
  [OPTANE, 'controller.drainDownTo.value', 6, /drainDownTo: 6: .*less than drainAbove, 6/s],
  [OPTANE, 'controller.drainAbove.value', 99, /drainAbove: 99: .*writeSlots at most/s],
  [OPTANE, 'controller.lineBusNs.value', 1e-9, /controller\.lineBusNs: 1e-9; allowed: 0\.001/],
  [OPTANE, 'interleaveBytes.value', 1000, /interleaveBytes\.value: .*multiple of 256/],
  [OPTANE, 'domain', 'adrr', /domain: "adrr" is not allowed.*did you mean "adr"/s],
  [OPTANE, 'stages.1.aheadSlots.value', 4000, /stages\[1\]\.aheadSlots: 4000; .*the queue at most/],
  [OPTANE, 'stages.1.ways.value', 5, /stages\[1\]\.blocks: \d+, which do not fill the sets/],
  [OPTANE, 'stages', [], /stages/],
  ['nvdimm-n', 'stages.0.rfcNs.value', 1e5, /rfcNs: 100000: a refresh without end/],
] as const)('%s with %s = %p says what is wrong, and where', (name, path, value, message) => {
  let thrown: unknown;
  try {
    loadWith(name, path, value);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect(String(thrown)).toMatch(message);
});

test('a machine whose figures were changed at random runs, or is the user’s error', () => {
  expect(wrongOfMutated(configNames('machines'), 1, 12, file)).toEqual([]);
});
