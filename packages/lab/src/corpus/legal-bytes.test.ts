import { describe, expect, test } from '@jest/globals';
import { LegalBytes } from './legal-bytes.js';
import type { CorpusOperation } from './config.js';

const LETTER = new Uint8Array([68]);

function isLegal(file: string, crash: boolean, ...operations: CorpusOperation[]): boolean {
  const legal = new LegalBytes({ setup: [], threads: [operations], crash });
  return legal.judge(file, 0, LETTER, 0, 1) === null;
}

describe('bytes written under a new name', () => {
  const rename: CorpusOperation = { op: 'rename', from: 'F', to: 'G' };
  const write: CorpusOperation = { op: 'pwrite', f: 'G', off: 0, len: 1, fill: 'D' };

  test('may show under the old one when power loss undoes the rename', () => {
    expect(isLegal('G', true, rename, write)).toBe(true);
    expect(isLegal('F', true, rename, write)).toBe(true);
  });

  test('may not while power stays', () => {
    expect(isLegal('G', false, rename, write)).toBe(true);
    expect(isLegal('F', false, rename, write)).toBe(false);
  });
});
