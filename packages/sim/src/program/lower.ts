/**
 * Second half of compiling: a spanned tree becomes instructions.
 *
 *   region with holds h1 h2      ACQUIRE h1 · ACQUIRE h2 · body · RELEASE h2 · RELEASE h1
 *   exit inside it               RELEASE h2 · RELEASE h1 · RETURN   (same on leave, again)
 *
 * The lowerer walks the tree with a stack of open scopes; every edge that leaves scopes emits the
 * releases (and error clean-ups) of those scopes, innermost first, so that no edge can keep a lock.
 */
import { ConfigError, nearestName } from '../errors.js';
import { INSTRUCTION_WORDS, Op } from './program.js';
import type { Arms, RecipeNode, StepDefinition } from './recipe.js';
import type { HoldsByRegion } from './spans.js';
import type { Hold } from './lock-plan.js';
import type { Linker } from './linker.js';

type Label = { pc: number; readonly uses: { readonly table: boolean; readonly at: number }[] };

type Scope<W> =
  | { readonly kind: 'region'; readonly name: string; readonly holds: readonly number[] }
  | { readonly kind: 'cleanup'; readonly onError: RecipeNode<W> }
  | { readonly kind: 'repeat'; readonly label: string; readonly start: Label; readonly end: Label };

export interface LoweredRecipe {
  readonly code: Int32Array;
  readonly tables: Int32Array;
  readonly regionsAt: readonly (readonly string[])[];
  readonly slots: number;
}

export class Lowerer<W> {
  private readonly code: number[] = [];
  private readonly tables: number[] = [];
  private readonly regionsAt: string[][] = [];
  private readonly scopes: Scope<W>[] = [];
  /** Points that each row was sampled or validated at. */
  private readonly points = new Map<Hold, Set<string>>();
  private openSlots = 0;
  private maxSlots = 0;

  constructor(
    private readonly where: string,
    private readonly outcomes: readonly string[],
    private readonly holdsByRegion: HoldsByRegion,
    private readonly linker: Linker<W>,
  ) {}

  lower(body: RecipeNode<W>): LoweredRecipe {
    this.node(body);
    this.emit(Op.Return, 0, 0, 0);
    this.refuseUnmetPoints();
    return {
      code: Int32Array.from(this.code),
      tables: Int32Array.from(this.tables),
      regionsAt: this.regionsAt,
      slots: this.maxSlots,
    };
  }

  private node(node: RecipeNode<W>): void {
    switch (node.kind) {
      case 'seq':
        for (const child of node.body) this.node(child);
        return;
      case 'step':
        this.withOutcomes(node.step.name, node.step.outcomes, node.arms, (table) => {
          this.downgradesBefore(node.step.name);
          this.emit(Op.Step, this.linker.step(node.step), table, 0);
        });
        return;
      case 'move':
        this.withOutcomes(node.move.name, node.move.outcomes, node.arms, (table) => {
          this.emit(Op.Move, this.linker.move(node.move), table, 0);
        });
        return;
      case 'call': {
        const callee = this.linker.recipe(node.recipe, this.where);
        this.withOutcomes(node.recipe, callee.outcomes, node.arms, (table) => {
          this.emit(Op.Call, this.linker.call(node.recipe, node.passing, this.where), table, 0);
        });
        return;
      }
      case 'spawn':
        this.linker.recipe(node.recipe, this.where);
        this.emit(Op.Spawn, this.linker.call(node.recipe, node.passing, this.where), 0, 0);
        return;
      case 'repeat':
        this.repeat(node.label, node.body);
        return;
      case 'again':
        this.jumpOut(node.label, 'start');
        return;
      case 'leave':
        this.jumpOut(node.label, 'end');
        return;
      case 'region':
        this.region(node.name, node.body, node.busy);
        return;
      case 'cleanup':
        this.scopes.push({ kind: 'cleanup', onError: node.onError });
        this.node(node.body);
        this.scopes.pop();
        return;
      case 'wait':
        this.wait(node);
        return;
      case 'validate':
        this.validate(node);
        return;
      case 'exit':
        this.exit(node.outcome);
    }
  }

