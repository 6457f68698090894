/** The ledger of long runs: kills, other runs, order. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Ledger } from './ledger.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a run that was killed in the middle of a line goes on with the parts before it', () => {
  const file = path.join(folder, 'run');
  const first = Ledger.open<string>(file, { seed: 1 }, 3);
  first.done(2, 'c');
  appendFileSync(file, '{"part": 0, "ans');
  const again = Ledger.open<string>(file, { seed: 1 }, 3);
  expect(again.missing()).toEqual([0, 1]);
  expect(again.leading()).toEqual([]);
  again.done(0, 'a');
  expect(again.leading()).toEqual(['a']);
  again.done(1, 'b');
  expect(Ledger.open<string>(file, { seed: 1 }, 3).inOrder()).toEqual(['a', 'b', 'c']);
  expect(readFileSync(file, 'utf8')).not.toContain('"ans\n');
});

test('the ledger of another run is refused', () => {
  const file = path.join(folder, 'run');
  Ledger.open<string>(file, { seed: 1 }, 3).done(0, 'a');
  expect(() => Ledger.open<string>(file, { seed: 2 }, 3)).toThrow('another run');
});
