/**
 * Recovery, fsck and the list of names do again only what an image differs in from the one before.
 * Here every image of every moment is recovered twice, by what has seen all images before and by
 * what has seen none.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Fsck, MediaImage, Recovery, RepeatedImage, fsck } from '@daxsim/daxfs';
import type { Geometry, RecoveryReport } from '@daxsim/daxfs';
import type { PowerLossImage } from '@daxsim/pmem';
import { CrashSystem, emptyModel, loadFileSystem } from '../../src/index.js';
import { carryOut, modelAfter } from '../../src/crash/crash-calls.js';
import { ImageRow } from '../../src/crash/image-row.js';
import { TreeReader } from '../../src/crash/recovered-tree.js';
import type { AceCall } from '../../src/ace/ace-operation.js';

const MEDIA_BYTES = 4 * 1024 * 1024;
const BLOCK = 4096;

const CALLS: readonly AceCall[] = [
  { call: 'mkdir', path: 'A' },
  { call: 'open', path: 'A/foo' },
  { call: 'write', path: 'A/foo', offset: 0, length: 12_288 },
  { call: 'open', path: 'bar' },
  { call: 'link', path: 'bar', to: 'A/bar' },
  { call: 'sync' },
  { call: 'close', path: 'bar' },
  { call: 'unlink', path: 'bar' },
  { call: 'rename', path: 'A/bar', to: 'A/baz' },
  { call: 'truncate', path: 'A/foo', length: 4096 },
  { call: 'fsync', path: 'A/foo' },
  { call: 'close', path: 'A/foo' },
  { call: 'unlink', path: 'A/foo' },
  { call: 'unlink', path: 'A/baz' },
  { call: 'rmdir', path: 'A' },
  { call: 'sync' },
];

/** What an image was after recovery. */
interface Seen {
  readonly report: RecoveryReport;
  readonly words: string;
  readonly problems: readonly string[];
  readonly tree: readonly string[];
}

/** Of the log's head and all that is not the log, up to the files. */
function wordsOf(image: PowerLossImage, geometry: Geometry): string {
  const { inodeBitmapFirstBlock: first, firstFileBlock: end } = geometry;
  const words = new Int32Array((end - first) * 1024 + 2);
  image.peekWords(BLOCK, words, 0, 2);
  image.peekWords(first * BLOCK, words, 2, words.length - 2);
  let sum = 0;
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0;
  return sum.toString(16);
}

function pathsOf(reader: TreeReader): string[] {
  return reader.read().map(({ path, size, links }) => `${path} ${size} ${links}`);
}

function collect(): { readonly kept: Seen[]; readonly fresh: Seen[]; readonly goneOn: number } {
  const { personality, plan } = loadFileSystem('xfs-dax');
  const setting = { personality, plan, knobs: {}, domain: 'adr', mediaBytes: MEDIA_BYTES } as const;
  const system = new CrashSystem(setting);
  const { memory, image, geometry } = system;
  const second = memory.under.powerLossImage();
  const row = new ImageRow(memory.under, image, geometry, 'whole');
  const media = new RepeatedImage(image, geometry);
  const check = new Fsck(image, media);
  const reader = new TreeReader(check);
  const kept: Seen[] = [];
  const fresh: Seen[] = [];
  let goneOn = 0;
  memory.beforeFence = () => {
    let images = 0;
    let report: RecoveryReport | null = row.first();
    for (; report !== null && images < 60; report = row.next()) {
      if (row.difference.isAll) media.reopen();
      const problems = check.run(row.difference).map(({ where, what }) => `${where}: ${what}`);
      const tree = problems.length === 0 ? pathsOf(reader) : [];
      expect(row.isInDoubt()).toBe(false);
      kept.push({ report, problems, tree, words: wordsOf(image, geometry) });
      const choice = new Map(row.path().map((one) => [one.line, one.kept]));
      second.restart((line, units) => choice.get(line) ?? units);
      fresh.push(anew(second, geometry));
      if (!row.difference.isAll) goneOn += 1;
      images += 1;
    }
  };
  let state = emptyModel();
  for (const call of CALLS) {
    const next = modelAfter(call, state);
    carryOut(call, next.index, system);
    state = next;
  }
  return { kept, fresh, goneOn };
}

function anew(image: PowerLossImage, geometry: Geometry): Seen {
  const report = new Recovery(image).run();
  const problems = fsck(image).map(({ where, what }) => `${where}: ${what}`);
  const media = MediaImage.open(image);
  if (media === null) throw new Error('no file system');
  const check = new Fsck(image, media);
  check.run();
  const tree = problems.length === 0 ? pathsOf(new TreeReader(check)) : [];
  return { report, problems, tree, words: wordsOf(image, geometry) };
}

describe('one image after the other', () => {
  let seen: ReturnType<typeof collect>;

  beforeAll(() => {
    seen = collect();
  });

  test('is recovered, checked and read as if it were the only one', () => {
    for (const [i, one] of seen.kept.entries()) expect(one).toEqual(seen.fresh[i]);
    expect(seen.kept.length).toBeGreaterThan(150);
    expect(seen.goneOn).toBeGreaterThan(seen.kept.length / 2);
  });

  test('shows orphans freed, records replayed and different trees', () => {
    const different = (of: (one: Seen) => string): number => new Set(seen.kept.map(of)).size;
    expect(different(({ report }) => String(report.orphans))).toBeGreaterThan(1);
    expect(different(({ report }) => String(report.records))).toBeGreaterThan(2);
    expect(different(({ tree }) => tree.join())).toBeGreaterThan(3);
    expect(different(({ words }) => words)).toBeGreaterThan(10);
  });
});
