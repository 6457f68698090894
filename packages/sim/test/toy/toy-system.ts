/**
 * A toy file system that races and deadlocks on purpose: files are counters of blocks.
 *
 *   append(file)     reads the count, writes it back one larger       lost update without a lock
 *   move(from, to)   takes a block of one file, gives it to another   ABBA without an order
 *   take, give       sleeps until the pool has a block; another task gives one
 *
 * It knows nothing of storage; it exists to prove the programs, the locks and the explorer.
 */
import {
  IntColumn,
  Interpreter,
  MoveStatus,
  NO_COSTS,
  NextOperation,
  StateSpace,
  branch,
  compile,
  defineLockPlan,
  defineRegisters,
  exit,
  region,
  repeat,
  seq,
  step,
  wait,
} from '@daxsim/sim';
import type {
  Frame,
  LockPlan,
  MoveUnit,
  OperationSource,
  ProgramSet,
  Recipe,
  Selector,
  StepDefinition,
  StepPrice,
  SyncCosts,
  WaitDefinition,
} from '@daxsim/sim';

export const TOY_REGISTERS = ['file', 'target', 'seen', 'result'] as const;
export const T = defineRegisters(TOY_REGISTERS);

/** Blocks per file; file 0 is the free pool. */
export class ToyWorld {
  readonly blocks: IntColumn;
  wake: (name: string, key: number) => void = () => undefined;
  constructor(readonly space: StateSpace) {
    this.blocks = new IntColumn(space, 'toy.blocks');
  }
}

type Step = StepDefinition<ToyWorld>;

const readCount: Step = {
  name: 'readCount',
  outcomes: ['Ok'],
  touches: ['count'],
  run: (world, frame) => {
    frame.set(T.seen, world.blocks.get(frame.get(T.file)));
    return 0;
  },
};

const writeCount: Step = {
  name: 'writeCount',
  outcomes: ['Ok'],
  touches: ['count'],
  run: (world, frame) => {
    world.blocks.set(frame.get(T.file), frame.get(T.seen) + 1);
    return 0;
  },
};

const takeOne: Step = {
  name: 'takeOne',
  outcomes: ['Ok', 'Empty'],
  touches: ['count'],
  run: (world, frame) => {
    const left = world.blocks.get(frame.get(T.file));
    if (left === 0) return 1;
    world.blocks.set(frame.get(T.file), left - 1);
    return 0;
  },
};

const giveOne: Step = {
  name: 'giveOne',
  outcomes: ['Ok'],
  touches: ['count'],
  run: (world, frame) => {
    const target = frame.get(T.target);
    world.blocks.add(target, 1);
    world.wake('poolHasBlocks', target);
    return 0;
  },
};

const poolHasBlocks: WaitDefinition<ToyWorld> = {
  name: 'poolHasBlocks',
  key: (_world, frame) => frame.get(T.file),
  ready: (world, frame) => world.blocks.get(frame.get(T.file)) > 0,
};

const recipes: readonly Recipe<ToyWorld>[] = [
  {
    name: 'append',
    about: 'Makes a file one block longer.',
    outcomes: ['Ok'],
    body: region('operation', seq(step(readCount), step(writeCount))),
  },
  {
    name: 'move',
    about: 'Moves a block between files.',
    outcomes: ['Ok', 'NoSpace'],
    body: region(
      'from',
      region('both', seq(branch(takeOne, { Empty: exit('NoSpace') }), step(giveOne))),
    ),
  },
  {
    name: 'take',
    about: 'Takes a block, sleeping until there is one.',
    outcomes: ['Ok', 'Interrupted'],
    body: region(
      'operation',
      repeat(
        'try',
        seq(
          branch(takeOne, { Ok: exit('Ok'), Empty: seq() }),
          wait(
            poolHasBlocks,
            { drop: ['operation'], interruptible: true },
            { Interrupted: exit('Interrupted') },
          ),
        ),
      ),
    ),
  },
  {
    name: 'give',
    about: 'Gives a block to a file.',
    outcomes: ['Ok'],
    body: region('operation', step(giveOne)),
  },
];

