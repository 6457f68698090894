/** Every crash state of a workload in a file, and traces as workloads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  aceReproducerOf,
  loadCrashFile,
  parseAceReproducer,
  reproduceAce,
} from '../../src/index.js';
import { tracedCalls } from '../../src/inject/traced-calls.js';
import { SMALL_PROGRAM } from './experiments.js';
import type { CrashFileChoice, CrashFileRun } from '../../src/index.js';

const traces = fileURLToPath(new URL('../../../../../traces/', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daxsim-crash-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function searched(workload: object, choice: CrashFileChoice = {}): Promise<CrashFileRun> {
  const file = join(folder, 'workload.json');
  writeFileSync(file, JSON.stringify({ title: 'test', workload }));
  const run = await loadCrashFile(file, choice);
  while (run.step());
  return run;
}

test('a workload in a file is searched call by call, and no promise is broken', async () => {
  const result = (await searched({ calls: SMALL_PROGRAM })).result();
  expect(result.failures).toEqual([]);
  expect(result.crash_states.executed).toBeGreaterThan(50);
  expect(result.calls.filter(({ call }) => call === 'fsync foo')).toEqual([
    expect.objectContaining({ moments: 2 }),
  ]);
});

test('a defect is found, and its reproducer fails again', async () => {
  const run = await searched({ calls: SMALL_PROGRAM }, { knobs: { logForceFlush: 'skip' } });
  const { failures, violations } = run.result();
  expect(violations).toBe(1);
  const { personality, plan, knobs, domain } = run.setting;
  const system = { fileSystem: personality.name, lockPlan: plan.name, knobs, domain };
  for (const failure of failures) {
    const text = JSON.stringify(aceReproducerOf('1', system, failure));
    const again = reproduceAce(parseAceReproducer('file', JSON.parse(text)));
    expect(again).toMatchObject({ failsAgain: true, sameDigest: true });
  }
});

test('names that lead to another file of the same size are no violation', async () => {
  const again = [
    { call: 'write', path: 'foo', offset: 0, length: 512 },
    { call: 'fsync', path: 'foo' },
    { call: 'unlink', path: 'foo' },
  ];
  const result = (await searched({ calls: [...again, ...again] })).result();
  expect(result.failures).toEqual([]);
});

test('what SQLite did becomes calls with short names, and survives power loss', async () => {
  const file = join(traces, 'sqlite-rollback.strace.gz');
  const trace = { file, operations: 40, scope: '/mnt/pmem', cwd: '/mnt/pmem/db' };
  const calls = await tracedCalls({ trace }, '.');
  expect(calls).toContainEqual({ call: 'mkdir', path: 'dbD' });
  expect(calls).toContainEqual({
    call: 'write',
    path: 'dbD/app.db-journal',
    offset: 0,
    length: 512,
  });
  expect(calls).toContainEqual({ call: 'unlink', path: 'dbD/app.db-journal' });
  const result = (await searched({ trace })).result();
  expect(result.failures).toEqual([]);
});
