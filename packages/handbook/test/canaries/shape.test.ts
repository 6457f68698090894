/** Rules about one file’s form: limits are tight, one below holds and one above is found. */
import { describe, expect, test } from '@jest/globals';
import { codeShape } from '../../src/rules/code-shape.js';
import { fileShape } from '../../src/rules/file-shape.js';
import { breaches, breachesIn } from './canary.js';

const lines = (count: number) => 'const a = 1;\n'.repeat(count);

describe('file-shape', () => {
  const named = (name: string) => breachesIn(fileShape, '', `packages/sim/src/${name}`);

  test('400 lines hold, 401 are found', () => {
    expect(breachesIn(fileShape, `/** x */\n${lines(399)}`)).toBe(0);
    expect(breachesIn(fileShape, `/** x */\n${lines(400)}`)).toBe(1);
  });
  test('100 columns hold, 101 are found, and a wide character counts once', () => {
    expect(breachesIn(fileShape, `//${'─'.repeat(98)}`)).toBe(0);
    expect(breachesIn(fileShape, `//${'─'.repeat(99)}`)).toBe(1);
  });
  test('a file over 40 lines needs a header, also behind a hash-bang', () => {
    expect(breachesIn(fileShape, lines(40))).toBe(0);
    expect(breachesIn(fileShape, lines(41))).toBe(1);
    const script = `#!/usr/bin/env node\n/** x */\n${lines(60)}`;
    expect(breachesIn(fileShape, script, 'packages/cli/bin/x.mjs')).toBe(0);
  });
  test.each([
    'Clock.ts',
    'event_wheel.ts',
    'utils.ts',
    'lock-manager.ts',
    'Steps/x.ts',
    'helpers/x.ts',
  ])('the name %s is found', (name) => {
    expect(named(name)).toBeGreaterThan(0);
  });
  test.each(['clock.ts', 'event-wheel.test.ts', 'xfs-dax-6.12.ts', 'utility-function.ts'])(
    'the name %s holds',
    (name) => {
      expect(named(name)).toBe(0);
    },
  );
  test('left-over work needs an issue number', () => {
    const word = 'TO' + 'DO';
    expect(breachesIn(fileShape, `// ${word}: later`)).toBe(1);
    expect(breachesIn(fileShape, `// ${word}(#12): later`)).toBe(0);
  });
});

describe('code-shape', () => {
  const body = (count: number) => `function f() {\n${lines(count)}}\n`;

  test('a function of 60 lines holds, one of 61 is found', () => {
    expect(breachesIn(codeShape, body(58))).toBe(0);
    expect(breachesIn(codeShape, body(59))).toBe(1);
  });
  test('a method and an arrow have the same limit, a chapter of tests has none', () => {
    expect(breachesIn(codeShape, `class A {\n m() {\n${lines(59)}}\n}`)).toBe(1);
    expect(breachesIn(codeShape, `const f = () => {\n${lines(59)}};`)).toBe(1);
    expect(breachesIn(codeShape, `describe('x', () => {\n${lines(99)}});`)).toBe(0);
    expect(breachesIn(codeShape, `describe.each([1])('x', () => {\n${lines(99)}});`)).toBe(0);
  });
  test.each([
    'export default 1;',
    'export default class A {}',
    'enum Mode { A, B }',
    'class B extends A {}',
    'class FaultHandler {}',
    'const lockManager = 1;',
    'function utilSwap() {}',
  ])('`%s` is found', (text) => {
    expect(breachesIn(codeShape, text)).toBe(1);
  });
  test.each([
    'class E extends UserError {}',
    'interface B extends A {}',
    'switch (a) { default: b(); }',
    'const utilisation = 1; const handled = 2;',
  ])('`%s` holds', (text) => {
    expect(breachesIn(codeShape, text)).toBe(0);
  });
  test('a comment that switches a check off is found', () => {
    expect(breachesIn(codeShape, '// @ts-' + 'ignore')).toBe(1);
    expect(breachesIn(codeShape, '// eslint-' + 'disable-next-line')).toBe(1);
  });
  test('a breach names file and line', () => {
    const found = breaches(codeShape, { 'packages/sim/src/a.ts': '\n\nexport default 1;' });
    expect(found[0]).toMatch(/^packages\/sim\/src\/a\.ts:3 /);
  });
});