const selectors: readonly Selector<ToyWorld>[] = [
  { name: 'file', count: 1, key: (_world, frame) => frame.get(T.file) },
  { name: 'target', count: 1, key: (_world, frame) => frame.get(T.target) },
  {
    name: 'both',
    count: 2,
    key: (_world, frame, position) => frame.get(position === 0 ? T.file : T.target),
  },
];

const file = { kind: 'mutex', per: 'file', guards: ['count'] } as const;

function plan(name: string, locks: LockPlan['locks'], holds: LockPlan['holds']): LockPlan {
  const about = `The toy's ${name} plan.`;
  return defineLockPlan({ name, source: 'made for the test', about, claim: 'safe', locks, holds });
}

const operation = [{ lock: 'file', mode: 'exclusive', region: 'operation' }] as const;

export const TOY_PLANS = {
  none: plan('none', {}, {}),
  safe: plan(
    'safe',
    { file },
    {
      append: operation,
      take: operation,
      give: [{ lock: 'file', of: 'target', mode: 'exclusive', region: 'operation' }],
      move: [{ lock: 'file', of: 'both', mode: 'exclusive', region: 'both' }],
    },
  ),
  /** Locks the second file inside the first, in whatever order they come. */
  unordered: plan(
    'unordered',
    { file },
    {
      move: [
        { lock: 'file', mode: 'exclusive', region: 'from' },
        { lock: 'file', of: 'target', mode: 'exclusive', region: 'both' },
      ],
    },
  ),
} as const;

/** Compiles the toy under a plan; prices only for timed tests. */
export function compileToy(
  lockPlan: LockPlan,
  prices: ReadonlyMap<string, StepPrice> | null = null,
): ProgramSet<ToyWorld> {
  return compile({ recipes, plan: lockPlan, selectors, registerNames: TOY_REGISTERS, prices });
}

/** The toy moves no bytes. */
export const NO_MOVES: MoveUnit = {
  outcome: 0,
  trapProgram: 0,
  advance: () => MoveStatus.Finished,
  fillTrap: () => undefined,
  resume: () => undefined,
};

/** One operation of a task's list. */
export interface ToyOperation {
  readonly name: string;
  readonly file: number;
  readonly target?: number;
}

/** A toy with its tasks' lists of operations; progress is state, so it can be rewound. */
export class ToyRun implements OperationSource {
  readonly space = new StateSpace();
  readonly world: ToyWorld;
  readonly interpreter: Interpreter<ToyWorld>;
  /** `task:operation=outcome@time` of everything that ended, in order; not part of the state. */
  readonly ended: string[] = [];
  private readonly position: IntColumn;

  constructor(
    set: ProgramSet<ToyWorld>,
    private readonly lists: readonly (readonly ToyOperation[])[],
    costs: SyncCosts = NO_COSTS,
  ) {
    this.space.startHashing();
    this.world = new ToyWorld(this.space);
    this.position = new IntColumn(this.space, 'toy.position');
    const capacity = lists.length + 1;
    const { world, space } = this;
    this.interpreter = new Interpreter(set, world, space, NO_MOVES, costs, capacity);
    world.wake = (name, key) => {
      this.interpreter.sync.signal(name, key, 0);
    };
  }

  next(task: number): number {
    const operationAt = this.position.get(task);
    if (operationAt >= this.lists[task].length) return NextOperation.Ended;
    this.position.set(task, operationAt + 1);
    const operation = this.lists[task][operationAt];
    const program = this.interpreter.set.programByName.get(operation.name) ?? -1;
    const frame = this.interpreter.begin(task, program);
    frame.set(T.file, operation.file);
    frame.set(T.target, operation.target ?? 0);
    return NextOperation.Started;
  }

  hasNext(task: number): boolean {
    return this.position.get(task) < this.lists[task].length;
  }

  finished(task: number, program: number, outcome: number, _frame: Frame, at: number): void {
    const { name, outcomes } = this.interpreter.set.programs[program];
    this.ended.push(`${task}:${name}=${outcomes[outcome]}@${at}`);
  }
}
