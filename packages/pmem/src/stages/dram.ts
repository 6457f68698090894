/**
 * Plain DRAM behind a controller: the contrast to the DIMM with persistent media.
 *
 *   line ──▶ bank: open row? ──▶ burst
 *
 * Each bank has one open row; a line in it costs less than one in another. A line keeps its bank
 * for as long as the access takes; the burst itself is the controller's bus time.
 *
 * Left out: refresh, activation windows, ranks.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';
import { defineStage, type InlineStage, type StageEnv, type StageTimes } from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.

export const dramConfig = z.strictObject({
  kind: z.literal('dram'),
  banks: count(1024, 'Banks of the channel.'),
  rowLines: count(1024, 'Lines of one row.'),
  rowHitNs: span('Access to a line in the open row.'),
  rowMissNs: span('Access to a line in another row: close, open, read.'),
  busyNs: span('Least time between two accesses to the open row of a bank.'),
});
export type DramConfig = z.output<typeof dramConfig>;

const dramDeclarations = {
  dramAccesses: ['count', 'Lines read or written.'],
  dramRowHits: ['count', 'Of these, in the open row of their bank.'],
} as const;
export const dramStats = defineStats(dramDeclarations);

export class Dram implements InlineStage {
  readonly stats: StatsOf<typeof dramDeclarations> = dramStats.create();
  private readonly openRow: Int32Array;
  private readonly bankFreeAt: Float64Array;
  private readonly times: StageTimes;
  private readonly banks: number;
  private readonly rowLines: number;
  private readonly rowHitTicks: number;
  private readonly rowMissTicks: number;
  private readonly busyTicks: number;

  constructor(config: DramConfig, env: StageEnv) {
    this.times = env.times;
    this.banks = config.banks.value;
    this.rowLines = config.rowLines.value;
    this.openRow = new Int32Array(this.banks).fill(-1);
    this.bankFreeAt = new Float64Array(this.banks);
    this.rowHitTicks = spanTicks(config.rowHitNs);
    this.rowMissTicks = spanTicks(config.rowMissNs);
    this.busyTicks = spanTicks(config.busyNs);
    const { channel } = env;
    env.report({ stage: 'dram', channel, fields: dramStats.fields, values: this.stats });
  }

  foresee(line: number): void {
    // Its tables are small: they are near.
    assert(line >= 0, 'Dram: line outside the device');
  }

  serve(_op: number, line: number): void {
    const row = Math.floor(line / this.rowLines);
    const bank = bankOf(row, this.banks);
    const isOpen = this.openRow[bank] === row;
    let start = this.times.in;
    if (this.bankFreeAt[bank] > start) start = this.bankFreeAt[bank];
    this.stats.dramAccesses += 1;
    if (isOpen) this.stats.dramRowHits += 1;
    this.openRow[bank] = row;
    const done = start + (isOpen ? this.rowHitTicks : this.rowMissTicks);
    this.bankFreeAt[bank] = isOpen ? start + this.busyTicks : done;
    this.times.admitted = start;
    this.times.done = done;
  }
}

/** Rows are scattered over the banks, so that streams at round distances do not meet in one. */
function bankOf(row: number, banks: number): number {
  return (Math.imul(row, 0x9e3779b1) >>> 16) % banks;
}

export const dram = defineStage({
  kind: 'dram',
  config: dramConfig,
  models: ['banks with one open row each'],
  leavesOut: ['refresh', 'activation windows', 'bank groups', 'ranks'],
  takes: 'line',
  build: (config, env) => new Dram(config, env),
});
