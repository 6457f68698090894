/**
 * Cores on another socket than the memory's: two wires between them and the controllers.
 *
 *   load, fill    ─ request ─▶ home ─▶ read ─ (mark own lines as lent: write) ─▶ line ─▶ core
 *   ntstore       ─ request ─▶ home ─ (mark) ─ yours ─▶ line ─▶ WPQ ─ accepted ─▶ core
 *   write-back                                 line ─▶ WPQ ─ accepted ─▶ core
 *                 └──── down ────┘           └── up ──┘
 *
 * Each direction is an arbiter: messages of all cores and channels leave in the order in which they
 * are ready, ties in the order of accesses; each keeps the wire for a while and is on the other
 * side a hop later. A write is durable when the home's controller accepts it, and the core is told
 * an acknowledgement later. A read or a request to own whose line must be marked is answered when
 * that write was accepted: the home keeps one entry for both.
 *
 * What goes down needs a credit, of which there are as many as the home has entries. It is back a
 * hop after the answer left. Who finds none holds up all behind him, whatever they want.
 *
 * Cores of the memory's own socket go past the wires; what they read of lent lines is asked of the
 * other socket when its data is at hand:  read ─ data, lent ─▶ up ─▶ down ─▶ core.
 *
 * Left out: credits of the way up, snoops of the home's own caches, lines that go from one cache to
 * another (`coherent-caches.ts` prices them).
 */
import { NEVER, defineStats, type StatsOf } from '@daxsim/sim';
import { spanTicks } from '../figure.js';
import { LineOp } from '../memory.js';
import type { AcceptedNotice } from './accepted-notice.js';
import { ArrivalQueue } from './arrival-queue.js';
import type { Controller } from './controller.js';
import type { DecisionSink } from './decisions.js';
import type { Interleaver } from './interleaver.js';
import { LineDirectory } from './line-directory.js';
import type { OtherSocketConfig } from './other-socket-config.js';
import { RecordKind, type Requests } from './requests.js';

/** How far a record has got. */
const Phase = {
  Asks: 0,
  Asked: 1,
  Down: 2,
  Marking: 3,
  Up: 4,
  Granting: 5,
  Snoops: 6,
  Snooped: 7,
} as const;

const declarations = {
  messagesDown: ['count', 'Messages to the socket of the memory.'],
  messagesUp: ['count', 'Messages from there.'],
  linesMarked: ['count', 'Lines that were written because the other socket may hold them now.'],
  snoops: ['count', 'Lines of which the home asked whether the other socket has them.'],
  linkWaitTicks: ['ticks', 'Time that messages waited for the wire, or for a credit.'],
  creditWaits: ['count', 'Messages that waited for a credit.'],
  creditWaitTicks: ['ticks', 'Time that they did, beyond that for the wire.'],
} as const;
export const otherSocketStats = defineStats(declarations);

/** The front end: what was accepted is told apart from who knows of it. */
export interface FarCores {
  readonly accepted: AcceptedNotice;
  readDone(record: number): void;
  writeOver(record: number): void;
}

// A copy: an import is looked up at each use.
const never: number = NEVER;

/** A direction: due when a message is ready and the wire is free. */
class Wire {
  dueAt: number = never;
  readonly queue: ArrivalQueue;
  private freeAt = 0;
  /** When each credit is back, in order; NEVER while that is open. Empty: as many as there are. */
  private readonly credits: Float64Array;

  constructor(
    private readonly requests: Requests,
    private readonly hopTicks: number,
    private readonly stats: StatsOf<typeof declarations>,
    private readonly deliver: (record: number, at: number) => void,
    private readonly wireTicks: (record: number) => number,
    credits: number,
  ) {
    this.queue = new ArrivalQueue(requests, 0);
    this.credits = new Float64Array(credits);
  }

  /** `requests.arriveAt` says when the message is ready. */
  send(record: number): void {
    this.queue.push(record);
    this.findDue();
  }

