/**
 * A rewind puts back what is visible and what is pending, whether each cell is told of by itself
 * (with a hash) or whole lines are undone at once.
 */
import { StateSpace } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineOp, createLineRequest } from './memory.js';
import { createUntimedMemory } from './untimed-memory.js';
import type { UntimedMemory } from './untimed-memory.js';

const LINES = 6;
const OPS = [
  LineOp.Store,
  LineOp.Store,
  LineOp.NtStore,
  LineOp.NtStore,
  LineOp.DirectStore,
  LineOp.Clwb,
  LineOp.Sfence,
];

interface Access {
  readonly op: number;
  readonly line: number;
  readonly source: number;
  readonly fromUnit: number;
  readonly units: number;
  readonly value: number;
}

const access = fc.record({
  op: fc.nat({ max: OPS.length - 1 }),
  line: fc.nat({ max: LINES - 1 }),
  source: fc.nat({ max: 1 }),
  fromUnit: fc.nat({ max: 7 }),
  units: fc.constantFrom(1, 1, 2, 8, 8),
  value: fc.integer(),
});
const accesses = fc.array(access, { maxLength: 40 });

function apply(memory: UntimedMemory, all: readonly Access[]): void {
  for (const { op, line, source, fromUnit, units, value } of all) {
    const request = createLineRequest(source);
    request.op = OPS[op];
    request.line = line;
    const isWhole = units === 8 || request.op === LineOp.DirectStore;
    const from = isWhole ? 0 : fromUnit;
    request.fromByte = from * 8;
    request.toByte = isWhole ? 64 : Math.min(8, from + units) * 8;
    for (let word = 0; word < 16; word += 1) memory.lineWords[word] = value + word;
    memory.access(request);
  }
}

/** Every content that power loss can leave of every line. */
function contents(memory: UntimedMemory): string {
  const words = new Int32Array(16);
  const all: string[] = [];
  for (let line = 0; line < LINES; line += 1) {
    for (let kept = 0; kept <= memory.pendingUnits(line); kept += 1) {
      memory.survivingLine(line, kept, words);
      all.push(words.join(' '));
    }
  }
  return all.join('\n');
}

/** What is seen after each part: marks nest, and what follows a rewind is done again. */
function story(isHashed: boolean, parts: readonly (readonly Access[])[]): readonly string[] {
  const space = new StateSpace();
  const memory = createUntimedMemory(space, 1 << 16, 'adr', { fillByte: 0xcd });
  if (isHashed) space.startHashing();
  const seen: string[] = [];
  const see = (): void => {
    seen.push(contents(memory));
  };
  const marks = parts.map((part) => {
    apply(memory, part);
    see();
    return space.mark();
  });
  for (const [i, part] of [...parts.entries()].reverse()) {
    const mark = marks[i];
    apply(memory, part);
    see();
    space.rewind(mark);
    see();
    apply(memory, [...part].reverse());
    space.rewind(mark);
    see();
    // What was released is undone with the mark before it, and nothing is kept without marks.
    space.release(mark);
    apply(memory, part);
    see();
  }
  return seen;
}

test('lines undone at once come back as cells do', () => {
  fc.assert(
    fc.property(fc.array(accesses, { minLength: 1, maxLength: 4 }), (parts) => {
      expect(story(false, parts)).toEqual(story(true, parts));
    }),
    { seed: 1, numRuns: 100 },
  );
});
