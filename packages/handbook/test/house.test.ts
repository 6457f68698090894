/** The house rules, applied to this working tree. Every breach is printed, one per line. */
import { expect, test } from '@jest/globals';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree, reportOf } from '../src/index.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

test('a report names rule, file, line and what is wanted, and is empty when all rules hold', () => {
  const path = 'packages/pmem/src/index.ts';
  const report = reportOf([{ path, text: "\nexport * from '@daxsim/lab';\n" }]);
  expect(report).toContain('layers (1): ');
  expect(report).toContain(`${path}:2  pmem may not import lab; allowed: sim.`);
  expect(reportOf([{ path, text: '' }])).toBe('');
});

test('the working tree obeys every house rule', () => {
  const files = readTree(root);
  expect(files.length).toBeGreaterThan(20);
  expect(reportOf(files)).toBe('');
}, 60_000);
