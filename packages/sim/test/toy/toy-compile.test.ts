/** What compiling accepts, what it refuses, and what it makes of a recipe. */
import { describe, expect, test } from '@jest/globals';
import { INSTRUCTION_WORDS, OP_NAMES, compile, defineLockPlan, exit } from '@daxsim/sim';
import { branch, region, repeat, seq, step } from '@daxsim/sim';
import { TOY_PLANS, TOY_REGISTERS, compileToy } from './toy-system.js';
import type { LockPlan, ProgramSet, Recipe, RecipeNode, StepDefinition } from '@daxsim/sim';

function listing<W>(set: ProgramSet<W>, recipe: string): string[] {
  const program = set.programs[set.programByName.get(recipe) ?? -1];
  const lines: string[] = [];
  for (let at = 0; at < program.code.length; at += INSTRUCTION_WORDS) {
    lines.push(OP_NAMES[program.code[at]]);
  }
  return lines;
}

const named = (name: string, outcomes: readonly string[] = ['Ok']): StepDefinition<null> => ({
  name,
  outcomes,
  touches: ['state'],
  run: () => 0,
});
const a = named('a');
const b = named('b');
const c = named('c', ['Ok', 'Again', 'Failed']);

function compileOne(
  body: RecipeNode<null>,
  holds: LockPlan['holds'][string],
  more: Partial<LockPlan> = {},
): ProgramSet<null> {
  const lock = { kind: 'rwsem', per: 'one', guards: [] } as const;
  const recipe: Recipe<null> = { name: 'op', about: '', outcomes: ['Ok', 'Failed'], body };
  return compile({
    recipes: [recipe],
    plan: defineLockPlan({
      name: 'test',
      source: 'test',
      about: '',
      claim: 'safe',
      locks: { one: lock, two: lock },
      holds: { op: holds },
      ...more,
    }),
    selectors: [{ name: 'one', count: 1, key: () => 1 }],
    registerNames: TOY_REGISTERS,
    prices: null,
  });
}

describe('what a plan makes of a recipe', () => {
  test('without holds a region leaves no trace', () => {
    expect(listing(compileToy(TOY_PLANS.none), 'append')).toEqual(['STEP', 'STEP', 'RETURN']);
  });

  test('a hold over a region is taken at its start and released at its end', () => {
    const set = compileToy(TOY_PLANS.safe);
    expect(listing(set, 'append')).toEqual(['ACQUIRE', 'STEP', 'STEP', 'RELEASE', 'RETURN']);
  });

  test('every edge that leaves a region releases, in reverse order', () => {
    const body = repeat(
      'loop',
      region(
        'r',
        seq(
          step(a),
          branch(c, { Again: { kind: 'again', label: 'loop' }, Failed: exit('Failed') }),
        ),
      ),
    );
    const lines = listing(
      compileOne(body, [
        { lock: 'one', mode: 'exclusive', region: 'r' },
        { lock: 'two', mode: 'shared', region: 'r' },
      ]),
      'op',
    );
    expect(lines.filter((line) => line === 'ACQUIRE')).toHaveLength(2);
    expect(lines.filter((line) => line === 'RELEASE')).toHaveLength(6);
  });

  test('from … through spans exactly the named steps', () => {
    const body = seq(step(a), step(b), step(named('d')), step(named('e')));
    const hold = { lock: 'one', mode: 'exclusive', from: 'b', through: 'd' } as const;
    expect(listing(compileOne(body, [hold]), 'op')).toEqual([
      'STEP',
      'ACQUIRE',
      'STEP',
      'STEP',
      'RELEASE',
      'STEP',
      'RETURN',
    ]);
  });
});

describe('what compile refuses', () => {
  const hold = { lock: 'one', mode: 'exclusive' } as const;

  test('a span over a step that the recipe lacks, naming the nearest', () => {
    const body = seq(step(named('lookupExtent')), step(b));
    expect(() => compileOne(body, [{ ...hold, from: 'lookupExtnt', through: 'b' }])).toThrow(
      /did you mean "lookupExtent"/,
    );
  });

  test('a region that the recipe lacks', () => {
    expect(() => compileOne(region('fault', step(a)), [{ ...hold, region: 'falt' }])).toThrow(
      /no region "falt".*did you mean "fault"/s,
    );
  });

  test('a span whose ends are in different branches', () => {
    const body = branch(c, { Again: step(a), Failed: step(b) });
    expect(() => compileOne(body, [{ ...hold, from: 'a', through: 'b' }])).toThrow(
      /not in one sequence/,
    );
  });

  test('an outcome without an arm', () => {
    expect(() => compileOne(branch(c, { Again: seq() }), [])).toThrow(/"Failed" of c has no arm/);
  });

  test('holds for an unknown recipe', () => {
    expect(() => compileOne(step(a), [], { holds: { opp: [] } })).toThrow(/did you mean "op"/);
  });

  test('a lock-order cycle, unless a gate excludes it', () => {
    const one = { ...hold };
    const two = { lock: 'two', mode: 'exclusive' } as const;
    const body = seq(
      region('g', seq(region('r1', region('r2', step(a))), region('s1', region('s2', step(b))))),
    );
    const cycle = [
      { ...one, region: 'r1' },
      { ...two, region: 'r2' },
      { ...two, region: 's1' },
      { ...one, region: 's2' },
    ];
    expect(() => compileOne(body, cycle)).toThrow(/lock-order cycle/);
    const lock = { kind: 'mutex', per: 'one', guards: [] } as const;
    const locks = { one: lock, two: lock, gate: lock };
    const gated = [{ lock: 'gate', mode: 'exclusive', region: 'g' } as const, ...cycle];
    expect(() => compileOne(body, gated, { locks })).not.toThrow();
  });

  test('a step without a price once there are prices', () => {
    expect(() => compileToy(TOY_PLANS.safe, new Map())).toThrow(/no price for step "readCount"/);
  });
});
