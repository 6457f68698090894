/**
 * The same command must print the same JSON twice, and on every Node given.
 *
 *   node determinism.mjs [--node PATH]… [-- TRACE OPTION…]
 *
 * Runs `daxsim replay … --json -` twice on the Node that runs this file and once on each other,
 * removes `host`, and compares texts; a difference is shown by its first path, exit 1. Without a
 * trace, the smallest shipped trace of each format is replayed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'packages/cli/bin/daxsim.mjs');

/** Kinds of recording differ in what they exercise, so one of each is enough and all are needed. */
function shippedCases() {
  const catalog = JSON.parse(readFileSync(path.join(root, 'traces/catalog.json'), 'utf8'));
  const smallest = new Map();
  for (const { name, file } of catalog.traces) {
    const format = file.split('.').at(-2);
    const bytes = statSync(path.join(root, 'traces', file)).size;
    if (bytes < (smallest.get(format)?.bytes ?? Infinity)) smallest.set(format, { name, bytes });
  }
  return [...smallest.values()].map(({ name }) => [name]);
}

function readOptions(words) {
  const nodes = [process.execPath, process.execPath];
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  for (let index = 0; index < own.length; index += 2) {
    if (own[index] !== '--node' || own[index + 1] === undefined) {
      console.error(`determinism: found '${own[index]}'; allowed: --node PATH, -- TRACE OPTION…`);
      process.exit(2);
    }
    nodes.push(own[index + 1]);
  }
  return { nodes, cases: end < 0 ? shippedCases() : [words.slice(end + 1)] };
}

function versionOf(node) {
  const result = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function run(node, replay) {
  const result = spawnSync(node, [program, 'replay', ...replay, '--json', '-'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  if (result.status !== 0) {
    const tail = (result.stderr ?? '').trim().split('\n').slice(-5).join('\n');
    throw new Error(`exit ${result.status ?? result.signal}: ${tail}`);
  }
  const report = JSON.parse(result.stdout);
  if (typeof report.digest !== 'string') throw new Error('the report has no digest');
  delete report.host;
  return report;
}

function firstDifference(a, b, at = '$') {
  if (Object.is(a, b)) return undefined;
  const isTree = (value) => typeof value === 'object' && value !== null;
  if (!isTree(a) || !isTree(b)) return `${at}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compare(nodes, replay) {
  let first;
  for (const node of nodes) {
    const version = versionOf(node);
    if (version === undefined) throw new Error(`${node} does not start`);
    const report = run(node, replay);
    console.log(`determinism: ${version} replay ${replay.join(' ')} digest ${report.digest}`);
    first ??= report;
    if (JSON.stringify(report) === JSON.stringify(first)) continue;
    const where = firstDifference(first, report) ?? 'the order of keys';
    throw new Error(`${version} differs from ${process.version} at ${where}`);
  }
}

function main() {
  const { nodes, cases } = readOptions(process.argv.slice(2));
  for (const replay of cases) compare(nodes, replay);
  console.log(`determinism: ${cases.length} replays on ${nodes.length} Nodes, one result each`);
}

try {
  main();
} catch (error) {
  console.error(`determinism: ${error.message}`);
  process.exitCode = 1;
}
