/**
 * The persistent media: banks behind one port.
 *
 *   XPLine ──▶ [port: power budget] ──▶ bank k ──▶ done
 *
 * Requests start in order: each waits for the port and for its bank. The port stands for what
 * limits a module as a whole, which is power rather than wires: raising a module's power budget
 * raises both its bandwidths, and reads and writes share it. A write takes the more of it the more
 * lines it changes. A partial write reads the XPLine first, in the same bank and without giving it
 * up in between. The XPLines of a 4 KiB block lie in neighbouring banks; where a block starts is
 * scattered, as blocks are by the address indirection, so that streams at round distances do not
 * meet in one bank.
 *
 * Left out: bank conflicts between reads and writes other than occupancy.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';
import {
  CHANGED_LINES,
  OWNED_LINES,
  StageOp,
  type StageTimes,
  defineStage,
  type InlineStage,
  type StageEnv,
} from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ, Write: WRITE, PartialWrite: PARTIAL_WRITE } = StageOp;
const ensure: typeof assert = assert;

export const mediaConfig = z.strictObject({
  kind: z.literal('media'),
  banks: count(256, 'Banks that work at the same time.'),
  readNs: span('From a read of 256 B starting to its data being out of the bank.'),
  writeNs: span('From a write of 256 B starting to the bank being free again.'),
  readPortNs: span('How long a read keeps the port, also one that a partial write needs.'),
  writePortNs: span('How long a write keeps the port, whatever it changes.'),
  linePortNs: span('How much longer for each line of 64 B that it changes.'),
  ownedPortNs: span('And for each of these that a cache held: its owner is read first.'),
});
export type MediaConfig = z.output<typeof mediaConfig>;

const mediaDeclarations = {
  mediaReads: ['count', 'XPLines read from the media, for whatever reason.'],
  mediaWrites: ['count', 'XPLines written to the media.'],
  mediaMerges: ['count', 'Writes that had to read the XPLine first.'],
  mediaReadBytes: ['bytes', 'Bytes read from the media.'],
  mediaWriteBytes: ['bytes', 'Bytes written to the media.'],
  mediaWaitTicks: ['ticks', 'Time requests waited for port or bank.'],
} as const;
export const mediaStats = defineStats(mediaDeclarations);

const CHANGED_SHIFT = Math.log2(CHANGED_LINES);
const OWNED_SHIFT = Math.log2(OWNED_LINES);
const XPLINE_BYTES = 256;

export class Media implements InlineStage {
  readonly stats: StatsOf<typeof mediaDeclarations> = mediaStats.create();
  private readonly bankFreeAt: Float64Array;
  private readonly times: StageTimes;
  private readonly banks: number;
  private readonly readTicks: number;
  private readonly writeTicks: number;
  private readonly readPortTicks: number;
  private readonly writePortTicks: number;
  private readonly linePortTicks: number;
  private readonly ownedPortTicks: number;
  private portFreeAt = 0.5;

  constructor(config: MediaConfig, env: StageEnv) {
    this.times = env.times;
    this.banks = config.banks.value;
    this.bankFreeAt = new Float64Array(this.banks);
    this.readTicks = spanTicks(config.readNs);
    this.writeTicks = spanTicks(config.writeNs);
    this.readPortTicks = spanTicks(config.readPortNs);
    this.writePortTicks = spanTicks(config.writePortNs);
    this.linePortTicks = spanTicks(config.linePortNs);
    this.ownedPortTicks = spanTicks(config.ownedPortNs);
    const { channel } = env;
    this.portFreeAt = 0;
    env.report({
      stage: 'media',
      channel,
      fields: mediaStats.fields,
      values: this.stats,
      settle: () => {
        this.stats.mediaReadBytes = this.stats.mediaReads * XPLINE_BYTES;
        this.stats.mediaWriteBytes = this.stats.mediaWrites * XPLINE_BYTES;
      },
    });
  }

  foresee(): void {
    // The ports and banks are near the host anyway.
  }

  serve(asked: number, xpline: number): void {
    const op = asked & 3;
    const entered = this.times.in;
    const bank = bankOf(xpline, this.banks);
    let start = entered;
    if (this.portFreeAt > start) start = this.portFreeAt;
    if (this.bankFreeAt[bank] > start) start = this.bankFreeAt[bank];
    this.stats.mediaWaitTicks += start - entered;
    this.portFreeAt = start;
    let done = start;
    if (op !== WRITE) {
      done += this.readTicks;
      this.portFreeAt += this.readPortTicks;
      this.stats.mediaReads += 1;
    }
    if (op !== READ) {
      ensure(op === WRITE || op === PARTIAL_WRITE, 'Media: not a media operation');
      done += this.writeTicks;
      this.portFreeAt += this.writePortTicks;
      this.portFreeAt += ((asked >>> CHANGED_SHIFT) & 7) * this.linePortTicks;
      this.portFreeAt += (asked >>> OWNED_SHIFT) * this.ownedPortTicks;
      if (op === PARTIAL_WRITE) this.stats.mediaMerges += 1;
      this.stats.mediaWrites += 1;
    }
    this.bankFreeAt[bank] = done;
    this.times.admitted = start;
    this.times.done = done;
  }
}

function bankOf(xpline: number, banks: number): number {
  const block = xpline >>> 4;
  return (((Math.imul(block, 0x9e3779b1) >>> 20) & 4095) + (xpline & 15)) % banks;
}

export const media = defineStage({
  kind: 'media',
  config: mediaConfig,
  models: ['media banks behind a power budget'],
  leavesOut: ['levels of the power budget', 'thermal throttling'],
  takes: 'xpline',
  build: (config, env) => new Media(config, env),
});
