/** Several states of a workload may have the same names: one that explains the image is enough. */
import { expect, test } from '@jest/globals';
import { CrashSearch, CrashSystem, emptyModel, loadFileSystem } from '../../src/index.js';
import type { AceCall } from '../../src/ace/ace-operation.js';

const MEDIA_BYTES = 4 * 1024 * 1024;

/** A file that is removed and made again under its name, of the same size. */
const AGAIN: readonly AceCall[] = [
  { call: 'open', path: 'foo' },
  { call: 'write', path: 'foo', offset: 0, length: 4096 },
  { call: 'fsync', path: 'foo' },
  { call: 'close', path: 'foo' },
  { call: 'unlink', path: 'foo' },
  { call: 'open', path: 'foo' },
  { call: 'write', path: 'foo', offset: 0, length: 4096 },
  { call: 'sync' },
];

function problems(calls: readonly AceCall[], knobs: Readonly<Record<string, string>>): string[] {
  const { personality, plan } = loadFileSystem('xfs-dax');
  const setting = { personality, plan, knobs, domain: 'adr', mediaBytes: MEDIA_BYTES } as const;
  const search = CrashSearch.of(new CrashSystem(setting), false);
  const found: string[] = [];
  search.onFailure = ({ problem }) => {
    found.push(problem);
  };
  let state = emptyModel();
  for (const call of calls) state = search.run(call, state);
  expect(search.counts.executed).toBeGreaterThan(calls.length);
  return found;
}

test('a file that was made again may still be the old one after power loss', () => {
  expect(problems(AGAIN, {})).toEqual([]);
});

test('and one whose blocks were never zeroed is neither', () => {
  const grown: readonly AceCall[] = [
    ...AGAIN.slice(0, 6),
    { call: 'write', path: 'foo', offset: 0, length: 1024 },
    { call: 'sync' },
  ];
  expect(problems(grown, { logForceFlush: 'skip' })).not.toEqual([]);
});

test('msync keeps its promise for a mapping that begins inside a page', () => {
  const calls: readonly AceCall[] = [
    { call: 'open', path: 'foo' },
    { call: 'write', path: 'foo', offset: 0, length: 5000 },
    { call: 'mmapwrite', path: 'foo', offset: 5000, length: 8192 },
    { call: 'close', path: 'foo' },
  ];
  expect(problems(calls, {})).toEqual([]);
});
