/** Mutants: where recipes can be changed, and that the searches notice what matters. */
import { describe, expect, test } from '@jest/globals';
import { EVERY_PLACE } from '@daxsim/daxfs';
import { drawMutants, mutantPlaces } from '../src/mutants/mutant-choice.js';
import { mutantSearches } from '../src/mutants/mutant-stages.js';
import type { MutantDeath, MutantSearch, SurveyedPart } from '../src/mutants/mutant-search.js';

const places = mutantPlaces('xfs-dax');
const names = places.map(({ name }) => name);

function search(name: string): MutantSearch {
  const found = mutantSearches().find((one) => one.name === name);
  if (found === undefined) throw new Error(`no search ${name}`);
  return found;
}

/** The part of the name alone, as if it had been surveyed. */
function part(name: string): SurveyedPart {
  return { part: name, places: [], states: 0 };
}

describe('places at which recipes can be changed', () => {
  test('are some hundreds, of every operator, each under a name of its own', () => {
    expect(names.length).toBeGreaterThan(250);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(places.map(({ operator }) => operator)).size).toBe(5);
  });

  test('are drawn the same way for the same seed, and only where something runs', () => {
    const run = new Set(names.slice(0, 60));
    const draw = (seed: number): string[] =>
      drawMutants('xfs-dax', run, 8, seed).map(({ name }) => name);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(2)).not.toEqual(draw(1));
    expect(draw(1).every((name) => run.has(name))).toBe(true);
  });
});

describe('a mutant that loses something is found', () => {
  test.each([
    ['block seq-1', 'creat foo', 'forceLog: drop fence at step 6, writeLog'],
    ['block seq-1, checkpoints', 'creat foo', 'pushTail: drop flush at step 6, writeHome'],
    ['dax seq-1', 'store foo append', 'writebackRange: drop flush at step 3, flushEntry'],
  ])('%s: %s: %s', (name, what, mutation) => {
    const death: MutantDeath | null = search(name).run(mutation, [part(what)]);
    expect(death).toMatchObject({ problem: expect.any(String) });
  });
});

test('without a mutation the directed programs find nothing, whatever they run on', () => {
  const [directed] = mutantSearches();
  const parts = directed?.survey() ?? [];
  expect(parts.length).toBeGreaterThan(30);
  expect(directed?.run(EVERY_PLACE, parts.slice(0, 12))).toBeNull();
});
