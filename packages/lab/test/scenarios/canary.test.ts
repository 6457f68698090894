/**
 * Every kind of claim and of outcome can fail: after the same operations the true line holds, and
 * the false one is the failure. The defects of the shipped scenarios break them as a whole.
 */
import { describe, expect, test } from '@jest/globals';
import { parseScenarios, runScenario } from '@daxsim/lab';
import type { ScenarioRun } from '@daxsim/lab';

const SETUP = `
  creat other
  link other twin
  setxattr other user.x 10 43
  mkdir d
  creat d/x
  open f a
  note
  pwrite f 0 8K 41
  ftruncate f 16K
  fallocate f 16K 4K
  mmap m f 0 20K rw shared
  fsync f`;

function run(lines: string, fs = 'xfs-dax'): ScenarioRun {
  const [scenario] = parseScenarios('canary', `scenario generic/000 canary\n${SETUP}\n${lines}`);
  if (scenario === undefined) throw new Error('no scenario');
  return runScenario(scenario, fs);
}

const pairs: readonly (readonly [string, string])[] = [
  ['expect size a 20K', 'expect size a 16K'],
  ['expect blocks a 12K', 'expect blocks a 8K'],
  ['expect links twin 2', 'expect links twin 1'],
  ['expect extents a 2', 'expect extents a 1'],
  ['expect bytes a 0 12K 41x8K 00x4K', 'expect bytes a 0 12K 41x8K 00x4095 41x1'],
  ['expect each a 0 20K 41 00', 'expect each a 0 20K 41'],
  ['expect layout a written 8K hole 8K unwritten 4K', 'expect layout a written 8K hole 12K'],
  ['expect names d x', 'expect names d y'],
  ['expect exists a d/x', 'expect exists a d/y'],
  ['expect absent b d/y', 'expect absent b d/x'],
  ['expect one a b', 'expect one a other'],
  ['expect same other twin', 'expect same other a'],
  ['expect partner other twin a', 'expect partner other a d'],
  ['expect stamp a mtime moved', 'expect stamp a mtime kept'],
  ['expect stamp other ctime kept', 'expect stamp other ctime moved'],
  ['expect xattr other user.y none', 'expect xattr other user.x none'],
  ['expect xattr other user.x 43x10', 'expect xattr other user.x 43x11'],
  ['pread f 4K 8K -> 41x4K 00x4K', 'pread f 4K 8K -> 41x8K'],
  ['pwrite f 0 4K 42 -> 4K', 'pwrite f 0 4K 42 -> ENOSPC'],
  ['rmdir d -> ENOTEMPTY', 'rmdir d'],
  ['store m 64K 1 42 -> SIGBUS | SIGSEGV', 'store m 64K 1 42'],
  ['seek f 8K data -> ENXIO', 'seek f 8K data -> 12K'],
];

describe('after the same operations', () => {
  test.each(pairs)('"%s" holds and "%s" does not', (right, wrong) => {
    expect(run(right).failure).toBeNull();
    expect(run(wrong).failure).toMatchObject({ statement: wrong });
  });

  test('free space that is gone is missed', () => {
    expect(run('expect free').failure).toMatchObject({ statement: 'expect free' });
  });
});

describe('power loss', () => {
  test('takes what no sync promised, and leaves what one did', () => {
    expect(run('cut\nexpect size a 20K').failure).toBeNull();
    expect(run('ftruncate f 64K\ncut\nexpect size a 64K').failure).toMatchObject({ found: '20K' });
  });

  test('is tried at every fence of a block, with all that may survive', () => {
    const whole = run('during\npwrite f 0 4K 42\nend\nexpect each a 0 4K 41 42');
    expect(whole.failure).toBeNull();
    expect(whole.crashStates).toBeGreaterThan(4);
    const torn = run('during\npwrite f 0 4K 42\nend\nexpect bytes a 0 4K 41x4K | 42x4K');
    expect(torn.failure).not.toBeNull();
  });

  test('of a defect that flushes no log leaves names without files, which a claim sees', () => {
    const [scenario] = parseScenarios(
      'canary',
      'scenario generic/000 canary\ncreat a\nsync\ncut\nexpect exists a',
    );
    if (scenario === undefined) throw new Error('no scenario');
    const defect = { knob: 'logForceFlush', value: 'skip', on: null };
    expect(runScenario(scenario, 'xfs-dax').failure).toBeNull();
    expect(runScenario(scenario, 'xfs-dax', { defect }).failure).toMatchObject({
      statement: 'expect exists a',
    });
  });
});

describe('a race', () => {
  const race = (lines: string): ScenarioRun => {
    const text = `scenario generic/000 canary\nopen f a\npwrite f 0 4K 41\nrace\n${lines}`;
    const [scenario] = parseScenarios('canary', text);
    if (scenario === undefined) throw new Error('no scenario');
    return runScenario(scenario, 'xfs-dax');
  };
  const tasks = '1: pwrite f 0 4K 42\n2: pread f 0 4';

  test('shows both orders of a read and a write, and no third answer', () => {
    expect(race(`${tasks} -> 41x4 | 42x4\nend\nexpect size a 4K`).failure).toBeNull();
    for (const one of ['41x4', '42x4']) {
      const { failure } = race(`${tasks} -> ${one}\nend\nexpect size a 4K`);
      expect(failure?.found).toContain('pread f 0 4');
    }
  });

  test('shows every end that the orders lead to', () => {
    const writes = '1: pwrite f 0 4K 42\n2: pwrite f 0 4K 43\nend\n';
    expect(race(`${writes}expect bytes a 0 4K 42x4K | 43x4K`).failure).toBeNull();
    expect(race(`${writes}expect bytes a 0 4K 42x4K`).failure).not.toBeNull();
    expect(race(`${writes}expect bytes a 0 4K 43x4K`).failure).not.toBeNull();
  });
});

describe('a file of scenarios that is wrong', () => {
  test.each([
    ['pwrite g 0 4K 41', 'pwrite of "g", which is not open'],
    ['expect colour a red', 'unknown claim "colour"'],
    ['expect layout a wet 4K', 'unknown state of blocks "wet"'],
    ['repeat 2', 'a block that does not end'],
    ['end', 'an end of nothing'],
    ['frobnicate a', 'unknown statement "frobnicate"'],
    ['cut\nfsync f', 'fsync of "f", which is not open'],
  ])('"%s" is refused with its line', (line, found) => {
    expect(() => run(line)).toThrow(found);
    expect(() => run(line)).toThrow(/canary:1\d/);
  });
});
