/** The house rules, applied to this working tree. Every breach is printed, one per line. */
import { expect, test } from '@jest/globals';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree, reportOf } from '../src/index.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

test('the working tree obeys every house rule', () => {
  const files = readTree(root);
  expect(files.length).toBeGreaterThan(20);
  expect(reportOf(files)).toBe('');
});
