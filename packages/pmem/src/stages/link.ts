/**
 * A serial link between controller and device: PCI Express, or CXL on its wires.
 *
 *     write  ─ header and data ─▶ [down] ─ flight ─▶ device                  posted
 *     read   ─ header ─────────▶ [down] ─ flight ─▶ device ─ [up] ─ flight ─▶ completion
 *             waits for a credit: of posted packets that the device has not taken, and of reads
 *
 * Packets go down in the order of the controller's decisions, so a read pushes the writes before it
 * ahead of it; completions come up in the order of their reads. A whole line is one packet if the
 * link carries that many bytes in one; of a write-combining buffer that was not full each 8 bytes
 * written are a packet of their own. The controller is rid of a packet when it is on the wire; a
 * credit is back one flight after the device took the packet.
 *
 * Left out: acknowledgements and replays, credits of data apart from those of packets, switches.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, figure, span, spanTicks } from '../figure.js';
import { PIECES_SHIFT, StageOp, defineStage, type InlineStage } from './stage.js';
import type { StageEnv, StageTimes } from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ, PartialWrite: PARTIAL_WRITE } = StageOp;
const OP_BITS = 3;
const PIECES = PIECES_SHIFT;
const LINE_BYTES = 64;
const PIECE_BYTES = 8;

export const linkConfig = z.strictObject({
  kind: z.literal('link'),
  bytesPerNs: figure(z.number().min(0.01).max(1000), 'Bytes a nanosecond, after encoding.'),
  payloadBytes: figure(
    z.union([z.literal(8), z.literal(16), z.literal(32), z.literal(64)]),
    'Most data bytes of one packet of a line.',
  ),
  overheadBytes: count(256, 'Bytes of a packet beside its data: header, framing, checks.'),
  partialPieces: count(
    8,
    'Most packets that a line written in part leaves as; one for each 8 bytes written, if fewer.',
  ),
  flightNs: span('From the last byte on the wire to the other side having the packet.'),
  postedCredits: count(1024, 'Writes that the device has not taken in yet.'),
  readCredits: count(1024, 'Reads whose completion is not back yet.'),
});
export type LinkConfig = z.output<typeof linkConfig>;

const linkDeclarations = {
  packetsDown: ['count', 'Packets to the device.'],
  bytesDown: ['bytes', 'Their bytes, overhead included.'],
  bytesUp: ['bytes', 'Bytes of completions, overhead included.'],
  creditWaitTicks: ['ticks', 'Time that packets waited for a credit beyond the wire.'],
} as const;
export const linkStats = defineStats(linkDeclarations);

export class Link implements InlineStage {
  readonly stats: StatsOf<typeof linkDeclarations> = linkStats.create();
  private readonly times: StageTimes;
  private readonly wholePackets: number;
  private readonly overheadBytes: number;
  private readonly partialPieces: number;
  private readonly psPerByte: number;
  private readonly flightTicks: number;
  private readonly postedBackAt: Float64Array;
  private readonly readBackAt: Float64Array;
  private nextPosted = 0;
  private nextRead = 0;
  private downFreeAt = 0;
  private upFreeAt = 0;

  constructor(
    config: LinkConfig,
    env: StageEnv,
    private readonly device: InlineStage,
  ) {
    this.times = env.times;
    this.wholePackets = LINE_BYTES / config.payloadBytes.value;
    this.overheadBytes = config.overheadBytes.value;
    this.partialPieces = config.partialPieces.value;
    this.psPerByte = 1000 / config.bytesPerNs.value;
    this.flightTicks = spanTicks(config.flightNs);
    this.postedBackAt = new Float64Array(config.postedCredits.value);
    this.readBackAt = new Float64Array(config.readCredits.value);
    const { channel } = env;
    env.report({ stage: 'link', channel, fields: linkStats.fields, values: this.stats });
  }

  foresee(line: number): void {
    this.device.foresee(line);
  }

  serve(op: number, line: number): void {
    if ((op & OP_BITS) === READ) this.read(op, line);
    else this.write(op, line);
  }

  private write(op: number, line: number): void {
    const { times } = this;
    const isPartial = (op & OP_BITS) === PARTIAL_WRITE;
    const pieces = op >>> PIECES;
    let packets = this.wholePackets;
    if (isPartial) packets = pieces < this.partialPieces ? pieces : this.partialPieces;
    const data = isPartial ? packets * PIECE_BYTES : LINE_BYTES;
    const sent = this.send(this.postedBackAt[this.nextPosted], packets, data);
    times.in = sent + this.flightTicks;
    this.device.serve(op, line);
    this.postedBackAt[this.nextPosted] = times.admitted + this.flightTicks;
    this.nextPosted = (this.nextPosted + 1) % this.postedBackAt.length;
    times.admitted = sent;
    times.done += this.flightTicks;
  }

  private read(op: number, line: number): void {
    const { times } = this;
    const sent = this.send(this.readBackAt[this.nextRead], 1, 0);
    times.in = sent + this.flightTicks;
    this.device.serve(op, line);
    const bytes = this.wholePackets * this.overheadBytes + LINE_BYTES;
    const start = Math.max(times.done, this.upFreeAt);
    this.upFreeAt = start + this.wireTicks(bytes);
    this.stats.bytesUp += bytes;
    const back = this.upFreeAt + this.flightTicks;
    this.readBackAt[this.nextRead] = back;
    this.nextRead = (this.nextRead + 1) % this.readBackAt.length;
    times.admitted = sent;
    times.done = back;
  }

  /** Puts packets on the wire; answers when the last byte is. */
  private send(creditAt: number, packets: number, data: number): number {
    const bytes = packets * this.overheadBytes + data;
    let start = Math.max(this.times.in, this.downFreeAt);
    if (creditAt > start) {
      this.stats.creditWaitTicks += creditAt - start;
      start = creditAt;
    }
    this.downFreeAt = start + this.wireTicks(bytes);
    this.stats.packetsDown += packets;
    this.stats.bytesDown += bytes;
    return this.downFreeAt;
  }

  private wireTicks(bytes: number): number {
    return Math.round(bytes * this.psPerByte);
  }
}

export const link = defineStage({
  kind: 'link',
  config: linkConfig,
  models: [
    'a serial link: packets with overhead, posted writes and reads with credits, in order each way',
  ],
  leavesOut: ['acknowledgements and replays of packets', 'credits of data', 'switches'],
  takes: 'line',
  gives: 'line',
  build: (config, env, next) => {
    assert(next !== null, 'link: nothing behind it');
    return new Link(config, env, next);
  },
});
