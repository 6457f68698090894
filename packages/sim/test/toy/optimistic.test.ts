/**
 * A fault that maps a page without a lock against a punch that takes the page's block away, under
 * plans in which the fault reads a sequence count:
 *
 *     fault   sample ─ look up ─ validate ▸ install        the last two are one action
 *     punch   begin ─ zap ─ free ─ end
 *
 * Validated together with the installation the plan is right, because the zap comes after the
 * beginning of the write section. Validated before it, or sampled again at the lookup (which lets
 * a fault run wholly inside a write section), a translation to a free block survives.
 */
import { expect, test } from '@jest/globals';
import {
  IntColumn,
  Interpreter,
  NO_COSTS,
  NextOperation,
  StateSpace,
  StepMachine,
  again,
  branch,
  compile,
  defineLockPlan,
  defineRegisters,
  exit,
  explore,
  region,
  repeat,
  seq,
  step,
  validate,
} from '@daxsim/sim';
import type { Explorable, Hold, Recipe, StepDefinition } from '@daxsim/sim';
import { NO_MOVES } from './toy-system.js';

const NAMES = ['page', 'block'] as const;
const F = defineRegisters(NAMES);
const PAGES = 4;

class Pages {
  /** Block of each page, 0 for none. */
  readonly blocks: IntColumn;
  /** Block that each page is mapped to, 0 for none. */
  readonly mapped: IntColumn;
  constructor(readonly space: StateSpace) {
    this.blocks = new IntColumn(space, 'pages.block');
    this.mapped = new IntColumn(space, 'pages.mapped');
  }
}

type Step = StepDefinition<Pages>;

const lookUp: Step = {
  name: 'lookUp',
  outcomes: ['Ok', 'Hole'],
  touches: ['blocks'],
  run: (pages, frame) => {
    frame.set(F.block, pages.blocks.get(frame.get(F.page)));
    return frame.get(F.block) === 0 ? 1 : 0;
  },
};

function set(name: string, touches: string, change: (pages: Pages, page: number) => void): Step {
  const run: Step['run'] = (pages, frame) => {
    change(pages, frame.get(F.page));
    return 0;
  };
  return { name, outcomes: ['Ok'], touches: [touches], run };
}

const install: Step = {
  name: 'install',
  outcomes: ['Ok'],
  touches: ['mapped'],
  run: (pages, frame) => {
    pages.mapped.set(frame.get(F.page), frame.get(F.block));
    return 0;
  },
};
const zap = set('zap', 'mapped', (pages, page) => {
  pages.mapped.set(page, 0);
});
const free = set('free', 'blocks', (pages, page) => {
  pages.blocks.set(page, 0);
});

const retry = { Changed: again<Pages>('fault') };
const recipes: readonly Recipe<Pages>[] = [
  {
    name: 'fault',
    about: 'Maps a page that has a block.',
    outcomes: ['Ok', 'Signal'],
    body: repeat(
      'fault',
      region(
        'fault',
        seq(
          validate('lookup', retry),
          branch(lookUp, { Hole: exit('Signal') }),
          validate('before', retry),
          validate('together', retry, { withNext: true }),
          step(install),
          exit('Ok'),
        ),
      ),
    ),
  },
  {
    name: 'punch',
    about: 'Takes the block of a page away.',
    outcomes: ['Ok'],
    body: region('change', seq(step(zap), step(free))),
  },
];

function planOf(
  kind: 'seqcount' | 'range',
  fault: Partial<Hold>,
): Parameters<typeof defineLockPlan>[0] {
  return defineLockPlan({
    name: 'optimistic',
    source: 'made for the test',
    about: 'Faults read a sequence count or take a range.',
    claim: 'safe',
    locks: { changes: { kind, per: 'file', range: 'page', guards: [] } },
    holds: {
      fault: [{ lock: 'changes', mode: 'shared', region: 'fault', ...fault }],
      punch: [{ lock: 'changes', mode: 'exclusive', region: 'change' }],
    },
  });
}

/** A fault and a punch of the given pages; wrong is a page mapped to a block that it has not. */
function race(plan: Parameters<typeof defineLockPlan>[0], faulted = 1, punched = 1): Explorable {
  const space = new StateSpace();
  space.startHashing();
  const pages = new Pages(space);
  for (let page = 0; page < PAGES; page += 1) pages.blocks.set(page, page + 1);
  const program = compile<Pages>({
    recipes,
    plan,
    selectors: [{ name: 'file', count: 1, key: () => 1 }],
    rangeSelectors: [
      {
        name: 'page',
        from: (_pages, frame) => frame.get(F.page) * 4096,
        to: (_pages, frame) => (frame.get(F.page) + 1) * 4096,
      },
    ],
    registerNames: NAMES,
    prices: null,
  });
  const interpreter = new Interpreter(program, pages, space, NO_MOVES, NO_COSTS, 2);
  const done = new IntColumn(space, 'done');
  const machine = new StepMachine(
    interpreter,
    {
      next: (task) => {
        done.set(task, 1);
        interpreter.begin(task, task).set(F.page, task === 0 ? faulted : punched);
        return NextOperation.Started;
      },
      hasNext: (task) => done.get(task) === 0,
      finished: () => undefined,
    },
    2,
  );
  const failure = (): string | null => {
    if (machine.choices() > 0) return null;
    if (machine.stuckTasks().length > 0) return 'stuck';
    const page = [...Array(PAGES).keys()].find(
      (at) => pages.mapped.get(at) !== 0 && pages.mapped.get(at) !== pages.blocks.get(at),
    );
    return page === undefined ? null : 'a page is mapped to a block that it has not';
  };
  return {
    space,
    choices: () => machine.choices(),
    taskOf: (i) => machine.taskOf(i),
    take: (i) => {
      machine.take(i);
    },
    failure,
  };
}

test.each([
  ['validated together with the installation', { validateAt: ['together'] }, null],
  ['validated before it', { validateAt: ['before'] }, 'mapped'],
  ['sampled at the lookup', { validateAt: ['together'], sampleAt: 'lookup' }, 'mapped'],
  ['never validated', {}, 'mapped'],
] as const)('a fault whose read section is %s', (_name, hold, expected) => {
  const found = explore(race(planOf('seqcount', hold)), { beyondFailure: true });
  expect(found.complete).toBe(true);
  if (expected === null) expect(found.failure).toBeNull();
  else expect(found.failure?.message).toContain(expected);
});

test('a fault under a range lock meets the punch of its own page only', () => {
  const same = explore(race(planOf('range', {})));
  const other = explore(race(planOf('range', {}), 1, 2));
  expect([same.failure, other.failure]).toEqual([null, null]);
  expect(other.schedules).toBeGreaterThan(same.schedules);
});

test('a point that no region has is refused, and so is validating another kind of lock', () => {
  expect(() => race(planOf('seqcount', { validateAt: ['nowhere'] }))).toThrow(/no point "nowhere"/);
  expect(() => race(planOf('range', { validateAt: ['together'] }))).toThrow(/kind seqcount/);
});
