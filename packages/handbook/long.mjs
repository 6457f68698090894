/**
 * `npm run test:long`: the long tests, one file at a time, so that a run that was killed goes on
 * where it stopped.
 *
 *   npm run test:long -- [--shard 2/8] [--fresh] [WORD…]      WORDs select files by their path
 *
 * Every finished file is one line in out/long/results.jsonl with the build, the seed and the
 * outcome; a file that has passed for this build and seed is not run again (`--fresh` forgets).
 * Shards append to the same file. The seed is DAXSIM_SEED, 1 if not given; tests read it from the
 * environment.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'out/long');
const recordFile = path.join(folder, 'results.jsonl');
const seed = process.env.DAXSIM_SEED ?? '1';

function readOptions(words) {
  const options = { shard: 1, shards: 1, isFresh: false, words: [] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === '--fresh') options.isFresh = true;
    else if (word === '--shard' || word.startsWith('--shard=')) {
      const text = word === '--shard' ? (words[(index += 1)] ?? '') : word.slice(8);
      const match = /^(\d+)\/(\d+)$/.exec(text);
      if (match === null || !(Number(match[1]) >= 1 && Number(match[1]) <= Number(match[2]))) {
        console.error(`--shard: found '${text}'; allowed is I/N with 1 <= I <= N, such as 2/8.`);
        process.exit(2);
      }
      [options.shard, options.shards] = [Number(match[1]), Number(match[2])];
    } else options.words.push(word);
  }
  return options;
}

function longTests() {
  const found = [];
  for (const name of readdirSync(path.join(root, 'packages'))) {
    const dist = path.join(root, 'packages', name, 'dist');
    if (!existsSync(dist)) continue;
    for (const file of readdirSync(dist, { recursive: true })) {
      if (!file.endsWith('.long.test.js')) continue;
      found.push(`packages/${name}/dist/${file.split(path.sep).join('/')}`);
    }
  }
  return found.sort();
}

/** The stamp of the set-up covers every source; without one nothing counts as done. */
function buildName() {
  const stamp = path.join(root, 'node_modules/.daxsim-stamp');
  return existsSync(stamp) ? readFileSync(stamp, 'utf8').slice(0, 16) : 'unknown';
}

/** Files that passed for this build and seed. A line cut off by a kill is ignored. */
function finished(build) {
  const done = new Set();
  if (!existsSync(recordFile) || build === 'unknown') return done;
  for (const line of readFileSync(recordFile, 'utf8').split('\n')) {
    try {
      const entry = JSON.parse(line);
      if (entry.build === build && entry.seed === seed && entry.status === 0) done.add(entry.file);
    } catch {
      continue;
    }
  }
  return done;
}

function runFile(file, build) {
  const report = path.join(folder, `${file.replaceAll('/', '_')}.json`);
  const startedAt = process.hrtime.bigint();
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const config = path.join(root, 'packages/handbook/jest.long.config.mjs');
  const flags = ['--experimental-vm-modules', '--enable-source-maps', '--no-warnings'];
  const options = ['--config', config, '--runTestsByPath', file, '--json', '--outputFile', report];
  const result = spawnSync(process.execPath, [...flags, jest, ...options], {
    cwd: root,
    env: { ...process.env, DAXSIM_SEED: seed },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const entry = {
    file,
    build,
    seed,
    status: result.status ?? 1,
    passed: counts.numPassedTests ?? 0,
    failed: counts.numFailedTests ?? 0,
    seconds: Number(seconds.toFixed(1)),
  };
  appendFileSync(recordFile, `${JSON.stringify(entry)}\n`);
  return entry;
}

function main() {
  const options = readOptions(process.argv.slice(2));
  mkdirSync(folder, { recursive: true });
  if (options.isFresh) rmSync(recordFile, { force: true });
  const build = buildName();
  const done = finished(build);
  const files = longTests()
    .filter((file) => options.words.every((word) => file.includes(word)))
    .filter((_, index) => index % options.shards === options.shard - 1);
  let failures = 0;
  for (const [index, file] of files.entries()) {
    const place = `${index + 1}/${files.length}`;
    if (done.has(file)) {
      console.log(`long ${place} ${file}: passed before`);
      continue;
    }
    console.log(`long ${place} ${file}: running with seed ${seed} …`);
    const { status, passed, failed, seconds } = runFile(file, build);
    console.log(`long ${place} ${file}: ${passed} passed, ${failed} failed, ${seconds} s`);
    if (status !== 0) failures += 1;
  }
  console.log(
    `Long suites: ${failures} failed, ${files.length - failures} passed, ${files.length} total`,
  );
  process.exitCode = failures === 0 ? 0 : 1;
}

main();
