/**
 * The figures of `ddr4.ts`, with the names that JESD79-4 gives the spans between commands.
 *
 *     open ─tRCD─▶ read ─CL─▶ data      tRAS, tRTP, tWR ─▶ close ─tRP─▶ open another
 *
 * Left out: spans that the model has no command for (power-down, calibration, mode registers).
 */
import { z } from 'zod';
import { count, span, spanTicks } from '../figure.js';

/** Figures of a module. */
export const ddr4Config = z.strictObject({
  kind: z.literal('ddr4'),
  bankGroups: count(16, 'Bank groups of all ranks of the channel.'),
  banksPerGroup: count(16, 'Banks of a group.'),
  rowLines: count(1024, 'Lines of one row.'),
  clNs: span('CL: from a read command to its data.'),
  cwlNs: span('CWL: from a write command to its data.'),
  burstNs: span('How long the data of a line take.'),
  rcdNs: span('tRCD: from opening a row to a read or write of it.'),
  rpNs: span('tRP: from closing a row to opening another.'),
  rasNs: span('tRAS: least time that a row is open.'),
  rtpNs: span('tRTP: from a read to closing its row.'),
  wrNs: span('tWR: from the end of written data to closing their row.'),
  wtrNs: span('tWTR: from the end of written data to the next read.'),
  ccdShortNs: span('tCCD_S: between reads or writes of different bank groups.'),
  ccdLongNs: span('tCCD_L: the same, of one group.'),
  rrdShortNs: span('tRRD_S: between openings of rows in different groups.'),
  rrdLongNs: span('tRRD_L: the same, in one group.'),
  fawNs: span('tFAW: time in which no more than four rows are opened.'),
  refiNs: span('tREFI: from one refresh to the next; 0: never.'),
  rfcNs: span('tRFC: how long a refresh takes.'),
});
export type Ddr4Config = z.output<typeof ddr4Config>;

/** The same spans in ticks. */
export interface Ddr4Ticks {
  readonly cl: number;
  readonly cwl: number;
  readonly burst: number;
  readonly rcd: number;
  readonly rp: number;
  readonly ras: number;
  readonly rtp: number;
  readonly wr: number;
  readonly wtr: number;
  readonly ccdShort: number;
  readonly ccdLong: number;
  readonly rrdShort: number;
  readonly rrdLong: number;
  readonly faw: number;
  readonly refi: number;
  readonly rfc: number;
}

export function ddr4Ticks(config: Ddr4Config): Ddr4Ticks {
  return {
    cl: spanTicks(config.clNs),
    cwl: spanTicks(config.cwlNs),
    burst: spanTicks(config.burstNs),
    rcd: spanTicks(config.rcdNs),
    rp: spanTicks(config.rpNs),
    ras: spanTicks(config.rasNs),
    rtp: spanTicks(config.rtpNs),
    wr: spanTicks(config.wrNs),
    wtr: spanTicks(config.wtrNs),
    ccdShort: spanTicks(config.ccdShortNs),
    ccdLong: spanTicks(config.ccdLongNs),
    rrdShort: spanTicks(config.rrdShortNs),
    rrdLong: spanTicks(config.rrdLongNs),
    faw: spanTicks(config.fawNs),
    refi: spanTicks(config.refiNs),
    rfc: spanTicks(config.rfcNs),
  };
}
