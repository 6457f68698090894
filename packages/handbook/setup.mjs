/**
 * Makes a checkout ready to run: the one file that works before anything is installed.
 *
 *   Node old?  ──▶ say so, stop
 *   stamp says nothing changed ──▶ done, in a fraction of a second
 *   install differs from lock file ──▶ npm ci
 *   output without source ──▶ removed
 *   source without output ──▶ its package's build record removed
 *   tsc -b ──▶ stamp written
 *
 * The stamp is removed before the first change and written after the last, so a run that was killed
 * leaves none and the next one starts again. It holds the text of all sources and the time of every
 * build record: a compiler run by hand therefore makes it stale, even when the sources were put
 * back. Only `node:` imports. All messages go to stderr, because `npm start -- --json -` owns
 * stdout.
 *
 * `--force` compiles even when the stamp is current.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const stampFile = path.join(root, 'node_modules/.daxsim-stamp');
const lockFile = path.join(root, 'out/setup.lock');
const lockMinutesMax = 10;
const outputEnding = /\.(?:js|d\.ts)(?:\.map)?$/;

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

/** The lowest version comes from package.json, so that there is one place to change it. */
function checkNode() {
  const wanted = readJson('package.json').engines.node.replace('>=', '').split('.').map(Number);
  const found = process.versions.node.split('.').map(Number);
  const older = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1]);
  if (older) {
    fail(`Node ${process.versions.node} is too old: daxsim needs ${wanted.join('.')} or newer.`);
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

/** All files below a folder, as paths from the root, in a fixed order. */
function filesBelow(folder) {
  const full = path.join(root, folder);
  if (!existsSync(full)) return [];
  const found = [];
  for (const entry of readdirSync(full, { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(name));
    else found.push(name);
  }
  return found.sort();
}

function packageFolders() {
  return readdirSync(path.join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => existsSync(path.join(root, 'packages', entry.name, 'tsconfig.json')))
    .map((entry) => `packages/${entry.name}`)
    .sort();
}

function sourcesOf(folder) {
  const files = [...filesBelow(`${folder}/src`), ...filesBelow(`${folder}/test`)];
  return files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
}

/** packages/sim/src/x.ts is compiled to packages/sim/dist/src/x.js. */
function outputOf(folder, source) {
  return `${folder}/dist/${source.slice(folder.length + 1, -'.ts'.length)}.js`;
}

/** What the build depends on, as text; equal text means that there is nothing to do. */
function describeState(folders) {
  const hash = createHash('sha256');
  const add = (name) => hash.update(`${name}\0`).update(readFileSync(path.join(root, name)));
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json']) {
    add(name);
  }
  for (const folder of folders) {
    add(`${folder}/package.json`);
    add(`${folder}/tsconfig.json`);
    for (const name of sourcesOf(folder)) add(name);
    const record = statSync(path.join(root, folder, 'dist/.tsbuildinfo'), {
      throwIfNoEntry: false,
    });
    hash.update(record === undefined ? 'not built' : `${record.size} ${record.mtimeMs}`);
  }
  return hash.digest('hex');
}

/** What npm has recorded; undefined: nothing, or another set-up is just writing it. */
function installedPackages() {
  const record = textIfThere(path.join(root, 'node_modules/.package-lock.json'));
  try {
    return JSON.parse(record ?? '').packages;
  } catch {
    return undefined;
  }
}

/**
 * npm writes node_modules/.package-lock.json at the very end of an install, so its agreement with
 * the lock file means a whole install. Optional packages of other platforms may be absent.
 */
function installIsCurrent() {
  const installed = installedPackages();
  if (installed === undefined) return false;
  const wanted = readJson('package-lock.json').packages;
  for (const [name, entry] of Object.entries(wanted)) {
    if (!name.startsWith('node_modules/')) continue;
    const have = installed[name];
    if (have === undefined ? !entry.optional : have.version !== entry.version) return false;
  }
  const needed = ['typescript/bin/tsc', 'jest/bin/jest.js', '.bin/daxsim'];
  return needed.every((name) => existsSync(path.join(root, 'node_modules', name)));
}

function install() {
  const count = Object.keys(readJson('package-lock.json').packages).length;
  say(`installing about ${count} packages (npm ci), this may take a minute …`);
  const environment = { ...process.env };
  // A parent `npm -w sim test` passes its own scope down; the install is always of the whole tree.
  for (const name of Object.keys(environment)) {
    if (/^npm_config_(?:workspaces?|include_workspace_root|prefix|global|omit|only)$/i.test(name)) {
      delete environment[name];
    }
  }
  // No dependency needs its install script: native parts come as optional packages of the platform.
  const options = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && /\.c?js$/.test(npm);
  const result = spawnSync(
    viaNode ? process.execPath : 'npm',
    viaNode ? [npm, ...options] : options,
    {
      cwd: root,
      env: environment,
      stdio: ['ignore', 2, 2],
      shell: !viaNode && process.platform === 'win32',
    },
  );
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) {
    fail(
      'npm ci failed (see above); when the network was the cause, simply run the command again.',
    );
  }
}

