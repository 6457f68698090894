/** The set-up script, run for real in a throw-away workspace with stand-ins for npm and tsc. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ScratchWorkspace, lockFile } from './scratch-workspace.js';

// Every test starts several processes, on a machine that may be busy.
jest.setTimeout(60_000);

let scratch: ScratchWorkspace;
beforeEach(() => {
  scratch = new ScratchWorkspace();
});
afterEach(() => {
  scratch.dispose();
});

const setUp = (...words: string[]): string[] => {
  expect(scratch.run('setup.mjs', ...words).status).toBe(0);
  return scratch.calls();
};

describe('set-up', () => {
  test('a fresh clone is installed and compiled, a second run does nothing', () => {
    expect(setUp()).toEqual(['npm ci', 'tsc -b']);
    expect(setUp()).toEqual([]);
    expect(setUp('--force')).toEqual(['tsc -b']);
  });

  test('a changed, a new and a deleted source are compiled, without an install', () => {
    setUp();
    scratch.write('packages/toy/src/a.ts', 'export const a = 2;\n');
    expect(setUp()).toEqual(['tsc -b']);
    scratch.write('packages/toy/src/b.ts', '');
    expect(setUp()).toEqual(['tsc -b']);
    scratch.remove('packages/toy/src/b.ts');
    expect(setUp()).toEqual(['tsc -b']);
  });

  test('outputs of deleted sources do not survive', () => {
    setUp();
    for (const ending of ['js', 'js.map', 'd.ts', 'd.ts.map']) {
      scratch.write(`packages/toy/dist/src/gone.test.${ending}`, '');
    }
    setUp('--force');
    expect(scratch.has('packages/toy/dist/src/gone.test.js')).toBe(false);
    expect(scratch.has('packages/toy/dist/src/gone.test.d.ts.map')).toBe(false);
    expect(scratch.has('packages/toy/dist/src/a.js')).toBe(true);
  });

  test('a missing output is made again, although all sources are the same', () => {
    setUp();
    scratch.remove('packages/toy/dist/src/a.js');
    expect(setUp()).toEqual(['tsc -b']);
    expect(scratch.has('packages/toy/dist/src/a.js')).toBe(true);
  });

  test('a compiler run by hand makes the stamp stale, even with the sources put back', () => {
    setUp();
    scratch.write('packages/toy/dist/.tsbuildinfo', 'compiled by hand');
    expect(setUp()).toEqual(['tsc -b']);
  });

  test('a lock file that names another version is installed', () => {
    setUp();
    scratch.write('package-lock.json', lockFile('2.0.0'));
    expect(setUp()).toEqual(['npm ci', 'tsc -b']);
  });

  test('after a failed install or compilation the next run starts again', () => {
    scratch.write('npm-fails', '');
    expect(scratch.run('setup.mjs').status).toBe(1);
    scratch.remove('npm-fails');
    scratch.write('packages/toy/src/a.ts', 'does not compile');
    const { status, stdout, stderr } = scratch.run('setup.mjs');
    expect([status, stdout, scratch.calls()]).toEqual([1, '', ['npm ci', 'tsc -b']]);
    expect(stderr).toContain('do not compile');
    expect(scratch.run('setup.mjs').status).toBe(1);
    scratch.write('packages/toy/src/a.ts', '');
    expect(setUp()).toEqual(['tsc -b']);
  });

  test('of two set-ups at once the second waits, and finds nothing left to do', async () => {
    scratch.write('npm-is-slow', '');
    const both = [scratch.start('setup.mjs'), scratch.start('setup.mjs')];
    const outcomes = await Promise.all(both);
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0]);
    expect(outcomes.filter(({ stderr }) => stderr.includes('waiting for another'))).toHaveLength(1);
    expect(scratch.calls()).toEqual(['npm ci', 'tsc -b']);
  });

  test('three set-ups at once each get their turn', async () => {
    setUp();
    scratch.write('calls', '');
    const many = Array.from({ length: 3 }, () => scratch.start('setup.mjs', '--force'));
    const outcomes = await Promise.all(many);
    expect(outcomes.map(({ status, stderr }) => [status, stderr.includes('ready')])).toEqual(
      many.map(() => [0, true]),
    );
    expect(scratch.calls()).toEqual(many.map(() => 'tsc -b'));
    expect(scratch.has('out/setup.lock')).toBe(false);
  });

  test('a lock, a stamp or a record that goes while it is looked at stops nobody', () => {
    setUp();
    for (const name of ['setup.lock', '.daxsim-stamp', '.package-lock.json']) {
      if (name === 'setup.lock') scratch.write('out/setup.lock', String(process.pid));
      const words = name === 'setup.lock' ? ['--force'] : [];
      const { status, stderr } = scratch.runWithVanishing(name, 'setup.mjs', ...words);
      expect([status, stderr.includes('ready')]).toEqual([0, true]);
    }
  });

  test('the lock of a killed set-up is not waited for', () => {
    const gone = 2 ** 22 + 1;
    scratch.write('out/setup.lock', String(gone));
    expect(setUp()).toEqual(['npm ci', 'tsc -b']);
    expect(scratch.has('out/setup.lock')).toBe(false);
  });

  test('a Node that is too old is told so, and nothing is touched', () => {
    scratch.write('package.json', '{ "engines": { "node": ">=99.1" } }');
    const { status, stderr } = scratch.run('setup.mjs');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^setup: Node \S+ is too old: daxsim needs 99\.1 or newer\.\n$/);
    expect(scratch.calls()).toEqual([]);
  });

  test('the script needs nothing that an install would bring', () => {
    const text = readFileSync(path.join(scratch.root, 'packages/handbook/setup.mjs'), 'utf8');
    const imported = [...text.matchAll(/\bfrom '([^']+)'/g)].map((match) => match[1]);
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((name) => name?.startsWith('node:') !== true)).toEqual([]);
  });
});
