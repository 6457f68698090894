/**
 * What jest does to a compiled module before it runs it: the built-in objects that the module uses
 * become constants of the module, and what fast-check draws gets the seed of the run.
 *
 *     Math.floor(x / 3)   as it ships                                   3 ns
 *                         in a test's context, `Math` from native code  100 ns
 *                         behind `const { Math } = globalThis`          4 ns
 *
 * Each test file runs in a context of its own, where every global goes through native code. Nothing
 * else is changed, and lines stay where they are. Left alone is what a test may replace: the clock,
 * timers, process, console.
 *
 * A test file's tests and hooks go into a block with the file's name, since several files share a
 * context (`test-groups.mjs`).
 *
 * The seed is DAXSIM_SEED, 1 if not given: the same commit passes or fails the same way everywhere,
 * and other draws are asked for by name. A property that names a seed keeps it.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';

const NAMES = [
  'Array',
  'BigInt',
  'BigInt64Array',
  'Boolean',
  'DataView',
  'Error',
  'Float32Array',
  'Float64Array',
  'Infinity',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'Set',
  'String',
  'TextDecoder',
  'TextEncoder',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'WeakMap',
];

const USES = NAMES.map((name) => ({
  name,
  use: new RegExp(`\\b${name}\\b`),
  own: new RegExp(`\\b(?:class|const|function|import|let|var)\\s+\\{?[^;=(]*\\b${name}\\b`),
}));

const SEED = Number(process.env.DAXSIM_SEED ?? 1);
const DRAWS = /^import fc from 'fast-check';$/m;

/** Imports and the comments among them, which compiled modules begin with. */
const HEAD = /^(?:\s+|\/\*[^]*?\*\/|\/\/.*|import\b[^;]*;)*/;

/** The same with all that is behind the imports in a block of that name; no line moves. */
function inBlock(source, name) {
  const [head] = HEAD.exec(source);
  const body = source.slice(head.length);
  return `${head} globalThis.describe(${JSON.stringify(name)}, () => {${body}\n});`;
}

export default {
  process(source, file, options) {
    const names = USES.filter(({ use, own }) => use.test(source) && !own.test(source));
    const list = names.map(({ name }) => name).join(', ');
    const builtIns = names.length === 0 ? '' : `const { ${list} } = globalThis; `;
    const seed = DRAWS.test(source) ? `fc.configureGlobal({ seed: ${SEED} }); ` : '';
    if (!file.endsWith('.test.js')) return { code: builtIns + seed + source };
    const name = path.relative(options.config.rootDir, file).replace('/dist/', '/');
    return { code: builtIns + seed + inBlock(source, name) };
  },

  getCacheKey(source, path) {
    return createHash('sha256').update(`3\0${SEED}\0${path}\0${source}`).digest('hex').slice(0, 32);
  },
};
