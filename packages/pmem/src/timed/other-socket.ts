/**
 * Cores on another socket than the memory's: two wires between them and the controllers.
 *
 *   load, fill    ─ request ─▶ home ─▶ read ─ (mark own lines as lent: write) ─▶ line ─▶ core
 *   ntstore       ─ request ─▶ home ─ yours ─▶ line ─▶ WPQ ─ accepted ─▶ core
 *   write-back                                 line ─▶ WPQ ─ accepted ─▶ core
 *                 └──── down ────┘  └── up ──┘
 *
 * Each direction is an arbiter: messages of all cores and channels leave in the order in which they
 * are ready, ties in the order of accesses; each keeps the wire for a while and is on the other
 * side a hop later. A write is durable when the home's controller accepts it, and the core is told
 * an acknowledgement later. A read whose line must be marked is answered when that write was
 * accepted: the home keeps one entry for both.
 *
 * Left out: credits of the link, snoops of the home's own caches, lines that the other socket's
 * caches hold and the home's cores ask for.
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
const Phase = { Asks: 0, Asked: 1, Down: 2, Marking: 3, Up: 4 } as const;

const declarations = {
  messagesDown: ['count', 'Messages to the socket of the memory.'],
  messagesUp: ['count', 'Messages from there.'],
  linesMarked: ['count', 'Lines that were written because they were read from the other socket.'],
  linkWaitTicks: ['ticks', 'Time that messages waited for the wire.'],
} as const;
export const otherSocketStats = defineStats(declarations);

/** The front end: what was accepted is told apart from who knows of it. */
export interface FarCores {
  readonly accepted: AcceptedNotice;
  readDone(record: number): void;
  writeOver(record: number): void;
}

/** A direction: due when a message is ready and the wire is free. */
class Wire {
  dueAt = NEVER as number;
  readonly queue: ArrivalQueue;
  private freeAt = 0;

  constructor(
    private readonly requests: Requests,
    private readonly hopTicks: number,
    private readonly stats: StatsOf<typeof declarations>,
    private readonly deliver: (record: number, at: number) => void,
    private readonly wireTicks: (record: number) => number,
  ) {
    this.queue = new ArrivalQueue(requests, 0);
  }

  /** `requests.arriveAt` says when the message is ready. */
  send(record: number): void {
    this.queue.push(record);
    this.findDue();
  }

  decide(): void {
    const record = this.queue.pop();
    this.stats.linkWaitTicks += this.dueAt - this.requests.arriveAt[record];
    this.freeAt = this.dueAt + this.wireTicks(record);
    const at = this.freeAt + this.hopTicks;
    this.findDue();
    this.deliver(record, at);
  }

  private findDue(): void {
    if (this.queue.count === 0) this.dueAt = NEVER;
    else this.dueAt = Math.max(this.freeAt, this.requests.arriveAt[this.queue.head()]);
  }
}

export class OtherSocket implements DecisionSink {
  readonly stats: StatsOf<typeof declarations> = otherSocketStats.create();
  readonly down: Wire;
  readonly up: Wire;
  private readonly directory: LineDirectory | null;
  private readonly phase: Uint8Array;
  private controllers: readonly Controller[] = [];

  constructor(
    config: OtherSocketConfig,
    private readonly requests: Requests,
    private readonly interleaver: Interleaver,
    private readonly cores: FarCores,
  ) {
    const { directory, hopNs, headerNs, lineNs } = config;
    this.directory =
      directory.value === 'none' ? null : new LineDirectory(directory.value === 'steady');
    this.phase = new Uint8Array(requests.length);
    const hop = spanTicks(hopNs);
    const [header, line] = [spanTicks(headerNs), spanTicks(lineNs)];
    const isWrite = (record: number): boolean => requests.kind[record] >= RecordKind.Write;
    const down = (record: number): number =>
      isWrite(record) && this.phase[record] === Phase.Down ? line : header;
    const up = (record: number): number => (isWrite(record) ? header : line);
    const { stats } = this;
    this.down = new Wire(requests, hop, stats, (record, at) => this.atHome(record, at), down);
    this.up = new Wire(requests, hop, stats, (record, at) => this.atCore(record, at), up);
  }

  connect(controllers: readonly Controller[]): void {
    this.controllers = controllers;
  }

  /** A record leaves its core at `requests.arriveAt`. */
  send(record: number): void {
    const { kind, op } = this.requests;
    const asks = kind[record] === RecordKind.Write && isPastCaches(op[record]);
    this.phase[record] = asks ? Phase.Asks : Phase.Down;
    this.down.send(record);
  }

  /** A controller has the data of a read. */
  readDone(record: number): void {
    this.requests.arriveAt[record] = this.requests.decidedAt[record];
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
    if (this.phase[record] !== Phase.Marking) this.cores.accepted.give(record);
    this.answer(record);
  }

  private answer(record: number): void {
    this.phase[record] = Phase.Up;
    this.up.send(record);
  }

  private atHome(record: number, at: number): void {
    const { requests, phase, directory } = this;
    this.stats.messagesDown += 1;
    requests.arriveAt[record] = at;
    if (phase[record] === Phase.Asks) {
      phase[record] = Phase.Asked;
      this.up.send(record);
      return;
    }
    const line = requests.line[record];
    requests.localLine[record] = this.interleaver.localLine(line);
    if (requests.kind[record] >= RecordKind.Write) {
      directory?.takeBack(line);
      this.controllerOf(record).enqueueWrite(record);
      return;
    }
    if (directory?.lend(line) === true) {
      this.stats.linesMarked += 1;
      phase[record] = Phase.Marking;
    }
    this.controllerOf(record).enqueueRead(record);
  }

  private atCore(record: number, at: number): void {
    const { requests, phase, cores } = this;
    this.stats.messagesUp += 1;
    if (phase[record] === Phase.Asked) {
      phase[record] = Phase.Down;
      requests.arriveAt[record] = at;
      this.down.send(record);
      return;
    }
    requests.decidedAt[record] = at;
    if (requests.kind[record] >= RecordKind.Write) cores.writeOver(record);
    else cores.readDone(record);
  }

  private controllerOf(record: number): Controller {
    return this.controllers[this.interleaver.channelOf(this.requests.line[record])];
  }
}

function isPastCaches(op: number): boolean {
  return op === LineOp.NtStore || op === LineOp.DirectStore || op === LineOp.Store;
}
