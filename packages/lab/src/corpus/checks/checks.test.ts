/** The expressions of checks: levels, values, and what is refused. */
import { expect, test } from '@jest/globals';
import { holds } from './evaluate.js';
import { parseCheck } from './parse.js';
import { NOTHING, number } from './values.js';
import type { CheckView } from './evaluate.js';
import type { CheckScope } from './parse.js';
import type { Value } from './values.js';

const names = {
  files: new Set(['F']),
  maps: new Set(['m']),
  labels: new Set(['a', 'b', 'w', 's', 'late']),
};
const bytes = (text: string, asked = text.length): Value => ({
  kind: 'bytes',
  bytes: new TextEncoder().encode(text),
  asked,
});
const results: { readonly [label: string]: Value } = {
  a: bytes('AABB'),
  b: bytes('', 8),
  w: { kind: 'count', value: 12, asked: 4096 },
  s: { kind: 'signal', isPoison: true, offset: 128 },
};

const view: CheckView = {
  label: (name) => results[name] ?? NOTHING,
  isDone: (name) => name !== 'late',
  isStarted: () => true,
  isAfter: (later, earlier) => later === 'b' && earlier === 'a',
  size: () => 4096,
  blocks: () => 1,
  exists: () => true,
  extentState: () => ({ kind: 'word', word: 'written' }),
  blockOf: () => number(77),
  pread: (_file, _offset, length) => bytes('A'.repeat(length)),
  load: () => NOTHING,
  pteBlock: (_map, page) => (page === 0 ? number(77) : { kind: 'word', word: 'none' }),
  freeBlocks: () => 5,
  freeBlocksAtStart: () => 5,
};

function judge(text: string, scope: CheckScope = 'end'): boolean {
  return holds(parseCheck('test', text, scope, names), view);
}

test.each([
  'a == mix(A,B) and a[0:2] == fill(A) and a[2:] == fill(B)',
  'not a == fill(A)',
  'b == fill(A) and b == zeros and b == short',
  'w == 12 and w < 4096 and w == short(12) and not w == ok',
  's == SIGBUS and s == SIGBUS_POISON(128) and not s == SIGBUS(0)',
  'after(b,a) implies size(F) == 2*2048',
  'after(a,b) implies size(F) == 1',
  'forall i in 0..1: pte_block(m,i) in {none, block_of(F,i)}',
  'forall i in 1..0: size(F) == 3',
  'pread(F,0,8) == fill(A) and extent_state(F,0) == written',
  'free_blocks() == free_blocks_at_start() and free_blocks() + 1 == 6',
  'size(F) == 1 or size(F) == 2 implies size(F) == 3 implies size(F) == 4',
])('holds: %s', (text) => {
  expect(judge(text)).toBe(true);
});

test.each(['late == ok', 'late != ok', 'a[3:9] == fill(B)', 'a[3:9] != fill(B)', 'w == ok'])(
  'no comparison holds with a value that is not there, nor a wrong one: %s',
  (text) => {
    expect(judge(text)).toBe(false);
  },
);

test.each([
  ['zz == ok', 'end', /unknown name "zz"/],
  ['s == ok', 'crash', /done\(s\)/],
  ['load(m,0,8) == zeros', 'crash', /load\(\) in scope crash/],
  ['pread(F,0,8) == zeros', 'always', /pread\(\) in scope always/],
  ['a in {zeros, fill(A)', 'end', /the end/],
  ['a = zeros', 'end', /column/],
  ['size(G) == 0', 'end', /unknown file "G"/],
] as const)('refuses %s in scope %s', (text, scope, message) => {
  expect(() => judge(text, scope)).toThrow(message);
});
