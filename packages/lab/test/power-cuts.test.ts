/**
 * Power cuts of whole replays: nothing is found when nothing is wrong, and each planted defect is.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { recoverNow } from '@daxsim/daxfs';
import { ConfigError } from '@daxsim/sim';
import {
  cutReproducers,
  foundSomething,
  optionsOf,
  parseCutReproducer,
  replay,
  replayWithCuts,
  reproduceCut,
} from '@daxsim/lab';
import type { CutReplay, CutReproducer, ReplayOptions, ReplayRequest } from '@daxsim/lab';
import { MediaImage } from '@daxsim/daxfs';
import { DurabilityWatch } from '../src/cuts/durability-watch.js';
import { ImageJudge, type Findings } from '../src/cuts/image-judge.js';
import { NameWatch } from '../src/cuts/name-watch.js';
import { PowerCuts, drawCuts } from '../src/cuts/power-cuts.js';
import { TraceFolder, run, straceLog } from './trace-files.js';

// Whole replays, several for a test, on machines that do other things as well.
jest.setTimeout(60_000);

const folder = new TraceFolder();
afterAll(() => folder.remove());

/** A database's way: journal, sync, pages, sync, journal gone; and names that come and go. */
const database = folder.file(
  straceLog(
    Array.from({ length: 6 }, (_, round): [number, string][] => [
      [7, 'openat(AT_FDCWD, "db", O_RDWR|O_CREAT, 0644) = 3'],
      [7, 'openat(AT_FDCWD, "journal", O_RDWR|O_CREAT, 0644) = 4'],
      [7, 'pwrite64(4, "..."..., 8700, 0) = 8700'],
      [7, 'fdatasync(4) = 0'],
      [7, `pwrite64(3, "..."..., 4096, ${round * 4096}) = 4096`],
      [7, `pwrite64(3, "..."..., 5000, ${(round % 3) * 3000}) = 5000`],
      [7, 'fsync(3) = 0'],
      [7, 'close(4) = 0'],
      [7, 'unlink("journal") = 0'],
      [7, `openat(AT_FDCWD, "new", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 4`],
      [7, 'write(4, "..."..., 300) = 300'],
      [7, 'fsync(4) = 0'],
      [7, 'close(4) = 0'],
      [7, 'rename("new", "state") = 0'],
      [7, 'close(3) = 0'],
    ]).flat(),
  ),
);

const selfSyncing = folder.file(
  straceLog([
    [7, 'openat(AT_FDCWD, "log", O_WRONLY|O_CREAT|O_DSYNC, 0644) = 3'],
    ...Array.from({ length: 20 }, (_, i): [number, string] => [
      7,
      `pwrite64(3, "..."..., 700, ${i * 700}) = 700`,
    ]),
    [7, 'close(3) = 0'],
  ]),
);

function options(trace: string, request: Partial<ReplayRequest> = {}): ReplayOptions {
  return optionsOf({
    traces: [trace],
    version: '0.0.0',
    deviceBytes: '64MiB',
    traceOptions: { scope: '/mnt/pmem', cwd: '/mnt/pmem' },
    ...request,
  });
}

const skipsFlush = { knobs: { logForceFlush: 'skip' } };

describe('without a defect', () => {
  let cut: CutReplay;
  beforeAll(async () => {
    cut = await replayWithCuts(options(database), 30);
  });

  test('nothing that was promised is missing at any of many moments', () => {
    expect(cut.cuts).toMatchObject({
      moments: 30,
      lostSyncedBytes: 0,
      foreignBytes: 0,
      lostSyncedNames: 0,
      fsckErrors: 0,
      failures: [],
    });
    expect(cut.cuts.bytesChecked).toBeGreaterThan(100_000);
  });

  test('the moments fall into operations and log forces, and recovery has work', () => {
    expect(cut.cuts.inOperation).toBeGreaterThan(20);
    expect(cut.cuts.inLogForce).toBeGreaterThan(0);
    expect(cut.cuts.inLogForce).toBeLessThan(cut.cuts.inOperation);
    expect(cut.cuts.recordsRecovered).toBeGreaterThan(30);
  });

  test('a cut takes no time: the run goes on as if nothing had happened', async () => {
    const plain = await replay(options(database));
    const figures = ({ timed }: CutReplay['run']): unknown =>
      timed.memory.statistics().map(({ stage, values }) => [stage, values]);
    expect(cut.run.ticks).toBe(plain.ticks);
    expect(cut.run.timed.memory.mediaHash()).toBe(plain.timed.memory.mediaHash());
    expect(figures(cut.run)).toEqual(figures(plain));
  });

  test('the same seed gives the same digest, another seed another', async () => {
    const digest = async (seed: number): Promise<string> =>
      (await replayWithCuts(options(database, { seed }), 6)).run.digest;
    const first = await digest(5);
    expect(await digest(5)).toBe(first);
    expect(await digest(6)).not.toBe(first);
  });
});