  /** Emits an instruction with a jump table, then its arms. */
  private withOutcomes(
    name: string,
    outcomes: readonly string[],
    arms: Arms<W> | null,
    emit: (table: number) => void,
  ): void {
    for (const outcome of Object.keys(arms ?? {})) {
      if (outcomes.includes(outcome)) continue;
      throw new ConfigError({
        where: this.where,
        found: `an arm for "${outcome}", which ${name} never answers`,
        allowed: `one of ${outcomes.join(', ')}`,
        nearest: nearestName(outcome, outcomes),
      });
    }
    const table = this.tables.length;
    for (let i = 0; i < outcomes.length; i += 1) this.tables.push(-1);
    emit(table);
    const end = this.newLabel();
    outcomes.forEach((outcome, index) => {
      const arm = arms?.[outcome];
      if (arm === undefined) {
        if (index > 0 && outcome !== 'Ok') this.refuseMissingArm(name, outcome);
        this.useInTable(end, table + index);
        return;
      }
      const label = this.newLabel();
      this.useInTable(label, table + index);
      this.place(label);
      this.node(arm);
      this.jump(end);
    });
    this.place(end);
  }

  private refuseMissingArm(name: string, outcome: string): never {
    throw new ConfigError({
      where: this.where,
      found: `outcome "${outcome}" of ${name} has no arm`,
      allowed: `an arm for every outcome but the first and Ok`,
    });
  }

  private repeat(label: string, body: RecipeNode<W>): void {
    const start = this.newLabel();
    const end = this.newLabel();
    this.place(start);
    this.scopes.push({ kind: 'repeat', label, start, end });
    this.node(body);
    this.scopes.pop();
    this.jump(start);
    this.place(end);
  }

  private jumpOut(label: string, to: 'start' | 'end'): void {
    let at = this.scopes.length - 1;
    for (; at >= 0; at -= 1) {
      const scope = this.scopes[at];
      if (scope.kind === 'repeat' && scope.label === label) break;
    }
    if (at < 0) {
      throw new ConfigError({ where: this.where, found: `no repeat "${label}" around this edge` });
    }
    const scope = this.scopes[at];
    this.leaveScopes(at + 1, false);
    if (scope.kind === 'repeat') this.jump(to === 'start' ? scope.start : scope.end);
  }

  private exit(outcome: string): void {
    const index = this.outcomes.indexOf(outcome);
    if (index < 0) {
      throw new ConfigError({
        where: this.where,
        found: `exit with "${outcome}", which the recipe does not declare`,
        allowed: `one of ${this.outcomes.join(', ')}`,
        nearest: nearestName(outcome, this.outcomes),
      });
    }
    this.leaveScopes(0, outcome !== 'Ok');
    this.emit(Op.Return, index, 0, 0);
  }

  /** Emits what leaving every scope from the innermost down to index `downTo` takes. */
  private leaveScopes(downTo: number, failing: boolean): void {
    const kept = this.scopes.slice();
    while (this.scopes.length > downTo) {
      const scope = this.scopes.pop();
      if (scope?.kind === 'region') this.releaseAll(scope.holds);
      if (scope?.kind === 'cleanup' && failing) this.node(scope.onError);
    }
    this.scopes.push(...kept.slice(this.scopes.length));
  }

  private region(name: string, body: RecipeNode<W>, busy: RecipeNode<W> | null): void {
    const rows = this.holdsByRegion.get(name) ?? [];
    const taken: number[] = [];
    const end = this.newLabel();
    for (const row of rows) this.take(row, name, taken, busy, end);
    this.scopes.push({ kind: 'region', name, holds: taken });
    this.node(body);
    this.releaseAll(taken);
    this.scopes.pop();
    this.openSlots -= taken.length;
    this.place(end);
  }

  /** Takes every instance of one row, trying or waiting; adds the holds to `taken`. */
  private take(
    row: Hold,
    regionName: string,
    taken: number[],
    busy: RecipeNode<W> | null,
    end: Label,
  ): void {
    const count = this.linker.selectorOf(row, this.where).count;
    for (let position = 0; position < count; position += 1) {
      const slot = this.openSlots;
      this.openSlots += 1;
      this.maxSlots = Math.max(this.maxSlots, this.openSlots);
      const shared = this.linker.hold(row, true, position, slot, regionName, this.where);
      const exclusive = this.linker.hold(row, false, position, slot, regionName, this.where);
      if (row.mode === 'shared') this.takeOne(shared, taken, busy, end);
      else if (row.mode === 'exclusive') this.takeOne(exclusive, taken, busy, end);
      else this.takeByStep(this.linker.modeStep(row.mode.by, this.where), shared, exclusive);
      taken.push(exclusive);
    }
  }

  private takeOne(hold: number, taken: number[], busy: RecipeNode<W> | null, end: Label): void {
    if (busy === null) {
      this.emit(Op.Acquire, hold, 0, 0);
      return;
    }
    const table = this.tables.length;
    this.tables.push(-1, -1);
    this.emit(Op.Try, hold, table, 0);
    const got = this.newLabel();
    const missed = this.newLabel();
    this.useInTable(got, table);
    this.useInTable(missed, table + 1);
    this.place(missed);
    this.releaseAll(taken);
    this.node(busy);
    this.jump(end);
    this.place(got);
  }

