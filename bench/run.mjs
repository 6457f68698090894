/** Runs benchmarks in fresh processes and prints medians with their spread. See README.md. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const folder = fileURLToPath(new URL('.', import.meta.url));
const runs = Number(options.runs);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.mjs') && name.includes(options.only))
  .sort();
if (files.length === 0) {
  process.stderr.write(`bench: no benchmark is called like "${options.only}"\n`);
  process.exit(2);
}

/** The parts of a benchmark that want a process each; mostly it is one. */
async function partsOf(file) {
  const { parts = [''] } = await import(new URL(file, import.meta.url).href);
  return parts;
}

/** One fresh process; answers its measurements. */
function runOnce(file, part) {
  const args = ['--expose-gc', `${folder}one.mjs`, file, options.scale, options.seed, part];
  // Huge pages where the allocator can ask for them: else the host's page tables are measured too.
  const env = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1', ...process.env };
  const child = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`bench: ${file} ended with status ${child.status}`);
  return JSON.parse(child.stdout);
}

function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const show = (value) =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);

/** Of a simulated figure: the published one and how far off it is. */
function besidePublished(value, published, tolerance) {
  if (published === undefined) return {};
  const error = (value / published - 1) * 100;
  const isWithin = Math.abs(error) <= tolerance;
  const sign = error >= 0 ? '+' : '−';
  const text =
    `published ${published}, ${sign}${Math.abs(error).toFixed(1)} % ` +
    `(${isWithin ? 'within' : 'BEYOND'} ${tolerance} %)`;
  const numbers = { published, error_percent: error, tolerance_percent: tolerance };
  return { ...numbers, within_tolerance: isWithin, text };
}

const results = [];
for (const file of files) {
  const byName = new Map();
  const parts = await partsOf(file);
  for (let run = 0; run < runs; run += 1) {
    for (const item of parts.flatMap((part) => runOnce(file, part))) {
      const entry = byName.get(item.name) ?? { ...item, all: [] };
      entry.all.push(item.value);
      byName.set(item.name, entry);
    }
  }
  for (const { name, unit, better, all, published, tolerance_percent } of byName.values()) {
    const sorted = all.toSorted((a, b) => a - b);
    const value = median(sorted);
    const spread = [sorted[0], sorted[sorted.length - 1]];
    const { text, ...beside } = besidePublished(value, published, tolerance_percent);
    results.push({ name, value, unit, better, runs: sorted.length, spread, ...beside });
    const range = text ?? `${show(spread[0])} … ${show(spread[1])}`;
    process.stdout.write(
      `${name.padEnd(48)} ${show(value).padStart(14)} ${unit.padEnd(22)} ${range}\n`,
    );
  }
}
if (options.json !== undefined) {
  const report = {
    node: process.version,
    runs,
    scale: Number(options.scale),
    measurements: results,
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