describe('a log force that does not flush', () => {
  test('loses synced bytes and durable names', async () => {
    const report = await run([database], { powerCuts: 20, ...skipsFlush });
    expect(report.power_cuts?.['lost_synced_bytes']).toBeGreaterThan(0);
    expect(report.power_cuts?.['lost_synced_names']).toBeGreaterThan(0);
    expect(foundSomething(report)).toBe(true);
  });

  test('is found by writes that sync themselves', async () => {
    const clean = await replayWithCuts(options(selfSyncing), 15);
    expect(clean.cuts.failures).toEqual([]);
    const { cuts } = await replayWithCuts(options(selfSyncing, skipsFlush), 15);
    expect(cuts.lostSyncedBytes).toBeGreaterThan(0);
  });
});

describe('a reproducer', () => {
  let found: CutReplay;
  let reproducers: CutReproducer[];
  beforeAll(async () => {
    const wrong = options(database, skipsFlush);
    found = await replayWithCuts(wrong, 20);
    reproducers = cutReproducers('0.0.0', wrong, found);
  });

  test('fails again with the same digest, after a way through JSON', async () => {
    expect(reproducers).toHaveLength(found.cuts.failures.length);
    // One with drawn survivors: its choices are a list.
    const drawn = reproducers.find(({ survivors }) => survivors.length > 1);
    const read = parseCutReproducer('f.json', JSON.parse(JSON.stringify(drawn)));
    const again = await reproduceCut(read);
    expect(again).toEqual({ failsAgain: true, sameDigest: true, problems: drawn?.failure });
  });

  test('no longer fails when the defect is gone', async () => {
    const again = await reproduceCut({ ...reproducers[0]!, knobs: {} });
    expect([again.failsAgain, again.sameDigest]).toEqual([false, false]);
  });

  test('is refused when its trace or its form is another', async () => {
    const other = { ...reproducers[0]!, traces: [{ path: selfSyncing, sha256: '0'.repeat(64) }] };
    await expect(reproduceCut(other)).rejects.toThrow(ConfigError);
    expect(() => parseCutReproducer('f.json', { schema: 'daxsim/reproducer-cut/0' })).toThrow(
      ConfigError,
    );
    expect(() => parseCutReproducer('f.json', { ...other, moment: 'first' })).toThrow(ConfigError);
  });
});

describe('canaries', () => {
  /** Judges an image of the run's middle, after `spoil` changed it. */
  async function judged(
    spoil: (image: MediaImage, poke: (at: number, byte: number) => void) => void,
  ): Promise<Findings | undefined> {
    const { ticks } = await replay(options(database));
    let findings: Findings | undefined;
    await replay(options(database), ({ timed, source, due }) => {
      const watch = new DurabilityWatch(timed.system.world, timed.oracle, source);
      const names = new NameWatch(timed.system.world.volume, source);
      timed.oracle.listener = watch;
      source.listeners.push(watch, names);
      due.cuts.push(Math.floor(ticks * 0.7) + 0.5);
      due.onCut = (at) => {
        timed.system.mover.decideUntil(at);
        const memory = timed.memory.crashImage({ keep: () => 0 });
        recoverNow(memory);
        const image = MediaImage.open(memory)!;
        spoil(image, (place, byte) => memory.pokeBytes(place, Uint8Array.of(byte), 0, 1));
        findings = new ImageJudge(watch, names, timed.oracle.words).judge(memory, 0);
      };
    });
    return findings;
  }

  test('an image as it is has nothing wrong', async () => {
    const findings = await judged(() => undefined);
    expect(findings?.problems).toEqual([]);
    expect(findings?.bytesChecked).toBeGreaterThan(10_000);
  });

  test('one foreign byte is seen', async () => {
    const findings = await judged((image, poke) => {
      const db = image.files().find(({ path }) => path === '/db')!;
      poke(image.extents(db.inode)[0]!.block * 4096 + 17, 0xcd);
    });
    expect(findings).toMatchObject({ foreignBytes: 1, lostSyncedBytes: 1, lostSyncedNames: 0 });
  });

  test('a file that lost its end is seen', async () => {
    const findings = await judged((image, poke) => {
      const db = image.files().find(({ path }) => path === '/db')!;
      const inode = image.geometry.inodeFirstBlock * 4096 + db.inode * 512;
      for (let i = 0; i < 8; i += 1) poke(inode + 24 + i, i === 1 ? 2 : 0);
      expect(image.inode(db.inode).sizeBytes).toBe(512);
    });
    expect(findings?.lostSyncedBytes).toBe(16_384 - 512);
    expect(findings?.foreignBytes).toBe(0);
  });
});

test('moments that are passed by leave the others as they are', async () => {
  const { ticks } = await replay(options(database));
  const looked: string[][] = [];
  for (const only of [undefined, 7]) {
    let cuts: PowerCuts | undefined;
    await replay(options(database, skipsFlush), (parts) => {
      const drawn = drawCuts(parts.decider, 12, ticks).map((cut) =>
        only === undefined || cut.moment === only ? cut : { ...cut, decider: undefined },
      );
      cuts = new PowerCuts(parts, drawn);
    });
    const failures = cuts?.summary.failures.filter(({ moment }) => moment === 7) ?? [];
    looked.push(failures.flatMap(({ problems }) => [...problems]));
  }
  expect(looked[1]).toEqual(looked[0]);
});
