/**
 * What each action of a search really read and wrote, told by the space's watch: the facts on which
 * a reduction rests.
 *
 *      take(choice) ── read, wrote, met ──▶ cells of this action ──▶ one row: R · W · U per class
 *      failure()    ── read ──────────────▶ cells that invariants look at
 *
 * Three kinds of access. Two reads commute, and so do two updates, which change a cell in a way
 * that does not show in what the other does (readers joining a lock that readers hold, additions
 * to a sum that neither looks at); all else of two tasks on one cell does not.
 *
 * Only *contended* cells can make actions depend on each other: those that two tasks access, one
 * of them other than by reading. They are few, and known only afterwards. So cells get numbers
 * (classes) when a search starts, from what was learnt by then; `hasGrown` says that an action
 * contended for a cell without one, and the search starts again. Numbering several cells alike is
 * always allowed and only finds more dependence: in arenas with many of them, groups share one.
 *
 * An action that writes something that a check of an invariant looks at also writes the class of
 * that check, so that the order of such actions is part of what a search covers, and with it every
 * state that the check can tell from its neighbours. Checks beyond `CHECKS_MAX` share classes.
 */
import { assert } from '../errors.js';
import { IntTable } from '../state/int-table.js';
import type { StateSpace, TouchWatch } from '../state/space.js';
import { Access } from '../state/space.js';

/** Classes 0 … of what the checks look at, a class for each. */
const CHECKS_MAX = 31;
/**
 * Class of whether anybody may still act: each action reads it, one that ends all others writes.
 */
export const ENDING = 31;
const FIRST_CLASS = 32;
/** Tasks are bits of a mask. */
export const SEARCH_TASKS_MAX = 30;

const KEYS_PER_ARENA = 8796093022208;
const FIRST_CELLS = 1024;
/** Arenas with more contended cells than this have them numbered in groups of 16 keys. */
const SINGLE_CELLS_MAX = 256;
const GROUP = 16;

/** Arenas [from, to) that only their own task's actions depend on; `met` tells the rest of them. */
export interface PrivateArenas {
  readonly from: number;
  readonly to: number;
}

export class AccessRecorder implements TouchWatch {
  /** An action contended for a cell that has no class, or was run by a task beyond the rows. */
  hasGrown = false;
  /** Bits of the checks of whose cells the last action wrote one. */
  minding = 0;
  /** Cells of the last action, and how each was accessed: `Access` bits. */
  readonly cells: number[] = [];
  kinds = new Uint8Array(FIRST_CELLS);
  /** Class of each cell, or −1. */
  classOf = new Int32Array(FIRST_CELLS).fill(-1);
  classes = FIRST_CLASS;
  /** One more than the highest task seen. */
  tasks = 1;

  private readonly numbers = new IntTable();
  private count = 0;
  private stamp = 0;
  private stamps = new Int32Array(FIRST_CELLS);
  private readers = new Int32Array(FIRST_CELLS);
  private writers = new Int32Array(FIRST_CELLS);
  private updaters = new Int32Array(FIRST_CELLS);
  /** Bits of the checks that look at a cell. */
  private lookedAtBy = new Int32Array(FIRST_CELLS);
  private checkBit = 1;
  private arenaOf = new Int32Array(FIRST_CELLS);
  private keyOf = new Float64Array(FIRST_CELLS);
  private isChecking = false;
  private readonly numbered = { tasks: 1 };

  constructor(
    private readonly space: StateSpace,
    private readonly own: PrivateArenas | null,
  ) {}

  /** Runs one action and keeps what it accessed. */
  act(task: number, action: () => void): void {
    assert(task < SEARCH_TASKS_MAX, 'AccessRecorder: too many tasks for a reduced search');
    this.stamp += 1;
    this.cells.length = 0;
    this.space.watch = this;
    action();
    this.space.watch = null;
    if (task >= this.tasks) this.tasks = task + 1;
    if (task >= this.numbered.tasks) this.hasGrown = true;
    this.finish(1 << task);
  }

  /** Asks whether something is wrong, noting what the answer rests on. */
  check<T>(question: () => T): T {
    this.isChecking = true;
    this.checkBit = 1;
    this.space.watch = this;
    const answer = question();
    this.space.watch = null;
    this.isChecking = false;
    return answer;
  }