  private takeByStep(step: StepDefinition<W>, shared: number, exclusive: number): void {
    const table = this.tables.length;
    const asShared = this.newLabel();
    const asExclusive = this.newLabel();
    const done = this.newLabel();
    for (const outcome of step.outcomes) {
      this.useInTable(outcome === 'Shared' ? asShared : asExclusive, this.tables.length);
      this.tables.push(-1);
    }
    this.emit(Op.Step, this.linker.step(step), table, 0);
    this.place(asShared);
    this.emit(Op.Acquire, shared, 0, 0);
    this.jump(done);
    this.place(asExclusive);
    this.emit(Op.Acquire, exclusive, 0, 0);
    this.place(done);
  }

  private releaseAll(holds: readonly number[]): void {
    for (let i = holds.length - 1; i >= 0; i -= 1) this.emit(Op.Release, holds[i], 0, 0);
  }

  private downgradesBefore(stepName: string): void {
    for (const scope of this.scopes) {
      if (scope.kind !== 'region') continue;
      for (const hold of scope.holds) {
        if (this.linker.rowOf(hold).downgradeAt === stepName) this.emit(Op.Downgrade, hold, 0, 0);
      }
    }
  }

  /** Samples or validates the read sections around a point, as their rows say. */
  private validate(node: Extract<RecipeNode<W>, { kind: 'validate' }>): void {
    const open = this.scopes.flatMap((scope) => (scope.kind === 'region' ? scope.holds : []));
    for (const hold of open) {
      const row = this.linker.rowOf(hold);
      if (row.sampleAt !== node.point && row.validateAt?.includes(node.point) !== true) continue;
      this.points.set(row, (this.points.get(row) ?? new Set()).add(node.point));
      if (row.sampleAt === node.point) this.emit(Op.Sample, hold, 0, 0);
      if (row.validateAt?.includes(node.point) !== true) continue;
      this.withOutcomes(node.point, ['Same', 'Changed'], node.arms, (table) => {
        this.emit(Op.Validate, hold, table, node.withNext ? 1 : 0);
      });
    }
  }

  private refuseUnmetPoints(): void {
    for (const row of [...this.holdsByRegion.values()].flat()) {
      const wanted = [...(row.validateAt ?? []), row.sampleAt ?? []].flat();
      const missing = wanted.find((point) => this.points.get(row)?.has(point) !== true);
      if (missing === undefined) continue;
      throw new ConfigError({
        where: this.where,
        found: `no point "${missing}" inside the region over which lock ${row.lock} is held`,
        allowed: 'a point that the recipe has there, by `validate`',
      });
    }
  }

  private wait(node: Extract<RecipeNode<W>, { kind: 'wait' }>): void {
    const dropped: number[] = [];
    for (const scope of this.scopes) {
      if (scope.kind === 'region' && node.drop.includes(scope.name)) dropped.push(...scope.holds);
    }
    const index = this.linker.wait(node.wait, dropped.toReversed(), node.interruptible);
    const retake = this.newLabel();
    const woken = this.newLabel();
    this.emit(Op.Wait, index, 0, 0);
    this.useInCode(woken, this.code.length - 2);
    this.useInCode(retake, this.code.length - 1);
    this.place(retake);
    for (const hold of dropped) this.emit(Op.Acquire, hold, 0, 0);
    this.place(woken);
    this.withOutcomes(node.wait.name, ['Woken', 'Interrupted'], node.arms, (table) => {
      this.emit(Op.Woke, index, table, 0);
    });
  }

  private emit(op: number, a: number, b: number, c: number): void {
    this.code.push(op, a, b, c);
    const open: string[] = [];
    for (const scope of this.scopes) if (scope.kind === 'region') open.push(scope.name);
    this.regionsAt.push(open);
  }

  private jump(to: Label): void {
    this.emit(Op.Jump, -1, 0, 0);
    this.useInCode(to, this.code.length - 3);
  }

  private newLabel(): Label {
    return { pc: -1, uses: [] };
  }

  private place(label: Label): void {
    label.pc = this.code.length / INSTRUCTION_WORDS;
    for (const use of label.uses) this.patch(use.table, use.at, label.pc);
  }

  private useInTable(label: Label, at: number): void {
    label.uses.push({ table: true, at });
    if (label.pc >= 0) this.patch(true, at, label.pc);
  }

  private useInCode(label: Label, at: number): void {
    label.uses.push({ table: false, at });
    if (label.pc >= 0) this.patch(false, at, label.pc);
  }

  private patch(table: boolean, at: number, pc: number): void {
    if (table) this.tables[at] = pc;
    else this.code[at] = pc;
  }
}