  decide(): void {
    const record = this.queue.pop();
    const { stats } = this;
    const ready = this.requests.arriveAt[record];
    stats.linkWaitTicks += this.dueAt - ready;
    const late = this.dueAt - Math.max(ready, this.freeAt);
    if (late > 0) {
      stats.creditWaits += 1;
      stats.creditWaitTicks += late;
    }
    if (this.credits.length > 0) this.insertCredit(never);
    this.freeAt = this.dueAt + this.wireTicks(record);
    const at = this.freeAt + this.hopTicks;
    this.findDue();
    this.deliver(record, at);
  }

  /** The other side is done with a message at `at`. */
  giveCredit(at: number): void {
    if (this.credits.length === 0) return;
    this.insertCredit(at + this.hopTicks);
    this.findDue();
  }

  private findDue(): void {
    const { credits } = this;
    if (this.queue.count === 0) {
      this.dueAt = never;
      return;
    }
    const at = Math.max(this.freeAt, this.requests.arriveAt[this.queue.head()]);
    this.dueAt = credits.length > 0 && credits[0] > at ? credits[0] : at;
  }

  /** In place of the first of the credits if it is taken, of one that is open if it comes back. */
  private insertCredit(backAt: number): void {
    const { credits } = this;
    const last = credits.length - 1;
    let at = backAt === never ? 0 : last;
    if (backAt === never) for (; at < last; at += 1) credits[at] = credits[at + 1];
    else for (; at > 0 && credits[at - 1] > backAt; at -= 1) credits[at] = credits[at - 1];
    credits[at] = backAt;
  }
}

export class OtherSocket implements DecisionSink {
  readonly stats: StatsOf<typeof declarations> = otherSocketStats.create();
  readonly down: Wire;
  readonly up: Wire;
  private readonly directory: LineDirectory | null;
  private readonly phase: Uint8Array;
  /** While a line is marked: `Requests.pieces` of its own write. */
  private readonly pieces: Uint8Array;
  private controllers: readonly Controller[] = [];

  constructor(
    config: OtherSocketConfig,
    private readonly requests: Requests,
    private readonly interleaver: Interleaver,
    private readonly cores: FarCores,
    readonly socketOf: readonly number[],
  ) {
    const { directory, hopNs, headerNs, lineNs, credits } = config;
    this.directory =
      directory.value === 'none'
        ? null
        : new LineDirectory(directory.value === 'steady', interleaver.channels);
    this.phase = new Uint8Array(requests.length);
    this.pieces = new Uint8Array(requests.length);
    const hop = spanTicks(hopNs);
    const [header, line] = [spanTicks(headerNs), spanTicks(lineNs)];
    const isWrite = (record: number): boolean => requests.kind[record] >= RecordKind.Write;
    const down = (record: number): number =>
      isWrite(record) && this.phase[record] === Phase.Down ? line : header;
    const up = (record: number): number =>
      isWrite(record) || this.phase[record] === Phase.Snoops ? header : line;
    const { stats } = this;
    const atHome = (record: number, at: number): void => this.atHome(record, at);
    const atCore = (record: number, at: number): void => this.atCore(record, at);
    this.down = new Wire(requests, hop, stats, atHome, down, credits.value);
    this.up = new Wire(requests, hop, stats, atCore, up, 0);
  }

  connect(controllers: readonly Controller[]): void {
    this.controllers = controllers;
  }

  /** Whether a record is that of a core on the memory's socket. */
  private isNear(record: number): boolean {
    return this.socketOf[this.requests.sourceOf[record]] === 0;
  }

  /** A record leaves its core at `requests.arriveAt`; one from here is at its controller then. */
  send(record: number): void {
    const { kind, op } = this.requests;
    if (this.isNear(record)) {
      this.toController(record);
      return;
    }
    const asks = kind[record] === RecordKind.Write && isPastCaches(op[record]);
    this.phase[record] = asks ? Phase.Asks : Phase.Down;
    this.down.send(record);
  }

  /** A controller has the data of a read. */
  readDone(record: number): void {
    this.requests.arriveAt[record] = this.requests.decidedAt[record];
    if (this.isNear(record)) {
      this.readNear(record);
      return;
    }
    if (this.phase[record] !== Phase.Marking) {
      this.answer(record);
      return;
    }
    // To the controller the mark is the write of a line that no cache held.
    this.requests.op[record] = LineOp.Store;
    this.controllerOf(record).enqueueWrite(record);
  }

