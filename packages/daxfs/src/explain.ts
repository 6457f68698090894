/**
 * What an operation does under a lock plan: its steps in order, with the locks held over each.
 *
 *     inode mapping   step                price
 *       X      ·      startWrite          200ns
 *       X      S      lookupForWrite      260ns   extentMap
 *
 * The facts come from the compiled program, so they are what the interpreter runs: recipes that are
 * called appear at their place, under the locks of their caller. `render-explanation.ts` makes text
 * of it.
 */
import { ConfigError, INSTRUCTION_WORDS, Op, nearestName } from '@daxsim/sim';
import type { Hold, LockPlan, Program, ProgramSet, StepPrice } from '@daxsim/sim';
import { compileSystem } from './file-system.js';
import { recipesFor } from './recipes/catalog.js';
import type { Personality } from './personality.js';
import type { World } from './world.js';

export interface ExplainOptions {
  readonly personality: Personality;
  readonly plan: LockPlan;
  /** A second plan and personality to compare with. */
  readonly against?: { readonly personality: Personality; readonly plan: LockPlan };
  /** Prices by step name, in ticks. */
  readonly prices?: ReadonlyMap<string, StepPrice>;
}

/** One lock held over a row: its mode, or how the mode is decided. */
export interface HeldLock {
  readonly lock: string;
  readonly mode: 'shared' | 'exclusive' | 'decided';
  /** Which instance, when it is not the lock's own. */
  readonly of: string;
}

export interface ExplainedRow {
  readonly kind: 'step' | 'move' | 'call';
  readonly name: string;
  /** Calls deep. */
  readonly depth: number;
  readonly outcomes: readonly string[];
  readonly touches: readonly string[];
  /** In the order in which they were taken. */
  readonly held: readonly HeldLock[];
  /** What is touched although a lock that guards it is not held. */
  readonly unguarded: readonly string[];
  readonly price: StepPrice | null;
}

export interface Explanation {
  readonly operation: string;
  readonly planName: string;
  readonly rows: readonly ExplainedRow[];
  /** Locks in the order in which the operation can take them, outermost first. */
  readonly order: readonly string[];
}

/** Recipes that any operation may call for room; shown as one row. */
const SERVICES = new Set(['pushTail', 'forceAll', 'forceRoom', 'reclaimOrphan', 'letGo']);
/** Chooses between two services; part of every transaction and no part of any operation. */
const ROOM_STEP = 'chooseRoom';
const DEPTH_MAX = 4;

/**
 * Explains an operation under one plan, as `personality` does it, or else as DAX does. Throws
 * `ConfigError` for an unknown one.
 */
export function explainUnder(
  operation: string,
  plan: LockPlan,
  prices: ReadonlyMap<string, StepPrice> | null,
  personality?: Personality,
): Explanation {
  const recipes = personality === undefined ? undefined : recipesFor(personality);
  const set = compileSystem(plan, null, recipes);
  const index = set.programByName.get(operation);
  if (index === undefined) {
    throw new ConfigError({
      where: 'explain',
      found: `unknown operation "${operation}"`,
      allowed: `one of ${[...set.programByName.keys()].join(', ')}`,
      nearest: nearestName(operation, set.programByName.keys()),
    });
  }
  const rows: ExplainedRow[] = [];
  new Walk(set, plan, prices, rows).program(set.programs[index], [], 0);
  return { operation, planName: plan.name, rows, order: orderOf(rows, plan) };
}

/** Walks programs in the order in which their instructions stand. */
class Walk {
  private readonly path: string[] = [];

  constructor(
    private readonly set: ProgramSet<World>,
    private readonly plan: LockPlan,
    private readonly prices: ReadonlyMap<string, StepPrice> | null,
    private readonly rows: ExplainedRow[],
  ) {}

  program(program: Program, inherited: readonly HeldLock[], depth: number): void {
    this.path.push(program.name);
    const seen = new Set<string>();
    for (let pc = 0; pc * INSTRUCTION_WORDS < program.code.length; pc += 1) {
      const op = program.code[pc * INSTRUCTION_WORDS];
      const a = program.code[pc * INSTRUCTION_WORDS + 1];
      const held = [...inherited, ...this.heldAt(program, pc)];
      if (op === Op.Step) this.step(a, held, depth);
      else if (op === Op.Move) this.move(a, held, depth);
      else if (op === Op.Call) this.call(a, held, depth, seen);
    }
    this.path.pop();
  }

  private step(index: number, held: readonly HeldLock[], depth: number): void {
    const { name, outcomes, touches } = this.set.steps[index];
    if (name === ROOM_STEP) return;
    const price = this.prices?.get(name) ?? null;
    this.add({ kind: 'step', name, depth, outcomes, touches, held, price });
  }

  private move(index: number, held: readonly HeldLock[], depth: number): void {
    const { name, outcomes, touches } = this.set.moves[index];
    this.add({ kind: 'move', name, depth, outcomes, touches, held, price: null });
  }

  private call(index: number, held: readonly HeldLock[], depth: number, seen: Set<string>): void {
    const callee = this.set.programs[this.set.calls[index].program];
    const isService = SERVICES.has(callee.name) && this.path.length > 0;
    const { name, outcomes } = callee;
    if (isService && seen.has(name)) return;
    seen.add(name);
    this.add({ kind: 'call', name, depth, outcomes, touches: [], held, price: null });
    if (isService || depth >= DEPTH_MAX || this.path.includes(name)) return;
    this.program(callee, held, depth + 1);
  }

  /** Adds a row; a loop that makes room repeats calls, which say nothing new. */
  private add(row: Omit<ExplainedRow, 'unguarded'>): void {
    this.rows.push({ ...row, unguarded: this.unguarded(row) });
  }

  private unguarded(row: Omit<ExplainedRow, 'unguarded'>): string[] {
    const held = new Set(row.held.map((lock) => lock.lock));
    return row.touches.filter((touched) => {
      const guards = Object.entries(this.plan.locks).filter(([, lock]) =>
        lock.guards.includes(touched),
      );
      return guards.length > 0 && !guards.some(([name]) => held.has(name));
    });
  }

  private heldAt(program: Program, pc: number): HeldLock[] {
    const rows = Object.hasOwn(this.plan.holds, program.name) ? this.plan.holds[program.name] : [];
    const held: HeldLock[] = [];
    for (const region of program.regionsAt[pc]) {
      for (const row of rows) if (regionOf(row) === region) held.push(heldBy(row));
    }
    return held;
  }
}

function regionOf(row: Hold): string {
  return row.region ?? `${row.from ?? '?'}…${row.through ?? row.from ?? '?'}`;
}

function heldBy(row: Hold): HeldLock {
  const mode = typeof row.mode === 'string' ? row.mode : 'decided';
  return { lock: row.lock, mode, of: row.of ?? '' };
}

/** The locks that the operation takes, in the plan's order. */
function orderOf(rows: readonly ExplainedRow[], plan: LockPlan): string[] {
  const taken = new Set(rows.flatMap((row) => row.held.map((held) => held.lock)));
  return Object.keys(plan.locks).filter((lock) => taken.has(lock));
}
