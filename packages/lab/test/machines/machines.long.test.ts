/** Machines whose figures were changed at random, many: each runs, or is the user's error. */
import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configNames } from '../../src/config/catalog-files.js';
import { wrongOfMutated } from './mutated.js';

const folder = mkdtempSync(join(tmpdir(), 'daxsim-machines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PARTS = Array.from({ length: 10 }, (_, part) => part);

test.each(PARTS)('part %i of a thousand', (part) => {
  const file = join(folder, 'mine.yaml');
  expect(wrongOfMutated(configNames('machines'), 100 + part, 100, file)).toEqual([]);
});
