import { expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '../../src/index.js';

const here = path.dirname(fileURLToPath(import.meta.url));

test('every rule in the catalogue has a canary that it must catch', () => {
  const canaries = readdirSync(here)
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => readFileSync(path.join(here, name), 'utf8'))
    .join('\n');
  const silent = rules.filter(({ name }) => !canaries.includes(`describe('${name}'`));
  expect(silent.map(({ name }) => name)).toEqual([]);
});
