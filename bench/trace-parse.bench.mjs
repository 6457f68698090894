/** Parsing alone: lines per CPU second of each text format, from files on disk. */
import { join } from 'node:path';
import { openTrace } from '@daxsim/trace';
import { cpuSeconds, scratchFolder, writeFioLog, writeRepeated } from './inputs.mjs';

async function readAll(path, options) {
  const reader = await openTrace(path, options);
  let records = 0;
  do {
    while (reader.next()) records += 1;
  } while (await reader.fill());
  await reader.close();
  if (records === 0) throw new Error(`nothing was read from ${path}`);
}

export async function measure({ scale, seed }) {
  const folder = scratchFolder();
  const cases = [
    ['fio iolog', 'fio.log', (path) => writeFioLog(path, 4_000_000 * scale, seed), {}],
    [
      'strace',
      'app.strace',
      (path) => writeRepeated(path, 'sqlite-rollback.strace.gz', Math.ceil(40 * scale)),
      { scope: '/mnt/pmem', cwd: '/mnt/pmem/db' },
    ],
    [
      'blkparse',
      'disk.blkparse',
      (path) => writeRepeated(path, 'blk-xfs-fio.blkparse.gz', Math.ceil(200 * scale)),
      {},
    ],
  ];
  const results = [];
  for (const [name, file, write, options] of cases) {
    const path = join(folder, file);
    const lines = write(path);
    const seconds = await cpuSeconds(() => readAll(path, options));
    results.push({
      name: `parse ${name}`,
      value: lines / seconds,
      unit: 'lines/CPU second',
      better: 'higher',
    });
  }
  return results;
}