/** Jest runs what is in dist, so a test whose source is gone must not stay there. */
function removeStaleOutputs(folder) {
  const sources = sourcesOf(folder);
  const stems = new Set(sources.map((name) => outputOf(folder, name).slice(0, -'.js'.length)));
  let removed = 0;
  for (const name of filesBelow(`${folder}/dist`)) {
    if (!outputEnding.test(name) || stems.has(name.replace(outputEnding, ''))) continue;
    rmSync(path.join(root, name));
    removed += 1;
  }
  if (removed > 0) say(`removed ${removed} outputs of deleted sources in ${folder}`);
  return sources.every((name) => existsSync(path.join(root, outputOf(folder, name))));
}

/** The compiler trusts its record, not the files: a missing output is only rebuilt without one. */
function prepareOutputs(folders) {
  for (const folder of folders) {
    if (removeStaleOutputs(folder)) continue;
    rmSync(path.join(root, folder, 'dist/.tsbuildinfo'), { force: true });
  }
}

function compile() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error !== undefined) fail(`the compiler could not start: ${result.error.message}`);
  if (result.status !== 0) fail('the sources do not compile (see above).');
}

function outputsAreComplete(folders) {
  return folders.every((folder) =>
    sourcesOf(folder).every((name) => existsSync(path.join(root, outputOf(folder, name)))),
  );
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The text of a file, or undefined: another set-up may take any of them away at any moment. */
function textIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Makes a file that holds our process number; false if it is there already. */
function claim(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Whether the one who made a lock file has left it behind. Process numbers are used again, so a
 * lock left by a kill must not hold for ever; a file that is still empty is about to be written.
 */
function isLeft(file) {
  const holder = Number(textIfThere(file) ?? process.pid);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return false;
  const age = Date.now() - status.mtimeMs;
  return holder > 0 ? !isAlive(holder) || age > lockMinutesMax * 60_000 : age > 5_000;
}

/**
 * Removes a lock that was left. Whoever does that holds a second one meanwhile: else the slower of
 * two that saw the same old lock would remove the new one of the faster.
 */
function removeLeftLock() {
  const second = `${lockFile}.removal`;
  if (!claim(second)) {
    if (isLeft(second)) rmSync(second, { force: true });
    return;
  }
  try {
    if (isLeft(lockFile)) rmSync(lockFile, { force: true });
  } finally {
    rmSync(second, { force: true });
  }
}

/** One set-up at a time, as two installs destroy each other. Tells whether it had to wait. */
function takeLock() {
  mkdirSync(path.dirname(lockFile), { recursive: true });
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let isWaiting = false;
  while (!claim(lockFile)) {
    if (isLeft(lockFile)) {
      removeLeftLock();
    } else if (!isWaiting) {
      isWaiting = true;
      say(`waiting for another set-up (process ${textIfThere(lockFile) || 'just starting'}) …`);
    }
    Atomics.wait(sleeper, 0, 0, 100);
  }
  process.on('exit', () => {
    if (textIfThere(lockFile) === String(process.pid)) rmSync(lockFile, { force: true });
  });
  return isWaiting;
}

function isCurrent(folders) {
  const stamp = textIfThere(stampFile);
  if (stamp === undefined || !installIsCurrent()) return false;
  return stamp === describeState(folders) && outputsAreComplete(folders);
}

function main() {
  const startedAt = process.hrtime.bigint();
  checkNode();
  const folders = packageFolders();
  const isForced = process.argv.includes('--force');
  if (!isForced && isCurrent(folders)) return;

  // Whoever had to wait finds that the other one has done the work.
  if (takeLock() && !isForced && isCurrent(folders)) return;
  rmSync(stampFile, { force: true });
  if (!installIsCurrent()) install();
  prepareOutputs(folders);
  say(`compiling ${folders.length} packages (tsc -b) …`);
  compile();
  writeFileSync(stampFile, describeState(folders));
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  say(`ready after ${seconds.toFixed(1)} s`);
}

main();
