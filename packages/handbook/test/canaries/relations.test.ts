/** Rules about files together: each is shown one tree that obeys and trees that break it. */
import { describe, expect, test } from '@jest/globals';
import { catalogues } from '../../src/rules/catalogues.js';
import { cycles } from '../../src/rules/cycles.js';
import { layers } from '../../src/rules/layers.js';
import { reachable } from '../../src/rules/reachable.js';
import { breaches } from './canary.js';

describe('layers', () => {
  const sim = (text: string) => breaches(layers, { 'packages/sim/src/clock.ts': text });
  const lab = (text: string) => breaches(layers, { 'packages/lab/src/replay.ts': text });

  test('an arrow down, over any number of levels, is allowed', () => {
    expect(lab("import { a } from '@daxsim/daxfs'; import { b } from '@daxsim/sim';")).toEqual([]);
  });
  test('an arrow up is found, also when only a type travels on it', () => {
    expect(sim("import type { A } from '@daxsim/pmem';")).toHaveLength(1);
    expect(sim("type A = import('@daxsim/pmem').A;")).toHaveLength(1);
    expect(sim("export * from '@daxsim/lab';")).toHaveLength(1);
    expect(sim("const lab = await import('@daxsim/lab');")).toHaveLength(1);
  });
  test('an arrow sideways is found', () => {
    const text = "import { A } from '@daxsim/trace';";
    expect(breaches(layers, { 'packages/pmem/src/memory.ts': text })).toEqual([
      'packages/pmem/src/memory.ts:1 pmem may not import trace; allowed: sim.',
    ]);
  });
  test('reaching past an index is found, by name or by path', () => {
    expect(lab("import { a } from '@daxsim/sim/dist/src/clock.js';")).toHaveLength(1);
    expect(lab("import { a } from '../../sim/src/clock.js';")).toHaveLength(1);
    expect(lab("import { a } from './clock.js'; import { b } from '../test/x.js';")).toEqual([]);
  });
  test('only a test may enter its own package by the index', () => {
    const text = "import { a } from '@daxsim/sim';";
    expect(breaches(layers, { 'packages/sim/test/a.test.ts': text })).toEqual([]);
    expect(breaches(layers, { 'packages/sim/src/a.ts': text })).toHaveLength(1);
  });
  test('a manifest that depends upwards is found', () => {
    const text = '{ "dependencies": { "@daxsim/lab": "0.1.0", "zod": "4.6.7" } }';
    expect(breaches(layers, { 'packages/sim/package.json': text })).toHaveLength(1);
    expect(breaches(layers, { 'packages/cli/package.json': text })).toEqual([]);
  });
  test('a package without a layer is found', () => {
    expect(breaches(layers, { 'packages/fuse/src/index.ts': '' })).toHaveLength(1);
  });
});

describe('cycles', () => {
  test('a cycle of two and a cycle through types are found, each once', () => {
    const found = breaches(cycles, {
      'packages/sim/src/a.ts': "import { b } from './b.js';",
      'packages/sim/src/b.ts': "import type { C } from './deep/c.js';",
      'packages/sim/src/deep/c.ts': "export { a } from '../a.js';",
    });
    const way = ['a.ts', 'b.ts', 'deep/c.ts', 'a.ts'].map((name) => `packages/sim/src/${name}`);
    expect(found).toEqual([`${way[0] ?? ''}:0 cycle: ${way.join(' → ')}`]);
  });
  test('a file that imports itself is a cycle', () => {
    expect(breaches(cycles, { 'packages/sim/src/a.ts': "import './a.js';" })).toHaveLength(1);
  });
  test('two ways to one file are no cycle', () => {
    const found = breaches(cycles, {
      'packages/sim/src/a.ts': "import './b.js'; import './c.js';",
      'packages/sim/src/b.ts': "import './d.js';",
      'packages/sim/src/c.ts': "import './d.js';",
      'packages/sim/src/d.ts': '',
    });
    expect(found).toEqual([]);
  });
});

describe('reachable', () => {
  test('a file that nothing imports is found, and so is one that only a dead file imports', () => {
    const found = breaches(reachable, {
      'packages/sim/src/index.ts': "export { a } from './a.js';",
      'packages/sim/src/a.ts': '',
      'packages/sim/src/dead.ts': "import './buried.js';",
      'packages/sim/src/buried.ts': '',
      'packages/sim/src/a.test.ts': "import './dead.js';",
    });
    expect(found.map((line) => line.split(':')[0])).toEqual([
      'packages/sim/src/dead.ts',
      'packages/sim/src/buried.ts',
    ]);
  });
});

describe('catalogues', () => {
  const folder = 'packages/daxfs/src/lock-plans';
  const catalog = (text: string) => ({
    [`${folder}/catalog.ts`]: text,
    [`${folder}/none.ts`]: '',
    [`${folder}/lock-plan.ts`]: '',
    [`${folder}/none.test.ts`]: '',
  });
  const header = '/** Every plan. Not entries: `lock-plan.ts` (the shared type). */\n';

  test('every file listed or excused obeys', () => {
    expect(breaches(catalogues, catalog(`${header}import { a } from './none.js';`))).toEqual([]);
  });
  test('a file without an entry is found', () => {
    const found = breaches(catalogues, catalog(header));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('none.ts:0 no entry');
  });
  test('an excuse for a file that is not there is found', () => {
    const text = "/** Not entries: `lock-plan.ts`, `gone.ts`. */ import './none.js';";
    expect(breaches(catalogues, catalog(text))).toHaveLength(1);
  });
});
