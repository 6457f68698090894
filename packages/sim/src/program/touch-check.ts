/**
 * Holds what steps declare to touch against what they really read and wrote.
 *
 *      step ──run──▶ read, wrote ──▶ names of the cell, by whoever knows the arenas
 *                                         none of them declared: an undeclared touch
 *
 * Declarations matter: a step that declares nothing is local and runs together with the one before
 * it, so one that touches what others touch would hide orders from every search; and `explain`
 * tells from them what is touched without its guard. What the machine does itself (locks, frames)
 * needs no declaration.
 */
import { Access } from '../state/space.js';
import type { StateSpace, TouchWatch } from '../state/space.js';

/** One kind of access that a step makes without saying so. */
export interface UndeclaredTouch {
  readonly step: string;
  readonly access: 'reads' | 'writes';
  readonly arena: string;
  /** The first cell met. */
  readonly key: number;
  /** Any of these, declared, would cover it; none if nobody knows the arena. */
  readonly names: readonly string[];
  readonly declared: readonly string[];
}

/**
 * The names under which a cell may be declared, '*' among them if it needs none; empty when the
 * arena is not known.
 */
export type TouchNames = (arena: string, key: number) => readonly string[];

export class TouchCheck implements TouchWatch {
  private readonly found = new Map<string, UndeclaredTouch>();
  private step: { readonly name: string; readonly touches: readonly string[] } | null = null;

  constructor(
    private readonly space: StateSpace,
    private readonly namesOf: TouchNames,
    private readonly own: { readonly from: number; readonly to: number },
  ) {}

  /** What was undeclared so far, in the order in which it was met first. */
  get undeclared(): readonly UndeclaredTouch[] {
    return [...this.found.values()];
  }

  began(name: string, touches: readonly string[]): void {
    this.step = { name, touches };
  }

  ended(): void {
    this.step = null;
  }

  read(arena: number, key: number): void {
    this.check(arena, key, 'reads');
  }

  wrote(arena: number, key: number): void {
    this.check(arena, key, 'writes');
  }

  met(arena: number, key: number, access: number): void {
    // Sums; the rest is the machine's own business.
    if (access === Access.Update) this.check(arena, key, 'writes');
  }

  about(): void {
    // Invariants are no steps.
  }

  private check(arena: number, key: number, access: UndeclaredTouch['access']): void {
    const { step } = this;
    if (step === null || (arena >= this.own.from && arena < this.own.to)) return;
    const name = this.space.arenaName(arena);
    const names = this.namesOf(name, key);
    if (names.some((one) => one === '*' || step.touches.includes(one))) return;
    const id = `${step.name} ${access} ${name} ${names.join(' ')}`;
    if (this.found.has(id)) return;
    this.found.set(id, {
      step: step.name,
      access,
      arena: name,
      key,
      names,
      declared: step.touches,
    });
  }
}

/** The finding as a sentence that says what to do. */
export function describeUndeclared(touch: UndeclaredTouch): string {
  const { step, access, arena, key, names, declared } = touch;
  const place = `step "${step}" ${access} cell ${String(key)} of arena "${arena}"`;
  if (names.length === 0) return `${place}, which has no name to declare: give the arena one`;
  const options = names.map((name) => `"${name}"`).join(' or ');
  return `${place} undeclared: declare ${options} beside [${declared.join(', ')}]`;
}
