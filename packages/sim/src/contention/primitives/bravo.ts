/**
 * BRAVO (Dice and Kogan, USENIX ATC 2019): a bias towards readers over any readers-writer lock.
 *
 *     reader  biased: own slot of a table of all locks ─ still biased? ─ in, and out by the slot
 *             not biased, slot taken, or not any more: the lock beneath
 *     writer  the lock beneath ─ biased: take the bias away, look through the whole table, wait for
 *             the readers there; no bias again for nine times as long as that took
 */
import { LockMode } from '../../locks/lock-kinds.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Beneath: 1, Drained: 2, ReaderBeneath: 3 } as const;
/** How much longer the bias stays away than it took to revoke it. */
const INHIBIT = 9;

export class Bravo implements TimedLock {
  private isBiased = true;
  private inhibitedUntil = 0;
  private revokedAt = 0;
  private readonly visible = new Set<number>();
  private readonly slotUsers: Int32Array;
  private draining = -1;
  /** Readers that came by the table, and those whose slot was taken. */
  fast = 0;
  collisions = 0;

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    /** The line of the bias, those of the table's slots, and the lock beneath. */
    private readonly bias: number,
    private readonly slots: readonly number[],
    private readonly beneath: number,
  ) {
    this.slotUsers = new Int32Array(slots.length);
  }

  acquire(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared && this.tryTable(task)) return;
    port.then(task, this.id, mode === LockMode.Shared ? Phase.ReaderBeneath : Phase.Beneath);
    port.lock(this.beneath).acquire(task, mode);
  }

  release(task: number, mode: number): void {
    const { port } = this;
    if (mode === LockMode.Shared && this.visible.delete(task)) {
      const slot = this.slotOf(task);
      this.slotUsers[slot] = 0;
      const cpu = port.cpuOf[task];
      port.clock[task] = port.lines.store(this.slots[slot], cpu, port.clock[task]);
      if (this.draining < 0 || this.visible.size > 0) return;
      const writer = this.draining;
      this.draining = -1;
      port.then(writer, this.id, Phase.Drained);
      port.goOn(writer, Math.max(port.clock[task], port.clock[writer]));
      return;
    }
    port.lock(this.beneath).release(task, mode);
  }

  phase(task: number, phase: number): void {
    const { port } = this;
    if (phase === Phase.ReaderBeneath) {
      if (!this.isBiased && port.clock[task] >= this.inhibitedUntil) this.setBias(task, true);
      return;
    }
    if (phase === Phase.Beneath) this.revoke(task);
    else this.inhibit(task);
  }

  private tryTable(task: number): boolean {
    const { port } = this;
    const cpu = port.cpuOf[task];
    port.clock[task] = port.lines.load(this.bias, cpu, port.clock[task]);
    if (!this.isBiased) return false;
    const slot = this.slotOf(task);
    if (this.slotUsers[slot] !== 0) {
      this.collisions += 1;
      return false;
    }
    this.slotUsers[slot] = 1;
    this.visible.add(task);
    this.fast += 1;
    port.clock[task] = port.lines.rmw(this.slots[slot], cpu, port.clock[task]);
    port.clock[task] = port.lines.load(this.bias, cpu, port.clock[task]);
    return true;
  }

  private revoke(task: number): void {
    if (!this.isBiased) return;
    const { port } = this;
    this.revokedAt = port.clock[task];
    this.setBias(task, false);
    port.clock[task] += this.slots.length * port.costs.slotScanTicks;
    if (this.visible.size === 0) {
      this.inhibit(task);
      return;
    }
    port.contended(task);
    this.draining = task;
    port.block(task);
  }

  private inhibit(task: number): void {
    const now = this.port.clock[task];
    this.inhibitedUntil = now + INHIBIT * (now - this.revokedAt);
  }

  private setBias(task: number, isBiased: boolean): void {
    const { port } = this;
    this.isBiased = isBiased;
    port.clock[task] = port.lines.store(this.bias, port.cpuOf[task], port.clock[task]);
  }

  private slotOf(task: number): number {
    return (Math.imul(task + 1, 0x9e3779b1) >>> 12) % this.slots.length;
  }
}
