/**
 * The overlay against a model that keeps, per line, the durable bytes and every unit stored since;
 * and the claim that a state space covers all of it.
 */
import { StateSpace } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineOp, createLineRequest } from '../src/memory.js';
import { createUntimedMemory, type UntimedMemory } from '../src/untimed-memory.js';

const { Store, NtStore, DirectStore, Clwb, Sfence } = LineOp;

interface Action {
  readonly op: number;
  readonly line: number;
  readonly from: number;
  readonly length: number;
  readonly value: number;
  readonly source: number;
}

const action = fc.record({
  op: fc.constantFrom(Store, Store, NtStore, DirectStore, Clwb, Sfence),
  line: fc.nat(3),
  from: fc.nat(63),
  length: fc.integer({ min: 1, max: 64 }),
  value: fc.integer({ min: 1, max: 255 }),
  source: fc.nat(2),
});

/** Durable bytes, and after each unit stored since, what the line would be. */
interface LineModel {
  states: Uint8Array[];
  readonly flushedBy: number[];
}

const LINES = 4;
const SOURCES = 3;
const FILL = 0xcd;

class Model {
  readonly lines: LineModel[] = Array.from({ length: LINES }, () => ({
    states: [new Uint8Array(64).fill(FILL)],
    flushedBy: new Array<number>(SOURCES).fill(0),
  }));

  do({ op, line, from, length, value, source }: Action): void {
    if (op === Sfence) {
      this.lines.forEach((model) => accept(model, source));
      return;
    }
    const model = this.lines[line];
    if (op === DirectStore) {
      model.states.push(new Uint8Array(64).fill(value));
    } else if (op !== Clwb) {
      const to = Math.min(64, from + length);
      for (let unit = from >> 3; unit < (to + 7) >> 3; unit += 1) {
        const state = model.states[model.states.length - 1].slice();
        state.fill(value, Math.max(from, unit * 8), Math.min(to, unit * 8 + 8));
        model.states.push(state);
      }
    }
    if (op !== Store) model.flushedBy[source] = model.states.length - 1;
  }
}

function accept(model: LineModel, source: number): void {
  const count = model.flushedBy[source];
  model.states.splice(0, count);
  model.flushedBy.forEach((known, s) => {
    model.flushedBy[s] = Math.max(0, known - count);
  });
}

function perform(memory: UntimedMemory, asked: Action): void {
  const { op, line, length, value, source } = asked;
  const from = op === DirectStore ? 0 : asked.from;
  memory.lineBytes.fill(value);
  const request = createLineRequest(source);
  const toByte = op === DirectStore ? 64 : Math.min(64, from + length);
  memory.access(Object.assign(request, { op, line, fromByte: from, toByte }));
}

function lineOf(memory: { peekBytes: UntimedMemory['peekBytes'] }, line: number): string {
  const bytes = new Uint8Array(64);
  memory.peekBytes(line * 64, bytes, 0, 64);
  return bytes.toString();
}

test('what power loss may leave is a state of the model, the ends included', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const memory = createUntimedMemory(new StateSpace(), 4096, 'adr', { fillByte: FILL });
      const model = new Model();
      for (const each of actions) {
        perform(memory, each);
        model.do(each);
      }
      for (let line = 0; line < LINES; line += 1) {
        const states = model.lines[line].states.map((state) => state.toString());
        const units = memory.pendingLines().find((pending) => pending.line === line)?.units ?? 0;
        const seen = Array.from({ length: units + 1 }, (_unused, kept) =>
          lineOf(memory.crashImage({ keep: (at) => (at === line ? kept : 0) }), line),
        );
        expect(seen[0]).toBe(states[0]);
        expect(seen[units]).toBe(states[states.length - 1]);
        expect(seen[units]).toBe(lineOf(memory, line));
        let at = 0;
        for (const state of seen) {
          at = states.indexOf(state, at);
          expect(at).toBeGreaterThanOrEqual(0);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the same steps after a rewind lead to the same hash, image and media', () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 30 }),
      fc.array(action, { maxLength: 30 }),
      (before, after) => {
        const space = new StateSpace();
        space.startHashing();
        const memory = createUntimedMemory(space, 4096, 'adr');
        const describe = (): unknown => [space.hash(), memory.mediaHash(), memory.pendingLines()];
        before.forEach((each) => perform(memory, each));
        const atMark = describe();
        const mark = space.mark();
        after.forEach((each) => perform(memory, each));
        const first = describe();
        space.rewind(mark);
        expect(describe()).toEqual(atMark);
        after.forEach((each) => perform(memory, each));
        expect(describe()).toEqual(first);
      },
    ),
    { numRuns: 200 },
  );
});

test('two ways to one overlay hash alike', () => {
  const hashAfter = (ops: readonly [number, number][]): number => {
    const space = new StateSpace();
    space.startHashing();
    const memory = createUntimedMemory(space, 4096, 'adr');
    for (const [op, line] of ops) {
      perform(memory, { op, line, from: 0, length: 8, value: 1, source: 0 });
    }
    return space.hash();
  };
  const direct = hashAfter([[Store, 0], [Store, 1]]); // prettier-ignore
  expect(hashAfter([[Store, 1], [Store, 0]])).toBe(direct); // prettier-ignore
  const first: [number, number][] = [[Store, 0], [Clwb, 0]]; // prettier-ignore
  const flushed = hashAfter([...first, [Sfence, 0]]);
  expect(hashAfter([...first, [Clwb, 0], [Sfence, 0], [Clwb, 0]])).toBe(flushed);
  expect(flushed).not.toBe(hashAfter([[Store, 0]]));
});
