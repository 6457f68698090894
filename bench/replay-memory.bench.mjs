/**
 * Memory of a replay against the length of its trace: a generated fio log of 512-byte accesses, 70
 * % reads, to one 64 MiB file, fdatasync after every 64; once with a million operations and once
 * with ten. Each replay is a process of its own, so that the largest resident set is its own.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchFolder, writeFioLog } from './inputs.mjs';

const cli = fileURLToPath(new URL('../packages/cli/bin/daxsim.mjs', import.meta.url));

function replay(folder, operations, seed) {
  const log = join(folder, `${operations}.log`);
  const result = join(folder, `${operations}.json`);
  writeFioLog(log, operations, seed);
  const args = [cli, 'replay', log, '--quiet', '--json', result];
  const child = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (child.status !== 0) throw new Error(`replay ended with status ${child.status}`);
  return JSON.parse(readFileSync(result, 'utf8'));
}

export async function measure({ scale, seed }) {
  const folder = scratchFolder();
  const short = replay(folder, Math.round(1_000_000 * scale), seed);
  const long = replay(folder, Math.round(10_000_000 * scale), seed);
  const shortRss = short.host.peak_rss_bytes;
  const longRss = long.host.peak_rss_bytes;
  const rate = long.replayed / long.host.cpu_seconds;
  return [
    { name: 'replay 1 M operations, peak RSS', value: shortRss / 1e6, unit: 'MB', better: 'lower' },
    { name: 'replay 10 M operations, peak RSS', value: longRss / 1e6, unit: 'MB', better: 'lower' },
    { name: 'replay RSS, 10 M to 1 M', value: longRss / shortRss, unit: 'ratio', better: 'lower' },
    { name: 'replay 10 M operations', value: rate, unit: 'operations/CPU s', better: 'higher' },
  ];
}
