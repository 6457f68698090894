/**
 * Reference: two wires between the cores of one socket and the controllers of another, each a queue
 * that is looked at when something comes or the wire is free; and the marks of lent lines.
 */
import type { MachineConfig } from '../../src/config.js';
import type { ControllerModel, Transfer } from './controller-model.js';
import { type Kernel, Phase } from './kernel.js';
import { ticksOf } from './moves-model.js';

type Config = NonNullable<MachineConfig['otherSocket']>;

/** What a core wants of the memory, on its way to a controller. */
export interface Errand {
  readonly isWrite: boolean;
  readonly asks: boolean;
  /** Of a core on the memory's socket. */
  readonly isNear: boolean;
  readonly line: number;
  readonly channel: number;
  readonly rank: number;
  readonly transfer: Transfer;
  readonly told: () => void;
}

interface Message {
  readonly readyAt: number;
  readonly rank: number;
  readonly wireTicks: number;
  readonly left: () => void;
  readonly arrived: () => void;
}

class WireModel {
  private readonly waiting: Message[] = [];
  private freeAt = 0;

  /** `credits`: messages that may be at the other side or on their way there. */
  constructor(
    private readonly kernel: Kernel,
    private readonly hopTicks: number,
    private readonly key: number,
    private credits: number,
  ) {}

  /** The other side is done with a message; who sent it hears of that a hop later. */
  done(): void {
    const { kernel } = this;
    kernel.at(kernel.now + this.hopTicks, Phase.Arrival, 0, () => {
      this.credits += 1;
      this.look(Math.max(kernel.now, this.freeAt));
    });
  }

  send(
    rank: number,
    wireTicks: number,
    arrived: () => void,
    left: () => void = () => undefined,
  ): void {
    const { waiting, kernel } = this;
    waiting.push({ readyAt: kernel.now, rank, wireTicks, left, arrived });
    waiting.sort((a, b) => a.readyAt - b.readyAt || a.rank - b.rank);
    this.look(Math.max(kernel.now, this.freeAt));
  }

  /** Behind all that controllers decide in the tick. */
  private look(at: number): void {
    this.kernel.at(at, Phase.Decide, this.key, () => this.decide());
  }

  private decide(): void {
    if (this.waiting.length === 0 || this.freeAt > this.kernel.now || this.credits === 0) return;
    this.credits -= 1;
    const [first] = this.waiting.splice(0, 1);
    this.freeAt = this.kernel.now + first.wireTicks;
    first.left();
    this.kernel.at(this.freeAt + this.hopTicks, Phase.Arrival, first.rank, first.arrived);
    if (this.waiting.length > 0) this.look(this.freeAt);
  }
}

export class SocketModel {
  private readonly down: WireModel;
  private readonly up: WireModel;
  /** Lines that were read or written from the other socket: whether it may hold them. */
  private readonly lent = new Map<number, boolean>();
  /** By channel: each is a home of its own. */
  private readonly reads: number[] = [];
  private readonly writes: number[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: Config,
    private readonly controllers: readonly ControllerModel[],
  ) {
    const entries = config.credits.value;
    this.down = new WireModel(kernel, ticksOf(config.hopNs), 2, entries === 0 ? Infinity : entries);
    this.up = new WireModel(kernel, ticksOf(config.hopNs), 4, Infinity);
  }

  /** The errand leaves its core at `at`. */
  start(errand: Errand, at: number): void {
    const { rank } = errand;
    if (errand.isNear) {
      this.startNear(errand, at);
      return;
    }
    const header = ticksOf(this.config.headerNs);
    const go = (): void => this.goDown(errand);
    const allow = (): void => this.answer(rank, header, go);
    let marks = false;
    const left = (): void => {
      marks = this.marks(errand);
    };
    const atHome = (): void => this.grant(errand, marks, allow);
    const ask = (): void => this.down.send(rank, header, atHome, left);
    this.kernel.at(at, Phase.Arrival, rank, errand.asks ? ask : go);
  }

  private answer(rank: number, wireTicks: number, arrived: () => void): void {
    this.down.done();
    this.up.send(rank, wireTicks, arrived);
  }

  /** The line becomes the other socket's: nobody hears of it before that is written. */
  private grant({ channel, transfer, rank }: Errand, marks: boolean, allow: () => void): void {
    if (!marks) {
      allow();
      return;
    }
    const mark = { ...transfer, pieces: 0, isOwned: false, decided: allow };
    this.controllers[channel].send(true, mark, this.kernel.now, rank);
  }

  private goDown(errand: Errand): void {
    const { headerNs, lineNs } = this.config;
    const wireTicks = ticksOf(errand.isWrite ? lineNs : headerNs);
    let marks = false;
    const left = (): void => {
      marks = this.note(errand);
    };
    this.down.send(errand.rank, wireTicks, () => this.atHome(errand, marks), left);
  }

  /** Reads of lent lines ask the other socket before they are answered; writes take them back. */
  private startNear(errand: Errand, at: number): void {
    const { isWrite, channel, rank, transfer, told } = errand;
    const header = ticksOf(this.config.headerNs);
    let isLent = false;
    const issued = (): void => {
      isLent = this.isLent(errand);
    };
    const answered = (): void => {
      this.down.done();
      told();
    };
    const snooped = (): void => this.down.send(rank, header, answered);
    const decided = (): void => {
      if (isWrite) {
        this.note(errand);
        transfer.decided();
      }
      if (isLent) this.up.send(rank, header, snooped);
      else told();
    };
    this.controllers[channel].send(isWrite, { ...transfer, issued, decided }, at, rank);
  }

  private atHome({ isWrite, channel, rank, transfer, told }: Errand, marks: boolean): void {
    const { headerNs, lineNs } = this.config;
    const controller = this.controllers[channel];
    const answer = (): void => this.answer(rank, ticksOf(isWrite ? headerNs : lineNs), told);
    const decided = (): void => {
      if (isWrite) transfer.decided();
      if (!marks) {
        answer();
        return;
      }
      const mark = { ...transfer, pieces: 0, isOwned: false, decided: answer };
      controller.send(true, mark, this.kernel.now, rank);
    };
    controller.send(isWrite, { ...transfer, decided }, this.kernel.now, rank);
  }

  /** True if a line that is read has to be written with its mark. */
  private note(errand: Errand): boolean {
    const { isWrite, line, channel } = errand;
    const counts = isWrite ? this.writes : this.reads;
    counts[channel] = (counts[channel] ?? 0) + 1;
    if (!isWrite) return this.marks(errand);
    this.lent.set(line, false);
    return false;
  }

  /** The other socket may hold the line from now on; true if that has to be written. */
  private marks(errand: Errand): boolean {
    const { value } = this.config.directory;
    if (value === 'none') return false;
    const wasLent = this.lent.get(errand.line);
    this.lent.set(errand.line, true);
    if (wasLent !== undefined) return !wasLent;
    return this.startsOwn(errand);
  }

  private isLent(errand: Errand): boolean {
    if (this.config.directory.value === 'none') return false;
    return this.lent.get(errand.line) ?? !this.startsOwn(errand);
  }

  private startsOwn({ line, channel }: Errand): boolean {
    if (this.config.directory.value === 'fresh') return true;
    const mixed = BigInt.asUintN(32, BigInt(line ^ (line >>> 15)) * 0x2c1b3c6dn);
    const writes = this.writes[channel] ?? 0;
    return Number(mixed >> 8n) / 2 ** 24 < writes / ((this.reads[channel] ?? 0) + writes);
  }
}
