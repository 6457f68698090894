/** Mutants: where recipes can be changed, and that the searches notice what matters. */
import { describe, expect, test } from '@jest/globals';
import { drawMutants, mutantPlaces } from '../src/mutants/mutant-choice.js';
import { aceRequest, mutantStages } from '../src/mutants/mutant-stages.js';
import { spaceSignature } from '../src/mutants/mutant-signature.js';

const places = mutantPlaces('xfs-dax');
const names = places.map(({ name }) => name);

function stage(name: string): (mutation: string) => unknown {
  const found = mutantStages().find((one) => one.name === name);
  return (mutation) => found?.run(mutation, []);
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

describe('a mutant that loses something is found by generated workloads', () => {
  test.each([
    ['block seq-1', 'forceLog: drop flush at step 6, writeLog'],
    ['block seq-1', 'forceLog: drop fence at step 6, writeLog'],
    ['dax seq-1', 'writebackRange: drop flush at step 3, flushEntry'],
    ['block seq-1, checkpoints', 'pushTail: drop flush at step 6, writeHome'],
  ])('%s: %s', (name, mutation) => {
    expect(names).toContain(mutation);
    expect(stage(name)(mutation)).toMatchObject({ problem: expect.any(String) });
  });
});

test('what power loss can see differs where a fence is missing', () => {
  const request = { ...aceRequest('pm', 1, null), fileSystem: 'xfs-dax' };
  const usual = spaceSignature(request, undefined);
  expect(spaceSignature(request, undefined)).toBe(usual);
  expect(spaceSignature(request, 'write: drop fence at step 54, fence')).not.toBe(usual);
});