  /** A controller accepted a write, or that of a read's mark. */
  writeAccepted(record: number): void {
    this.requests.arriveAt[record] = this.requests.decidedAt[record];
    if (this.phase[record] === Phase.Granting) {
      this.requests.pieces[record] = this.pieces[record];
      this.grant(record);
      return;
    }
    if (this.phase[record] !== Phase.Marking) this.cores.accepted.give(record);
    if (this.isNear(record)) {
      this.directory?.takeBack(this.requests.line[record], this.channelOf(record));
      this.cores.writeOver(record);
    } else this.answer(record);
  }

  /**
   * The data of a read from here. With it comes the mark, as it was when the controller sent the
   * read to its module: the other socket may have to be asked.
   */
  private readNear(record: number): void {
    const { directory, requests } = this;
    const isLent = directory?.isLent(requests.line[record], this.channelOf(record)) === true;
    if (!isLent) {
      this.cores.readDone(record);
      return;
    }
    this.stats.snoops += 1;
    this.phase[record] = Phase.Snoops;
    this.up.send(record);
  }

  private answer(record: number): void {
    this.phase[record] = Phase.Up;
    this.goUp(record);
  }

  private grant(record: number): void {
    this.phase[record] = Phase.Asked;
    this.goUp(record);
  }

  /** The home is done with the message, at `requests.arriveAt`. */
  private goUp(record: number): void {
    this.down.giveCredit(this.requests.arriveAt[record]);
    this.up.send(record);
  }

  private atHome(record: number, at: number): void {
    const { requests, phase, directory } = this;
    this.stats.messagesDown += 1;
    requests.arriveAt[record] = at;
    const line = requests.line[record];
    const channel = this.channelOf(record);
    if (phase[record] === Phase.Asks) {
      if (directory?.own(line, channel) === true) this.mark(record);
      else this.grant(record);
      return;
    }
    if (phase[record] === Phase.Snooped) {
      this.down.giveCredit(at);
      requests.decidedAt[record] = at;
      this.cores.readDone(record);
      return;
    }
    if (requests.kind[record] >= RecordKind.Write) directory?.takeBack(line, channel);
    else if (directory?.lend(line, channel) === true) {
      this.stats.linesMarked += 1;
      phase[record] = Phase.Marking;
    }
    this.toController(record);
  }

  private toController(record: number): void {
    const { requests } = this;
    const line = requests.line[record];
    requests.localLine[record] = this.interleaver.localLine(line);
    if (requests.kind[record] < RecordKind.Write) this.controllerOf(record).enqueueRead(record);
    else this.controllerOf(record).enqueueWrite(record);
  }

  /** Writes that a line will be the other socket's, which only then knows. */
  private mark(record: number): void {
    const { pieces } = this.requests;
    this.stats.linesMarked += 1;
    this.phase[record] = Phase.Granting;
    this.pieces[record] = pieces[record];
    pieces[record] = 0;
    this.toController(record);
  }

  private atCore(record: number, at: number): void {
    const { requests, phase, cores } = this;
    this.stats.messagesUp += 1;
    if (phase[record] === Phase.Asked || phase[record] === Phase.Snoops) {
      phase[record] = phase[record] === Phase.Asked ? Phase.Down : Phase.Snooped;
      requests.arriveAt[record] = at;
      this.down.send(record);
      return;
    }
    requests.decidedAt[record] = at;
    if (requests.kind[record] >= RecordKind.Write) cores.writeOver(record);
    else cores.readDone(record);
  }

  private controllerOf(record: number): Controller {
    return this.controllers[this.channelOf(record)];
  }

  private channelOf(record: number): number {
    return this.interleaver.channelOf(this.requests.line[record]);
  }
}

function isPastCaches(op: number): boolean {
  return op === LineOp.NtStore || op === LineOp.DirectStore || op === LineOp.Store;
}
