/**
 * The same command must print the same JSON twice, and on every Node given.
 *
 *   node determinism.mjs [--node PATH]… [-- TRACE OPTION…]
 *
 * Runs `daxsim replay … --json -` (the shipped demonstration unless a trace is named) twice on the
 * Node that runs this file and once on each other, removes `host`, and compares texts. A difference
 * is shown by its first path; exit 1.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'packages/cli/bin/daxsim.mjs');

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
  return { nodes, replay: end < 0 ? ['--demo'] : words.slice(end + 1) };
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

function main() {
  const { nodes, replay } = readOptions(process.argv.slice(2));
  let first;
  for (const node of nodes) {
    const version = versionOf(node);
    if (version === undefined) throw new Error(`${node} does not start`);
    const report = run(node, replay);
    console.log(`determinism: ${version} replay ${replay.join(' ')} digest ${report.digest}`);
    first ??= report;
    const text = JSON.stringify(report);
    if (text === JSON.stringify(first)) continue;
    const where = firstDifference(first, report) ?? 'the order of keys';
    throw new Error(`${version} differs from ${process.version} at ${where}`);
  }
  console.log(`determinism: ${nodes.length} runs, one result`);
}

try {
  main();
} catch (error) {
  console.error(`determinism: ${error.message}`);
  process.exitCode = 1;
}
