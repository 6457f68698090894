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
 * The seed is DAXSIM_SEED, 1 if not given: the same commit passes or fails the same way everywhere,
 * and other draws are asked for by name. A property that names a seed keeps it.
 */
import { createHash } from 'node:crypto';

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

export default {
  process(source) {
    const names = USES.filter(({ use, own }) => use.test(source) && !own.test(source));
    const list = names.map(({ name }) => name).join(', ');
    const builtIns = names.length === 0 ? '' : `const { ${list} } = globalThis; `;
    const seed = DRAWS.test(source) ? `fc.configureGlobal({ seed: ${SEED} }); ` : '';
    return { code: builtIns + seed + source };
  },

  getCacheKey(source, path) {
    return createHash('sha256').update(`2\0${SEED}\0${path}\0${source}`).digest('hex').slice(0, 32);
  },
};
