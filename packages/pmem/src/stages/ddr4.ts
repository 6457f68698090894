/**
 * DRAM by its commands, as JESD79-4 times them: the module of an NVDIMM-N in operation.
 *
 *     line ─▶ row engine: open already? close ─tRP─▶ open ─tRCD─┐      one line after another
 *                         tRAS tRTP tWR   tRC tRRD tFAW         ▼
 *                                        column engine: read or write ─CL, CWL─▶ data
 *                                        tCCD, tWTR                     one line after another
 *     every tREFI: all rows closed, no command for tRFC
 *
 * Lines go in the order of the controller's decisions: the row engine opens rows for later lines
 * while earlier ones wait for theirs, and no line overtakes another. A refresh that falls between
 * the opening of a row and its use is put off until after it. The controller is rid of a line when
 * its read or write command is out.
 *
 * Left out: ranks of their own (their banks count as more groups), power-down, per-bank refresh,
 * closing rows that nobody asks for.
 */
import { assert, defineStats, type StatsOf } from '@daxsim/sim';
import { ddr4Config, ddr4Ticks, type Ddr4Config, type Ddr4Ticks } from './ddr4-config.js';
import { StageOp, defineStage, type InlineStage } from './stage.js';
import type { StageEnv, StageTimes } from './stage.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ } = StageOp;
const OP_BITS = 3;
const OPENINGS = 4;
/** Long ago: before any command. */
const LONG_AGO = -1e12;

const ddr4Declarations = {
  rowHits: ['count', 'Lines whose row was open.'],
  rowOpenings: ['count', 'Lines whose bank had no open row.'],
  rowConflicts: ['count', 'Lines whose bank had another row open.'],
  refreshWaits: ['count', 'Commands that waited for a refresh.'],
} as const;
export const ddr4Stats = defineStats(ddr4Declarations);

export class Ddr4 implements InlineStage {
  readonly stats: StatsOf<typeof ddr4Declarations> = ddr4Stats.create();
  private readonly times: StageTimes;
  private readonly groups: number;
  private readonly banks: number;
  private readonly rowLines: number;
  /** By bank: its open row, in which refresh interval it was opened, and its last commands. */
  private readonly openRow: Int32Array;
  private readonly openedIn: Float64Array;
  private readonly openedAt: Float64Array;
  private readonly closableAt: Float64Array;
  private readonly columnAt: Float64Array;
  /** The last four openings, the oldest at `oldest`. */
  private readonly openings = new Float64Array(OPENINGS).fill(LONG_AGO);
  private oldest = 0;
  private openedLastAt = LONG_AGO;
  private openedLastIn = -1;
  private rowFreeAt = 0;
  private columnLastAt = LONG_AGO;
  private columnLastIn = -1;
  private writtenAt = LONG_AGO;
  private readonly t: Ddr4Ticks;

  constructor(config: Ddr4Config, env: StageEnv) {
    this.times = env.times;
    this.groups = config.bankGroups.value;
    this.banks = this.groups * config.banksPerGroup.value;
    this.rowLines = config.rowLines.value;
    this.openRow = new Int32Array(this.banks).fill(-1);
    this.openedIn = new Float64Array(this.banks);
    this.openedAt = new Float64Array(this.banks).fill(LONG_AGO);
    this.closableAt = new Float64Array(this.banks);
    this.columnAt = new Float64Array(this.banks);
    this.t = ddr4Ticks(config);
    assert(this.t.refi === 0 || this.t.rfc < this.t.refi, 'Ddr4: a refresh without end');
    const { channel } = env;
    env.report({ stage: 'ddr4', channel, fields: ddr4Stats.fields, values: this.stats });
  }

  foresee(line: number): void {
    // Its tables are small: they are near.
    assert(line >= 0, 'Ddr4: line outside the device');
  }

  serve(op: number, line: number): void {
    const { times, t } = this;
    const row = Math.floor(line / this.rowLines);
    const bank = bankOf(row, this.banks);
    const start = this.afterRefresh(
      Math.max(times.in, Math.max(this.rowFreeAt, this.columnAt[bank])),
    );
    const ready = this.open(bank, row, start);
    const column = this.column(bank, ready, op);
    const isRead = (op & OP_BITS) === READ;
    const dataEnd = column + (isRead ? t.cl : t.cwl) + t.burst;
    const closable = isRead ? column + t.rtp : dataEnd + t.wr;
    this.closableAt[bank] = Math.max(this.openedAt[bank] + t.ras, closable);
    if (!isRead) this.writtenAt = dataEnd;
    times.admitted = column;
    times.done = dataEnd;
  }

  /** Sees to it that the row is open; answers when it can be read or written. */
  private open(bank: number, row: number, start: number): number {
    const { t, stats } = this;
    const isOpen = this.openRow[bank] >= 0 && this.openedIn[bank] === this.interval(start);
    if (isOpen && this.openRow[bank] === row) {
      stats.rowHits += 1;
      this.rowFreeAt = start;
      return start;
    }
    let from = start;
    if (isOpen) {
      stats.rowConflicts += 1;
      const close = Math.max(start, this.closableAt[bank]);
      // A refresh that comes first closes it as well.
      from =
        this.interval(close) === this.interval(start)
          ? close + t.rp
          : (this.interval(start) + 1) * t.refi + t.rfc;
    } else stats.rowOpenings += 1;
    const group = bank % this.groups;
    const apart = group === this.openedLastIn ? t.rrdLong : t.rrdShort;
    let at = Math.max(from, this.openedAt[bank] + t.ras + t.rp);
    at = Math.max(at, Math.max(this.openedLastAt + apart, this.openings[this.oldest] + t.faw));
    at = this.afterRefresh(at);
    this.openings[this.oldest] = at;
    this.oldest = (this.oldest + 1) % OPENINGS;
    this.openedLastAt = at;
    this.openedLastIn = group;
    this.openedAt[bank] = at;
    this.openedIn[bank] = this.interval(at);
    this.openRow[bank] = row;
    this.rowFreeAt = at;
    return at + t.rcd;
  }

  /** When the read or write command of a line goes out. */
  private column(bank: number, ready: number, op: number): number {
    const { t } = this;
    const group = bank % this.groups;
    const apart = group === this.columnLastIn ? t.ccdLong : t.ccdShort;
    let at = Math.max(ready, this.columnLastAt + apart);
    if ((op & OP_BITS) === READ) at = Math.max(at, this.writtenAt + t.wtr);
    this.columnLastAt = at;
    this.columnLastIn = group;
    this.columnAt[bank] = at;
    return at;
  }

  /** Which interval between the beginnings of refreshes. */
  private interval(at: number): number {
    const { refi } = this.t;
    return refi === 0 ? 0 : Math.floor(at / refi);
  }

  /** `at`, or when the refresh that is under way then is over. */
  private afterRefresh(at: number): number {
    const { refi, rfc } = this.t;
    if (refi === 0 || at < refi) return at;
    const into = at % refi;
    if (into >= rfc) return at;
    this.stats.refreshWaits += 1;
    return at - into + rfc;
  }
}

/** Rows are scattered over the banks, so that streams at round distances do not meet in one. */
function bankOf(row: number, banks: number): number {
  return (Math.imul(row, 0x9e3779b1) >>> 16) % banks;
}

export const ddr4 = defineStage({
  kind: 'ddr4',
  config: ddr4Config,
  models: ['DDR4 commands: rows opened and closed, bank groups, four-activation window, refresh'],
  leavesOut: ['ranks of their own', 'power-down', 'refresh of single banks'],
  takes: 'line',
  build: (config, env) => new Ddr4(config, env),
});
