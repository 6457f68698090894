/** Block traces: which action is the request, what its letters mean, and what else is counted. */
import { describe, expect, test } from '@jest/globals';
import { drain, readerOf } from '../../test/memory-trace.js';
import { IoFlag, OpKind } from '../op-kind.js';

const text = [
  '259,1    0        1     0.000000000   193  Q  WS 98496 + 8 [dd]',
  '259,1    0        2     0.000050200   193  X  WS 98496 / 98500 [dd]',
  '259,1    0        3     0.000098490   193  D  WS 98496 + 4 [dd]',
  '259,1    0        4     0.000100000    44  D  WS 98500 + 4 [kworker/0:1H]',
  '259,1    1        1     0.020912850   193  Q FWFSM 716905 + 5 [dd]',
  '259,1    0       63     0.021002930    44  D  FN [kworker/0:1H]',
  '259,1    0       64     0.024827220     0  C  FN 0 [0]',
  '259,1    0        5     0.500000000   200  Q  RA 64 + 8 [cp]',
  '259,1    0        6     0.600000000   201  Q  DS 1024 + 2048 [fstrim]',
  '259,1    0      132     0.700000000   199  P   N [fstrim]',
  '259,1    0      133     0.700000001   199 UT   N [fstrim] 1',
  '259,1    0        0     0.700000002     0  m   N cfq workload slice:300',
  'CPU0 (t):',
  ' Reads Queued:           4,       16KiB\t Writes Queued:           9,   593736KiB',
  'Throughput (R/W): 25KiB/s / 929164KiB/s',
  '',
].join('\n');

describe('a block trace', () => {
  test('gives its queued requests, at bytes of one file for each device', async () => {
    const reader = await readerOf('blkparse-text', text);
    const [open, ...requests] = await drain(reader);
    expect(open).toMatchObject({ kind: OpKind.Open, isImplied: true, handle: 0 });
    expect(reader.names.text(open?.path ?? -1)).toBe('/dev/block/259:1');
    expect(requests.map((r) => [r.kind, r.offset, r.length, r.startNs, r.task])).toEqual([
      [OpKind.Write, 98496 * 512, 8 * 512, 0, 0],
      [OpKind.Write, 716905 * 512, 5 * 512, 20_912_850, 0],
      [OpKind.Read, 64 * 512, 8 * 512, 500_000_000, 1],
      [OpKind.Trim, 1024 * 512, 2048 * 512, 600_000_000, 2],
    ]);
    expect(reader.taskIds).toEqual([193, 200, 201]);
    expect(reader.badLineCount).toBe(0);
  });

  test('tells preflush from forced unit access by the place of the F', async () => {
    const records = await drain(await readerOf('blkparse-text', text));
    const { PreFlush, ForceUnitAccess, Sync, Metadata, Readahead } = IoFlag;
    expect(records[2]?.flags).toBe(PreFlush | ForceUnitAccess | Sync | Metadata);
    expect(records[3]?.flags).toBe(Readahead);
  });

  test('takes the issued requests if told to; without length they are flushes', async () => {
    const records = await drain(await readerOf('blkparse-text', text, { blockAction: 'D' }));
    const kinds = records.slice(1).map(({ kind }) => kind);
    expect(kinds).toEqual([OpKind.Write, OpKind.Write, OpKind.Flush]);
  });

  test('counts all actions and passes over the totals at its end', async () => {
    const reader = await readerOf('blkparse-text', text);
    await drain(reader);
    expect(Object.fromEntries(reader.tallies)).toMatchObject({
      'action.Q': 4,
      'action.D': 3,
      'action.UT': 1,
      'requests.D.flush': 1,
      'sectors.Q.discard': 2048,
      maxEndSector: 716910,
      otherLines: 3,
    });
    expect(reader.tallies.has('action.m')).toBe(false);
  });

  test.each([
    '259,1    0        1     0.000000000   193  Q  WS 98496 + [dd]',
    '259,1    0        1     0.0000',
    '259,1    0        1     0.000000000   193  Q',
  ])('counts the torn event "%s"', async (torn) => {
    const reader = await readerOf('blkparse-text', `${torn}\n`);
    expect(await drain(reader)).toHaveLength(0);
    expect(reader.badLineNumbers).toEqual([1]);
  });
});
