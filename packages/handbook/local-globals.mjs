/**
 * What jest does to a compiled module before it runs it: the built-in objects that the module uses
 * become constants of the module.
 *
 *     Math.floor(x / 3)   as it ships                                   3 ns
 *                         in a test's context, `Math` from native code  100 ns
 *                         behind `const { Math } = globalThis`          4 ns
 *
 * Each test file runs in a context of its own, where every global goes through native code. Nothing
 * else is changed, and lines stay where they are. Left alone is what a test may replace: the clock,
 * timers, process, console.
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

export default {
  process(source) {
    const names = USES.filter(({ use, own }) => use.test(source) && !own.test(source));
    if (names.length === 0) return { code: source };
    const list = names.map(({ name }) => name).join(', ');
    return { code: `const { ${list} } = globalThis; ${source}` };
  },

  getCacheKey(source, path) {
    return createHash('sha256').update(`1\0${path}\0${source}`).digest('hex').slice(0, 32);
  },
};
