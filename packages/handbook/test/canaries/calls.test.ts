/** Rules about what a file calls and imports: every banned thing is planted once and found. */
import { describe, expect, test } from '@jest/globals';
import { bannedCalls } from '../../src/rules/banned-calls.js';
import { restrictedImports } from '../../src/rules/restricted-imports.js';
import { breaches, breachesIn } from './canary.js';

describe('banned-calls', () => {
  test.each([
    'const now = Date.now();',
    'const d = new Date();',
    'const now = globalThis.Date.now();',
    'performance.now();',
    'process.hrtime.bigint();',
    'Math.random();',
    'const f = Math.random;',
    'Math.pow(2, n);',
    'const x = 2 ** n;',
    'setTimeout(f, 1);',
    'setImmediate(f);',
    'process.nextTick(f);',
    'const seed = process.env.SEED;',
    'a.localeCompare(b);',
    'n.toLocaleString();',
    'new Intl.NumberFormat();',
    "console.log('x');",
    'async function f() {}',
    'const all = Promise.all(x);',
  ])('`%s` is found in the core', (text) => {
    expect(breachesIn(bannedCalls, text)).toBeGreaterThan(0);
  });

  test.each([
    '// Date and Math.random() in a comment',
    "const text = 'Date.now()';",
    'const size = 2 ** 20;',
    'Math.imul(a, b); Math.floor(x); Math.trunc(y);',
    'record.performance = 1; const { Date: day } = record;',
    'interface Times { readonly performance: number }',
  ])('`%s` is nobody’s business', (text) => {
    expect(breachesIn(bannedCalls, text)).toBe(0);
  });

  test('cli may ask the host, a trace reader may wait, a test may read its seed', () => {
    expect(breachesIn(bannedCalls, 'Date.now();', 'packages/cli/src/main.ts')).toBe(0);
    expect(breachesIn(bannedCalls, 'async function f() {}', 'packages/trace/src/gz.ts')).toBe(0);
    const seed = 'const seed = process.env.DAXSIM_SEED;';
    expect(breachesIn(bannedCalls, seed, 'packages/sim/src/a.test.ts')).toBe(0);
    expect(breachesIn(bannedCalls, 'Math.random();', 'packages/sim/src/a.test.ts')).toBe(1);
  });
});

describe('restricted-imports', () => {
  const manifests = {
    'package.json': '{ "devDependencies": { "fast-check": "1.0.0" } }',
    'packages/trace/package.json':
      '{ "dependencies": { "zod": "1.0.0", "@msgpack/msgpack": "1.0.0", "commander": "1.0.0" } }',
  };
  const found = (path: string, text: string) =>
    breaches(restrictedImports, { ...manifests, [path]: text });

  test('zod enters through config files and stage definitions only', () => {
    const text = "import { z } from 'zod';";
    expect(found('packages/trace/src/config.ts', text)).toEqual([]);
    expect(found('packages/trace/src/replay-config.ts', text)).toEqual([]);
    expect(found('packages/trace/src/x.ts', `${text} defineStage({});`)).toEqual([]);
    expect(found('packages/trace/src/record.ts', text)).toHaveLength(1);
  });
  test('MessagePack enters through the container only', () => {
    const text = "import { decode } from '@msgpack/msgpack';";
    expect(found('packages/trace/src/formats/container.ts', text)).toEqual([]);
    expect(found('packages/trace/src/record.ts', text)).toHaveLength(1);
  });
  test('commander outside of cli is found', () => {
    expect(found('packages/trace/src/x.ts', "import { Command } from 'commander';")).toHaveLength(
      1,
    );
  });
  test('an undeclared library is found; a test may use those of the root', () => {
    const text = "import fc from 'fast-check';";
    expect(found('packages/trace/src/x.ts', text)).toHaveLength(1);
    expect(found('packages/trace/src/x.test.ts', text)).toEqual([]);
  });
  test('the core imports nothing of Node, its tests may', () => {
    const text = "import { readFileSync } from 'node:fs';";
    expect(found('packages/sim/src/x.ts', text)).toHaveLength(1);
    expect(found('packages/sim/test/x.test.ts', text)).toEqual([]);
    expect(found('packages/trace/src/x.ts', text)).toEqual([]);
  });
});
