/** What the tests' modules get in front of them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

/** The tests run compiled, from `dist/test`; jest wants a module of its own kind. */
const PLACE = new URL('../../prepare-test.mjs', import.meta.url).href;

interface Transformer {
  process(source: string, file: string, options: object): { readonly code: string };
}

let prepareTest: Transformer;

beforeAll(async () => {
  const module = (await import(PLACE)) as { readonly default: Transformer };
  prepareTest = module.default;
});

function codeOf(source: string, file = '/a/packages/b/dist/src/c.js'): string {
  return prepareTest.process(source, file, { config: { rootDir: '/a' } }).code;
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

  test('keeps its tests and hooks in a block behind its imports, with no line moved', () => {
    const source = '/** About. */\nimport {\n  a,\n} from "./a.js"; // why\nafterAll(() => a());\n';
    const code = codeOf(source, '/a/packages/b/dist/src/c.test.js');
    const block = 'globalThis.describe("packages/b/src/c.test.js", () => {';
    expect(code).toBe(source.replace('afterAll', ` ${block}afterAll`) + '\n});');
  });
});
