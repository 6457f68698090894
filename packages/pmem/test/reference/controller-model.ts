/**
 * Reference: the controller of one channel. Explicit queues; whenever something changes it looks,
 * at the end of that tick, whether it can accept or issue.
 */
import type { MachineConfig } from '../../src/config.js';
import type { DeviceModel } from './device.js';
import { type Kernel, Phase } from './kernel.js';

export interface Transfer {
  /** The core it comes from. */
  readonly core: number;
  readonly line: number;
  /** Of a write of a part of the line, in how many 8-byte pieces; else 0. */
  readonly pieces: number;
  /** A write of what a cache held. */
  readonly isOwned: boolean;
  /** Of a read: it is sent to the module. */
  readonly issued?: () => void;
  /** Of a read: the data is back. Of a write: it is in the write queue. */
  readonly decided: () => void;
}

export class ControllerModel {
  private readonly reads: Transfer[] = [];
  private readonly writes: Transfer[] = [];
  private readonly wpq: Transfer[] = [];
  private readsOut = 0;
  private busFreeAt = 0;
  private wasWrite = false;
  private isDraining = false;
  private drained = 0;
  private owed = 0;
  private lastRead = -1;
  private lastWrite = -1;
  /** Of each request issued so far, whether the device has taken it in. */
  private readonly admitted: boolean[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: MachineConfig['controller'],
    private readonly device: DeviceModel,
  ) {}

  /** `rank` orders what arrives in the same tick. */
  send(isWrite: boolean, transfer: Transfer, at: number, rank: number): void {
    this.kernel.at(at, Phase.Arrival, rank, () => {
      (isWrite ? this.writes : this.reads).push(transfer);
      this.look(this.kernel.now);
    });
  }

  private look(at: number): void {
    this.kernel.at(at, Phase.Decide, 0, () => this.decide());
  }

  private decide(): void {
    this.accept();
    const { kernel, config } = this;
    const credits = config.deviceCredits.value;
    const issued = this.admitted.length;
    const hasCredit = issued < credits || this.admitted[issued - credits];
    if (!hasCredit || this.busFreeAt > kernel.now) return;
    const mayRead = this.reads.length > 0 && this.readsOut < config.readSlots.value;
    const mayWrite = this.wpq.length > 0;
    const writesFirst = this.isDraining && this.owed === 0;
    if (mayWrite && (writesFirst || !mayRead)) this.issueWrite();
    else if (mayRead) this.issueRead();
  }

  private accept(): void {
    const { config } = this;
    const until = this.pauseEnd();
    if (until > this.kernel.now) {
      if (this.writes.length > 0) this.look(until);
      return;
    }
    while (this.writes.length > 0 && this.wpq.length < config.writeSlots.value) {
      const coreOf = ({ core }: Transfer): number => core;
      const transfer = this.choose(this.writes, config.writeChoice.value, this.lastWrite, coreOf);
      this.lastWrite = transfer.core;
      this.wpq.push(transfer);
      if (this.wpq.length >= config.drainAbove.value) this.isDraining = true;
      transfer.decided();
    }
  }

  /** When the pause that began last ends, or did. */
  private pauseEnd(): number {
    const every = Math.round(this.config.pauseEveryNs.value * 1000);
    if (every === 0 || this.kernel.now < every) return 0;
    const sincePause = this.kernel.now % every;
    return this.kernel.now - sincePause + Math.round(this.config.pauseNs.value * 1000);
  }

  /** Of the first few, the first of the core that follows `last` in a round of all. */
  private choose(
    queue: Transfer[],
    most: number,
    last: number,
    groupOf: (transfer: Transfer) => number,
  ): Transfer {
    const few = queue.slice(0, most);
    const turn = (group: number): number => (group > last ? group : group + 1000);
    const byTurn = few.toSorted((a, b) => turn(groupOf(a)) - turn(groupOf(b)));
    return queue.splice(queue.indexOf(byTurn[0]), 1)[0];
  }

  /** Who takes turns for reads: cores, or slices of lines. */
  private slice({ core, line }: Transfer): number {
    const slices = this.config.readSlices.value;
    return slices === 0 ? core : scatter(line) % slices;
  }

  private issueRead(): void {
    const { reads, config } = this;
    const sliceOf = (waiting: Transfer): number => this.slice(waiting);
    const transfer = this.choose(reads, config.readChoice.value, this.lastRead, sliceOf);
    this.lastRead = this.slice(transfer);
    if (this.owed > 0) this.owed -= 1;
    this.readsOut += 1;
    transfer.issued?.();
    this.issue(transfer, false, () => {
      this.readsOut -= 1;
      transfer.decided();
      this.look(this.kernel.now);
    });
  }

  private issueWrite(): void {
    const transfer = this.wpq.shift() as Transfer;
    if (this.isDraining && this.owed === 0) this.drained += 1;
    if (this.drained >= this.config.drainBurst.value) {
      this.drained = 0;
      this.owed = this.config.readTurn.value;
    }
    if (this.wpq.length <= this.config.drainDownTo.value) this.isDraining = false;
    this.issue(transfer, true, () => undefined);
    this.accept();
  }

  private issue(transfer: Transfer, isWrite: boolean, answered: () => void): void {
    const { kernel, config } = this;
    const turn = isWrite === this.wasWrite ? 0 : Math.round(config.turnaroundNs.value * 1000);
    this.wasWrite = isWrite;
    this.busFreeAt = kernel.now + turn + Math.round(config.lineBusNs.value * 1000);
    const place = this.admitted.length;
    this.admitted.push(false);
    const { line, isOwned } = transfer;
    const admitted = (): void => {
      this.admitted[place] = true;
      this.look(kernel.now);
    };
    const pieces = isWrite ? transfer.pieces : 0;
    kernel.at(this.busFreeAt, Phase.Stage, 0, () => {
      this.device.submit({ line, isWrite, pieces, isOwned, admitted, answered });
      this.look(kernel.now);
    });
  }
}

/** Consecutive lines lie on consecutive slices, each 32 of them from another one on. */
function scatter(line: number): number {
  const limit = (n: bigint): bigint => n & 0xffffffffn;
  const [block, region] = [Math.floor(line / 32), Math.floor(line / 1048576)];
  const first = limit(BigInt(block ^ region) * 0x2c1b3c6dn);
  return Number(limit((first ^ (first >> 12n)) * 0x297a2d39n) >> 16n) + line;
}
