/**
 * Which caches hold a line, and in what state: the table that a snoop filter and the states of a
 * last level make up together.
 *
 *   line ─▶ slot   holders     the cores that have it in their L1 or L2, one bit each
 *                  llcs        the sockets whose LLC has it, one bit each
 *                  isOwned     one core holds it, no LLC, and it may write
 *                  isDirty     of a copy: the owner's, or that of the only LLC that has one
 *                  forward     of a shared line: the core that answers for it, or −1
 *                  readyAt     when whoever got it last has it; NEVER while that is not decided
 *                  journey     what that waits for (`line-journeys.ts`), or −1
 *
 * A line that no cache holds has no slot. Not an arena: times follow from it, bytes do not.
 */
import { LineTable } from '../line-table.js';
import { longer } from '../longer.js';

const FIRST_SLOTS = 256;

export class LineCopies {
  /** How many cores hold the line of a slot. */
  holders = new Int32Array(FIRST_SLOTS);
  llcs = new Int32Array(FIRST_SLOTS);
  isOwned = new Int32Array(FIRST_SLOTS);
  isDirty = new Int32Array(FIRST_SLOTS);
  forward = new Int32Array(FIRST_SLOTS);
  readyAt = new Float64Array(FIRST_SLOTS);
  journey = new Int32Array(FIRST_SLOTS);
  private bits: Int32Array;
  private readonly slots = new LineTable(FIRST_SLOTS);
  private readonly words: number;
  private readonly free: number[] = [];
  private room = FIRST_SLOTS;

  constructor(cores: number) {
    this.words = Math.ceil(cores / 32);
    this.bits = new Int32Array(FIRST_SLOTS * this.words);
    this.freeFrom(0);
  }

  /** The slot of a line, or −1 if no cache holds it. */
  find(line: number): number {
    return this.slots.get(line);
  }

  /** A slot for a line that has none: nobody holds it, and it waits for nothing. */
  add(line: number): number {
    if (this.free.length === 0) this.grow();
    const slot = this.free.pop() ?? 0;
    this.slots.set(line, slot);
    this.isOwned[slot] = 0;
    this.isDirty[slot] = 0;
    this.forward[slot] = -1;
    this.readyAt[slot] = 0;
    this.journey[slot] = -1;
    return slot;
  }

  /** Forgets the line if nobody holds it any more. */
  removeIfNowhere(line: number, slot: number): void {
    if (this.holders[slot] > 0 || this.llcs[slot] !== 0) return;
    this.slots.delete(line);
    this.free.push(slot);
  }

  has(slot: number, core: number): boolean {
    return ((this.bits[slot * this.words + (core >>> 5)] >>> (core & 31)) & 1) === 1;
  }

  enter(slot: number, core: number): void {
    this.bits[slot * this.words + (core >>> 5)] |= 1 << (core & 31);
    this.holders[slot] += 1;
  }

  leave(slot: number, core: number): void {
    this.bits[slot * this.words + (core >>> 5)] &= ~(1 << (core & 31));
    this.holders[slot] -= 1;
  }

  /** The first holder from `core` on, or −1. */
  nextHolder(slot: number, core: number): number {
    const first = slot * this.words;
    for (let word = core >>> 5; word < this.words; word += 1) {
      const from = word === core >>> 5 ? core & 31 : 0;
      const left = this.bits[first + word] & (-1 << from);
      if (left !== 0) return word * 32 + 31 - Math.clz32(left & -left);
    }
    return -1;
  }

  /** Lines that some cache holds, ascending. Allocates. */
  lines(): number[] {
    return this.slots.keys();
  }

  private grow(): void {
    const from = this.room;
    this.holders = longer(this.holders);
    this.llcs = longer(this.llcs);
    this.isOwned = longer(this.isOwned);
    this.isDirty = longer(this.isDirty);
    this.forward = longer(this.forward);
    this.journey = longer(this.journey);
    this.bits = longer(this.bits);
    const readyAt = new Float64Array(from * 2);
    readyAt.set(this.readyAt);
    this.readyAt = readyAt;
    this.room = from * 2;
    this.freeFrom(from);
  }

  private freeFrom(from: number): void {
    for (let slot = this.room - 1; slot >= from; slot -= 1) this.free.push(slot);
  }
}