  /** Gives every contended cell a class, and so starts a new table of rows. */
  number(): void {
    const byPlace = new Map<string, number>();
    const perArena = new Int32Array(this.space.arenaCount);
    for (let cell = 0; cell < this.count; cell += 1) {
      if (this.isContended(cell)) perArena[this.arenaOf[cell]] += 1;
    }
    this.classes = FIRST_CLASS;
    for (let cell = 0; cell < this.count; cell += 1) {
      this.classOf[cell] = -1;
      if (!this.isContended(cell)) continue;
      const arena = this.arenaOf[cell];
      const group = perArena[arena] > SINGLE_CELLS_MAX ? GROUP : 1;
      const place = `${String(arena)}:${String(Math.floor(this.keyOf[cell] / group))}`;
      let number = byPlace.get(place);
      if (number === undefined) {
        number = this.classes;
        this.classes += 1;
        byPlace.set(place, number);
      }
      this.classOf[cell] = number;
    }
    this.numbered.tasks = this.tasks;
    this.hasGrown = false;
  }

  read(arena: number, key: number): void {
    if (this.isPrivate(arena)) return;
    const cell = this.cell(arena, key);
    if (this.isChecking) this.see(cell);
    else this.note(cell, Access.Read);
  }

  wrote(arena: number, key: number): void {
    if (!this.isPrivate(arena)) this.note(this.cell(arena, key), Access.Write);
  }

  met(arena: number, key: number, access: number): void {
    if (!this.isChecking) this.note(this.cell(arena, key), access);
  }

  about(check: number): void {
    this.checkBit = 1 << ((check + 1) % CHECKS_MAX);
  }

  began(): void {
    // What was declared does not matter here.
  }

  ended(): void {
    // Nor until when.
  }

  /** Name of a cell, for messages. */
  describe(cell: number): string {
    return `${this.space.arenaName(this.arenaOf[cell])}[${String(this.keyOf[cell])}]`;
  }

  private isPrivate(arena: number): boolean {
    return this.own !== null && arena >= this.own.from && arena < this.own.to;
  }

  private note(cell: number, access: number): void {
    if (this.stamps[cell] === this.stamp) {
      this.kinds[cell] |= access;
      return;
    }
    this.stamps[cell] = this.stamp;
    this.kinds[cell] = access;
    this.cells.push(cell);
  }

  private see(cell: number): void {
    if ((this.lookedAtBy[cell] & this.checkBit) !== 0) return;
    this.lookedAtBy[cell] |= this.checkBit;
    if ((this.writers[cell] | this.updaters[cell]) !== 0) this.hasGrown = true;
  }

  /** Adds the action's accesses to what is known of each cell. */
  private finish(taskBit: number): void {
    this.minding = 0;
    for (const cell of this.cells) {
      const kind = this.kinds[cell];
      if (kind === Access.Read) this.readers[cell] |= taskBit;
      else {
        if (kind === Access.Update) this.updaters[cell] |= taskBit;
        else this.writers[cell] |= taskBit;
        this.minding |= this.lookedAtBy[cell];
      }
      if (this.classOf[cell] < 0 && this.isContended(cell)) this.hasGrown = true;
    }
  }

  private isContended(cell: number): boolean {
    const reads = this.readers[cell];
    const updates = this.updaters[cell];
    const all = reads | updates | this.writers[cell];
    if ((all & (all - 1)) === 0) return false;
    return this.writers[cell] !== 0 || (reads !== 0 && updates !== 0);
  }

  private cell(arena: number, key: number): number {
    const name = arena * KEYS_PER_ARENA + key;
    const known = this.numbers.get(name) - 1;
    if (known >= 0) return known;
    assert(key < KEYS_PER_ARENA, 'AccessRecorder: a key of 2^43 or more');
    const cell = this.count;
    this.count += 1;
    if (cell === this.kinds.length) this.grow();
    this.numbers.set(name, cell + 1);
    this.arenaOf[cell] = arena;
    this.keyOf[cell] = key;
    return cell;
  }

  private grow(): void {
    const length = this.kinds.length * 2;
    this.kinds = longer(this.kinds, new Uint8Array(length));
    this.lookedAtBy = longer(this.lookedAtBy, new Int32Array(length));
    this.classOf = longer(this.classOf, new Int32Array(length).fill(-1));
    this.stamps = longer(this.stamps, new Int32Array(length));
    this.readers = longer(this.readers, new Int32Array(length));
    this.writers = longer(this.writers, new Int32Array(length));
    this.updaters = longer(this.updaters, new Int32Array(length));
    this.arenaOf = longer(this.arenaOf, new Int32Array(length));
    this.keyOf = longer(this.keyOf, new Float64Array(length));
  }
}

function longer<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
