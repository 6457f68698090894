/** The contract of all deciders, and what each adds to it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../errors.js';
import { deciderCatalog } from './catalog.js';
import { POINT_NAMES, Point, type Decider } from './decider.js';
import { ExhaustiveDecider } from './exhaustive.js';
import { RecordingDecider } from './recording.js';
import { ReplayDecider } from './replay.js';
import { SeededDecider } from './seeded.js';

const question = fc.tuple(
  fc.constantFrom(...Object.values(Point)),
  fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(2 ** 32)),
);
const questions = fc.array(question, { maxLength: 40 });
type Questions = readonly (readonly [Point, number])[];

function ask(decider: Decider, all: Questions): number[] {
  return all.map(([point, count]) => decider.decide(point, count));
}

describe.each(deciderCatalog)('decider $name', ({ create }) => {
  test('answers below the count, the same each time, and 0 when there is no choice', () => {
    fc.assert(
      fc.property(questions, fc.maxSafeNat(), (all, seed) => {
        const options = { seed, choices: [0, 0, 0] };
        const answers = ask(create(options), all);
        answers.forEach((answer, i) => expect(answer >= 0 && answer < all[i][1]).toBe(true));
        expect(ask(create(options), all)).toEqual(answers);
      }),
    );
  });

  test('is not moved by forced decisions, and its record replays to the same answers', () => {
    fc.assert(
      fc.property(questions, fc.maxSafeNat(), (all, seed) => {
        const free = all.filter(([, count]) => count > 1);
        const options = { seed, choices: [] };
        const recording = new RecordingDecider(create(options));
        const answers = ask(recording, all);
        expect(recording.choices).toEqual(ask(create(options), free));
        expect(recording.points).toEqual(free.map(([point]) => point));
        expect(ask(new ReplayDecider(recording.choices), all)).toEqual(answers);
      }),
    );
  });
});

test('every point has a name under its number', () => {
  const names = Object.entries(Point).map(([name, point]) => [name.toLowerCase(), point]);
  expect(names).toEqual(POINT_NAMES.map((name, point) => [name, point]));
});

test('seeds differ, and decisions of one kind do not disturb those of another', () => {
  const all: Questions = Array.from({ length: 20 }, () => [Point.Schedule, 8] as const);
  expect(ask(new SeededDecider(1), all)).not.toEqual(ask(new SeededDecider(2), all));
  const mixed: Questions = all.flatMap((one) => [one, [Point.Fault, 3] as const]);
  const scheduled = ask(new SeededDecider(1), mixed).filter((_, i) => i % 2 === 0);
  expect(scheduled).toEqual(ask(new SeededDecider(1), all));
});

describe('replay', () => {
  test('continues a list that ends with 0 and says so', () => {
    const decider = new ReplayDecider([2]);
    expect(ask(decider, [[Point.Schedule, 3]])).toEqual([2]);
    expect(decider.hasEnded).toBe(false);
    expect(ask(decider, [[Point.Schedule, 3]])).toEqual([0]);
    expect([decider.hasEnded, decider.position]).toEqual([true, 1]);
  });

  test('names the position of a choice that is out of range', () => {
    const decider = new ReplayDecider([1, 3], { where: 'failure.json: choices' });
    decider.decide(Point.Schedule, 2);
    expect(() => decider.decide(Point.Crash, 3)).toThrow(ConfigError);
    expect(() => decider.decide(Point.Crash, 3)).toThrow(
      'failure.json: choices[1]: choice 3 of 3 (crash)',
    );
  });

  test('when lenient answers 0 instead, goes on and remembers where', () => {
    const decider = new ReplayDecider([1, 3, 1], { lenient: true });
    expect(
      ask(
        decider,
        Array.from({ length: 3 }, () => [Point.Schedule, 2] as const),
      ),
    ).toEqual([1, 0, 1]);
    expect(decider.strayedAt).toBe(1);
  });
});

describe('exhaustive', () => {
  function all(run: (decider: Decider) => string): string[] {
    const decider = new ExhaustiveDecider();
    const seen: string[] = [];
    do seen.push(run(decider));
    while (decider.next());
    expect(decider.runs).toBe(seen.length);
    return seen;
  }

  test('does every combination once, in order', () => {
    const seen = all((decider) =>
      ask(decider, [
        [0, 2],
        [1, 3],
        [2, 1],
        [0, 2],
      ]).join(''),
    );
    expect(seen).toHaveLength(12);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  test('follows questions that depend on answers', () => {
    const seen = all((decider) => {
      const first = decider.decide(Point.Schedule, 3);
      return first === 2 ? '2' : `${first}${decider.decide(Point.Fault, 2 + first)}`;
    });
    expect(seen).toEqual(['00', '01', '10', '11', '12', '2']);
  });

  test('does one run when there is nothing to decide', () => {
    expect(all(() => 'only')).toEqual(['only']);
  });

  test('refuses a system that does not repeat itself', () => {
    const decider = new ExhaustiveDecider();
    ask(decider, [
      [0, 2],
      [0, 2],
    ]);
    decider.next();
    expect(() => decider.decide(0, 3)).toThrow('another question');
  });
});
