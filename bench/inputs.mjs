/** Inputs that benchmarks share: generated logs, and shipped traces written end to end. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Prng } from '@daxsim/sim';

const LINES_PER_WRITE = 20_000;

/** A folder that is removed when the process ends. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'daxsim-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A fio log of version 3: `operations` accesses of 512 bytes, 70 % reads, at random places of one
 * 64 MiB file, with an fdatasync after every 64.
 */
export function writeFioLog(path, operations, seed) {
  const prng = new Prng(seed);
  const file = openSync(path, 'w');
  const name = '/bench/random.dat';
  let text = `fio version 3 iolog\n0 ${name} add\n1 ${name} open\n`;
  let lines = 3;
  for (let i = 0; i < operations; i += 1) {
    const kind = prng.below(10) < 7 ? 'read' : 'write';
    text += `${2 + i} ${name} ${kind} ${prng.below(131072) * 512} 512\n`;
    if (i % 64 === 63) {
      text += `${2 + i} ${name} datasync 0 0\n`;
      lines += 1;
    }
    lines += 1;
    if (i % LINES_PER_WRITE === 0) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, `${text}${2 + operations} ${name} close\n`);
  closeSync(file);
  return lines + 1;
}

/** Writes the text of a shipped trace `times` over; answers the number of lines. */
export function writeRepeated(path, shipped, times) {
  const text = gunzipSync(readFileSync(new URL(`../traces/${shipped}`, import.meta.url)));
  let lines = 0;
  for (const byte of text) if (byte === 10) lines += 1;
  const file = openSync(path, 'w');
  for (let i = 0; i < times; i += 1) writeSync(file, text);
  closeSync(file);
  return lines * times;
}

/** CPU seconds that `work` takes in this process. */
export async function cpuSeconds(work) {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

export const peakRssBytes = () => process.resourceUsage().maxRSS * 1024;
