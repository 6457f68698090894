/** What lines held before pending stores, kept as a copy or as the place where it was. */
import { StateSpace } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineStore } from './line-store.js';

const LINES = 5;
const FILL = 0xcd;

const action = fc.record({
  what: fc.constantFrom('store', 'store', 'store', 'name', 'accept', 'acceptAll'),
  line: fc.nat(LINES - 1),
  unit: fc.nat(7),
  units: fc.constantFrom(1, 8, 8, 8),
  value: fc.integer(),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function create(): LineStore {
  return new LineStore(new StateSpace(), 1 << 16, FILL, null);
}

/** Every content that power loss could leave. */
function states(store: LineStore): string {
  const words = new Int32Array(16);
  const all: string[] = [];
  for (let line = 0; line < LINES; line += 1) {
    for (let kept = store.pendingUnits(line); kept >= 0; kept -= 1) {
      store.peekWords(line * 64, words, 0, 16);
      store.undoPending(line, kept, words, 0);
      all.push(words.join(' '));
    }
  }
  return all.join('\n');
}

/** What is left after each action, where `lasts` says of a store whether its line stays pending. */
function story(actions: readonly Action[], lasts: (action: Action) => boolean): string[] {
  const store = create();
  const tokens = new Float64Array(LINES);
  const slots = new Int32Array(LINES).fill(-1);
  return actions.map((one) => {
    const { what, line, value } = one;
    const from = one.units === 8 ? 0 : one.unit;
    const to = Math.min(8, from + one.units);
    if (what === 'name') slots[line] = store.pending.token(line, tokens, line);
    else if (what === 'accept') store.pending.acceptUpTo(line, tokens, line, slots[line]);
    else if (what === 'acceptAll') store.pending.acceptAll(line);
    else {
      for (let word = 0; word < 16; word += 1) store.lineWords[word] = value + word;
      store.storePending(line, from * 8, to * 8, lasts(one));
    }
    return states(store);
  });
}

describe('LineStore', () => {
  test('leaves the same to power loss whether it copies or keeps what a line held', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const copied = story(actions, () => false);
        expect(story(actions, () => true)).toEqual(copied);
        expect(story(actions, ({ value }) => value % 2 === 0)).toEqual(copied);
      }),
      { seed: 1, numRuns: 80 },
    );
  });

  test('needs a place a line and one for each pending line, however often it is written', () => {
    const store = create();
    const lines = 40;
    for (let round = 0; round < 200; round += 1) {
      for (let line = 0; line < lines; line += 1) {
        store.lineWords.fill(round * lines + line + 1);
        store.storePending(line, 0, 64, round % 3 > 0);
        if (line >= 10) store.pending.acceptAll(line - 10);
      }
      for (let line = lines - 10; line < lines; line += 1) store.pending.acceptAll(line);
    }
    // The next place that was never handed out.
    expect(store.visible.pool.take()).toBe(lines + 11);
  });
});
