/** What the tests' modules get in front of them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

/** The tests run compiled, from `dist/test`; jest wants a module of its own kind. */
const PLACE = new URL('../../prepare-test.mjs', import.meta.url).href;

interface Transformer {
  process(source: string): { readonly code: string };
}

const { default: prepareTest } = (await import(PLACE)) as { readonly default: Transformer };

function codeOf(source: string): string {
  return prepareTest.process(source).code;
}

describe('a module that jest runs', () => {
  test('has the built-in objects that it uses as constants, on its first line', () => {
    const source = 'const half = Math.floor(1 / 2);\nnew Map([[half, Infinity]]);\n';
    expect(codeOf(source)).toBe(`const { Infinity, Map, Math } = globalThis; ${source}`);
  });

  test('is as it ships when it uses none, or only what a test may replace', () => {
    const source = 'process.stdout.write(Date.now());\nsetTimeout(() => undefined, 1);\n';
    expect(codeOf(source)).toBe(source);
  });

  test.each([
    'class Map {}',
    "import { Map } from './map.js';",
    'const Map = new Set();',
    'function Map() {}',
  ])('keeps a name of its own: %s', (own) => {
    expect(codeOf(`${own}\nnew Map();\n`)).not.toMatch(/\bMap\b.*= globalThis/);
  });

  test('draws from the seed of the run', () => {
    const { seed } = fc.readConfigureGlobal();
    expect(seed).toBe(Number(process.env['DAXSIM_SEED'] ?? 1));
  });
});
