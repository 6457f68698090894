/**
 * From what an operation did alone to what it does among others: locks by their protocols, steps as
 * work with the lines and inner locks that they touch, moves as time with a share of the memory.
 *
 *     + entry X · grabEntry 90 · …  ─▶  ACQUIRE entry (array lock, find, set) · WORK …
 *     mapForWriting 220             ─▶  WORK 160 · ACQUIRE pageTable · WORK 60 · RELEASE
 *
 * A slot says what an instruction refers to: `lock mmap inode 0`, `line reverseMap inode 0`; the
 * last number counts the instances of the operation, as the sixteen entries of a punch. No cost is
 * counted twice: what a lock bit does under the array's lock is taken off the price of its steps.
 */
import { LockMode, ScriptOp, ScriptWriter } from '@daxsim/sim';
import type { LockPlan, Script } from '@daxsim/sim';
import type { Contention, Touch } from './config.js';
import type { PathItem } from './recorded-system.js';

/** Memory channels, as in scripts. */
export const Channel = { Read: 0, Write: 1 } as const;

/** What a slot stands for. */
export interface Slot {
  readonly kind: 'lock' | 'line';
  readonly name: string;
  readonly scope: string;
  readonly offset: number;
}

/** Takes a slot's text apart. */
export function slotOf(text: string): Slot {
  const [kind = '', name = '', scope = '', offset = '0'] = text.split(' ');
  return { kind: kind === 'line' ? 'line' : 'lock', name, scope, offset: Number(offset) };
}

class PathScript {
  private readonly writer: ScriptWriter;
  private readonly slots: string[] = [];
  private readonly firstKey = new Map<string, number>();
  private readonly began = new Map<number, number>();

  constructor(
    name: string,
    private readonly plan: LockPlan,
    private readonly contention: Contention,
  ) {
    this.writer = new ScriptWriter(name);
  }

  end(): Script {
    return this.writer.end(this.slots);
  }

  /** Adds an item; `previous` is the one before it. */
  add(item: PathItem, previous: PathItem | undefined): void {
    if (item.kind === 'step') this.step(item, previous);
    else if (item.kind === 'move') this.move(item);
    else this.lock(item);
  }

  private step(item: PathItem, previous: PathItem | undefined): void {
    const touch = this.contention.touches.get(item.name);
    if (touch === undefined) {
      this.work(item.ticks);
      return;
    }
    // The search for an entry and its lock bit are one thing under the array's lock.
    const isFused = touch.insideTicks >= item.ticks && touch.kind === 'spin';
    if (isFused && previous?.kind === 'acquire' && this.isBit(previous.name)) return;
    this.touch(item, touch);
  }

  private touch(item: PathItem, touch: Touch): void {
    const { writer } = this;
    const inside = Math.min(touch.insideTicks, item.ticks);
    const less = this.hasBits ? touch.lessTicks : 0;
    const slot = this.slot(
      `${touch.kind === 'spin' ? 'lock' : 'line'} ${touch.name} ${touch.of} 0`,
    );
    const op = {
      spin: ScriptOp.Acquire,
      rmw: ScriptOp.Rmw,
      load: ScriptOp.Load,
      store: ScriptOp.Store,
    };
    this.work(Math.max(0, item.ticks - inside - less));
    if (touch.kind === 'spin') {
      writer.add(ScriptOp.Acquire, slot, LockMode.Exclusive);
      this.work(inside);
      writer.add(ScriptOp.Release, slot, LockMode.Exclusive);
    } else {
      for (let i = 0; i < touch.times; i += 1) writer.add(op[touch.kind], slot);
    }
    if (touch.shootdown) writer.add(ScriptOp.Shootdown);
  }

  private move(item: PathItem): void {
    if (item.readBytes > 0) this.writer.add(ScriptOp.Memory, Channel.Read, item.readBytes);
    if (item.writeBytes > 0) this.writer.add(ScriptOp.Memory, Channel.Write, item.writeBytes);
    const channel = item.readBytes > item.writeBytes ? Channel.Read : Channel.Write;
    this.writer.add(ScriptOp.Move, channel, item.ticks);
  }

  private lock(item: PathItem): void {
    const { writer } = this;
    const mode = item.isShared ? LockMode.Shared : LockMode.Exclusive;
    const slot = this.slot(`lock ${item.name} ${item.selector} ${this.offsetOf(item)}`);
    if (item.kind === 'acquire') {
      writer.add(ScriptOp.Acquire, slot, mode);
      this.began.set(slot, writer.here);
    } else if (item.kind === 'release') writer.add(ScriptOp.Release, slot, mode);
    else if (item.kind === 'downgrade') writer.add(ScriptOp.Downgrade, slot);
    else if (item.kind === 'validate' && this.began.has(slot)) {
      writer.add(ScriptOp.Validate, slot, this.began.get(slot) ?? 0);
    }
  }

  /** Which of its kind an instance is, counted from the first that the operation met. */
  private offsetOf({ name, selector, key, kind }: PathItem): number {
    if (selector !== 'entry' || kind === 'validate') return 0;
    const first = this.firstKey.get(name) ?? key;
    this.firstKey.set(name, first);
    return key - first;
  }

  private work(ticks: number): void {
    if (ticks > 0) this.writer.add(ScriptOp.Work, ticks);
  }

  private slot(text: string): number {
    const at = this.slots.indexOf(text);
    if (at >= 0) return at;
    this.slots.push(text);
    return this.slots.length - 1;
  }

  private isBit(lock: string): boolean {
    return this.plan.locks[lock]?.kind === 'bit';
  }

  private get hasBits(): boolean {
    return Object.values(this.plan.locks).some(({ kind }) => kind === 'bit');
  }
}

/** The script of a path. */
export function scriptOf(
  name: string,
  path: readonly PathItem[],
  plan: LockPlan,
  contention: Contention,
): Script {
  const script = new PathScript(name, plan, contention);
  const items = withoutIdleHolds(path, contention);
  items.forEach((item, at) => script.add(item, items[at - 1]));
  return script.end();
}

/** Leaves out holds around a step that looked without them and had nothing to change. */
function withoutIdleHolds(path: readonly PathItem[], contention: Contention): readonly PathItem[] {
  const kept = path.filter((item, at) => {
    if (item.kind !== 'acquire' && item.kind !== 'release') return true;
    const side = item.kind === 'acquire' ? 1 : -1;
    const step = path[at + side];
    const other = path[at + 2 * side];
    const isPair = other?.kind === (side === 1 ? 'release' : 'acquire') && other.name === item.name;
    if (!isPair || step === undefined) return true;
    return !contention.looksFirst.has(step.name) || step.ticks >= contention.changesFromTicks;
  });
  // A journal handle around such a hold is the next pair.
  return kept.length === path.length ? kept : withoutIdleHolds(kept, contention);
}
