/** Crossings: how many scenarios they are, and for which what counts. */
import { describe, expect, test } from '@jest/globals';
import { crossingConfig } from './crossing-config.js';
import { scenariosOf } from './crossings.js';
import type { CorpusScenario } from './config.js';

/** Two operations against two changes. */
function crossing(condition: Readonly<Record<string, readonly string[]>>): CorpusScenario[] {
  const file = { f: 'F' };
  const parsed = crossingConfig.parse({
    ...{ id: 'x', title: 'X', source: [], status: 'derived', kind: 'hang', system: 'virtiofs-dax' },
    ...{ crash: false, depth: 1, window: '', expected: '', fix: '' },
    setup: [{ op: 'creat', ...file }],
    axes: [
      {
        name: 'who',
        alternatives: [
          { name: 'reads', thread: [{ op: 'pread', ...file, off: 0, len: 1 }] },
          { name: 'writes', words: ['loud'], thread: [{ op: 'fsync', ...file }] },
        ],
      },
      {
        name: 'what',
        alternatives: [
          { name: 'cuts', thread: [{ op: 'ftruncate', ...file, size: 0 }] },
          { name: 'hangs', params: { host_fault: 'hang' } },
        ],
      },
    ],
    checks: [{ scope: 'end', expr: '0 == 0' }],
    defects: [{ name: 'no_entry_lock', goes_wrong: '', with: condition }],
    failures: [{ says: 'asleep', with: { who: ['loud'], what: ['hangs'] } }],
  });
  return scenariosOf('file', parsed);
}

describe('a crossing', () => {
  test('stands for every combination, with the threads of its alternatives', () => {
    const scenarios = crossing({});
    expect(scenarios.map(({ id }) => id)).toEqual([
      'x-reads-cuts',
      'x-reads-hangs',
      'x-writes-cuts',
      'x-writes-hangs',
    ]);
    expect(scenarios.map(({ threads }) => threads.length)).toEqual([2, 1, 2, 1]);
    expect(scenarios[1]?.params).toEqual({ host_fault: 'hang' });
  });

  test('has defects and failures where its conditions hold, and controls elsewhere', () => {
    const scenarios = crossing({ who: ['reads'] });
    expect(scenarios.map(({ defect }) => defect?.name ?? null)).toEqual([
      'no_entry_lock',
      'no_entry_lock',
      null,
      null,
    ]);
    expect(scenarios.map((one) => one.fails_with ?? null)).toEqual([null, null, null, 'asleep']);
    expect(scenarios.map((one) => one.control ?? false)).toEqual([false, false, true, false]);
  });

  test.each([
    [{ whom: ['reads'] }, 'unknown axis "whom"'],
    [{ who: ['rads'] }, 'unknown alternative of who "rads"'],
  ])('refuses a condition that can never hold: %j', (condition, message) => {
    expect(() => crossing(condition)).toThrow(message);
  });
});
