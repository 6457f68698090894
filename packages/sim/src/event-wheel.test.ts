/** The event wheel against a sorted list, and at the borders of its levels. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventWheel } from './event-wheel.js';
import { NEVER } from './units.js';

const HOUR = 3.6e15;
const BORDERS = [1, 256, 65536, 2 ** 24, 2 ** 32, 2 ** 40, 2 ** 48];

interface Pending {
  readonly at: number;
  readonly payload: number;
  readonly handle: number;
}

/** Keeps events sorted by time and then by arrival. */
class SortedList {
  private all: Pending[] = [];
  now = 0;

  add(event: Pending): void {
    const after = this.all.findIndex(({ at }) => at > event.at);
    this.all.splice(after < 0 ? this.all.length : after, 0, event);
  }

  cancel(index: number): Pending | undefined {
    return this.all.splice(index % Math.max(1, this.all.length), 1)[0];
  }

  pop(): Pending | undefined {
    const event = this.all.shift();
    if (event !== undefined) this.now = event.at;
    return event;
  }

  get nextAt(): number {
    return this.all[0]?.at ?? NEVER;
  }

  get size(): number {
    return this.all.length;
  }
}

// Spans around every power of 256 and long ones, so that events move down through all levels.
const span = fc.oneof(
  fc.nat({ max: 3 }),
  fc.nat({ max: 70000 }),
  fc.tuple(fc.nat({ max: 6 }), fc.integer({ min: -2, max: 2 })).map(([byte, off]) => {
    return Math.max(0, (BORDERS[byte] ?? 0) + off);
  }),
  fc.integer({ min: 0, max: HOUR }),
);
const move = fc.tuple(fc.nat({ max: 9 }), span, fc.nat());

test('pops what a sorted list pops, equals in order of arrival, through any mix of moves', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 150 }), (moves) => {
      const wheel = new EventWheel();
      const list = new SortedList();
      let payload = 0;
      for (const [what, delay, index] of moves) {
        if (what < 5 && wheel.now + delay < 2 ** 53) {
          payload += 1;
          const at = wheel.now + delay;
          list.add({ at, payload, handle: wheel.schedule(at, payload) });
        } else if (what < 7 && list.size > 0) {
          expect(wheel.pop()).toBe(list.pop()?.payload);
        } else if (what === 7) {
          const gone = list.cancel(index);
          if (gone !== undefined) expect(wheel.cancel(gone.handle)).toBe(true);
        } else if (what === 8) {
          const at = Math.min(list.nextAt, Math.min(wheel.now + delay, 2 ** 53 - 1));
          wheel.advanceTo(at);
          list.now = at;
        } else expect(wheel.nextAt()).toBe(list.nextAt);
        expect([wheel.size, wheel.now]).toEqual([list.size, list.now]);
      }
      while (list.size > 0) {
        expect(wheel.nextAt()).toBe(list.nextAt);
        expect(wheel.pop()).toBe(list.pop()?.payload);
      }
      expect([wheel.size, wheel.nextAt()]).toEqual([0, NEVER]);
    }),
    { numRuns: 500 },
  );
});

describe('the horizon', () => {
  test.each([256, 65536, 2 ** 24, 2 ** 32, 2 ** 40, 2 ** 48, HOUR, 2 ** 52])(
    'events one tick around %d come in order, though they lie on different levels',
    (border) => {
      const wheel = new EventWheel();
      for (const off of [1, -1, 0, 1, 0, -1]) wheel.schedule(border + off, wheel.size);
      const popped = Array.from({ length: 6 }, () => [wheel.pop(), wheel.now - border]);
      expect(popped).toEqual([
        [1, -1],
        [5, -1],
        [2, 0],
        [4, 0],
        [0, 1],
        [3, 1],
      ]);
    },
  );

  test('is the end of time: 2^53 - 1 can be scheduled from 0, nothing beyond', () => {
    const wheel = new EventWheel();
    wheel.schedule(2 ** 53 - 1, 1);
    expect(() => wheel.schedule(2 ** 53, 1)).toThrow('not a whole time');
    expect(() => wheel.schedule(NEVER, 1)).toThrow('not a whole time');
    expect([wheel.pop(), wheel.now]).toEqual([1, 2 ** 53 - 1]);
  });

  test('an event for an hour from now waits behind a thousand short ones', () => {
    const wheel = new EventWheel();
    wheel.schedule(HOUR, 7);
    for (let i = 0; i < 1000; i += 1) {
      wheel.schedule(wheel.now + 3600000, i);
      expect(wheel.pop()).toBe(i);
    }
    expect([wheel.pop(), wheel.now]).toEqual([7, HOUR]);
  });
});

describe('misuse', () => {
  test('an event in the past, or between ticks, is refused', () => {
    const wheel = new EventWheel();
    wheel.advanceTo(100);
    expect(() => wheel.schedule(99, 0)).toThrow('past');
    expect(() => wheel.schedule(100.5, 0)).toThrow('whole');
    wheel.schedule(100, 3);
    expect(() => wheel.advanceTo(101)).toThrow('past an event');
    expect(wheel.pop()).toBe(3);
    expect(() => wheel.pop()).toThrow('empty');
  });

  test('a handle works once, even when its node serves another event', () => {
    const wheel = new EventWheel();
    const first = wheel.schedule(5, 1);
    wheel.pop();
    const second = wheel.schedule(6, 2);
    expect(wheel.cancel(first)).toBe(false);
    expect(wheel.cancel(second)).toBe(true);
    expect(wheel.cancel(second)).toBe(false);
    expect(wheel.size).toBe(0);
  });

  test('grows to any number of events', () => {
    const wheel = new EventWheel();
    for (let i = 0; i < 5000; i += 1) wheel.schedule(1000000 - i * 7, i);
    for (let i = 4999; i >= 0; i -= 1) expect(wheel.pop()).toBe(i);
  });
});
