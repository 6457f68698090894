/** Mutants: where recipes can be changed, and that the searches notice what matters. */
import { describe, expect, test } from '@jest/globals';
import { EVERY_PLACE } from '@daxsim/daxfs';
import { DIRECTED } from '../src/mutants/directed-programs.js';
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

describe('what a mutant does otherwise counts only if it shows', () => {
  const shown = (
    mutation: string | undefined,
    name: string,
    by = 'directed',
  ): ReadonlySet<string> => {
    const found = search(by).shows(mutation, part(name));
    if (found === null) throw new Error('nothing is shown');
    return found;
  };
  const [punched = ''] = DIRECTED.map(({ name }) => name).filter((name) => name.includes('punch'));

  test('the edges of a punch may be zeroed in either order', () => {
    const mutation = 'fallocate: swap steps from step 38 on, aimAtHead and aimAtTail';
    expect(names).toContain(mutation);
    const usual = shown(undefined, punched);
    expect(usual.size).toBeGreaterThan(100);
    expect([...shown(mutation, punched)].filter((one) => !usual.has(one))).toEqual([]);
  });

  test('a sync that forces the log first shows a size before the bytes', () => {
    const mutation = 'sync: swap steps from step 1 on, region writeback and forceAll';
    expect(names).toContain(mutation);
    const stored = 'store A/foo append';
    const usual = shown(undefined, stored, 'dax seq-1');
    const mutated = shown(mutation, stored, 'dax seq-1');
    expect([...mutated].some((one) => !usual.has(one))).toBe(true);
  });
});

describe('a recovery without one of its own steps', () => {
  const [renamed, , , ...others] = DIRECTED;
  const orphan = others.find(({ name }) => name.includes('rename A B'));

  test.each([
    ['recovery: drop fence 1', renamed],
    ['recovery: drop flush 2', renamed],
    ['recovery: skip persist 4', orphan],
  ])('is found when power is lost in it or behind it: %s', (mutation, program) => {
    const death = search('recovery, cut').run(mutation, [part(program?.name ?? '')]);
    expect(death).toMatchObject({ problem: expect.any(String) });
  });

  test('is fine as it is, and if nobody waits for the tail', () => {
    const parts = [part(renamed?.name ?? '')];
    expect(search('recovery, cut').run(EVERY_PLACE, parts)).toBeNull();
    expect(search('recovery, cut').run('recovery: drop fence 2', parts)).toBeNull();
  });
});

test('without a mutation the directed programs find nothing, whatever they run on', () => {
  const [directed] = mutantSearches();
  const parts = directed?.survey() ?? [];
  expect(parts.length).toBeGreaterThan(30);
  expect(directed?.run(EVERY_PLACE, parts.slice(0, 12))).toBeNull();
});
