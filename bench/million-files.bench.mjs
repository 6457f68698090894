/**
 * A million empty files, a thousand to a directory: made, looked up, opened and read, deleted. CPU
 * time of each part, of all of it against a tenth of the files, and the largest resident set. The
 * file system runs without time, so that its own data structures are measured and no device.
 */
import { OpenFlag, R, Runner } from './many.mjs';
import { cpuSeconds, peakRssBytes } from './inputs.mjs';

const FILES = 1_000_000;
const PER_DIRECTORY = 1000;
const DEVICE_BYTES = 8 * 2 ** 30;
const READ_BYTES = 4096;

const nameOf = (file) => `/d${Math.floor(file / PER_DIRECTORY)}/file-${file}`;

function create(runner, count) {
  for (let directory = 0; directory * PER_DIRECTORY < count; directory += 1) {
    const path = runner.path(`/d${directory}`);
    runner.run('mkdir', (frame) => frame.set(R.path, path));
  }
  const flags = OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive;
  for (let file = 0; file < count; file += 1) {
    runner.open(nameOf(file), flags);
    runner.close();
  }
}

function lookUp(runner, count) {
  for (let file = 0; file < count; file += 1) {
    const path = runner.path(nameOf(file));
    runner.run('stat', (frame) => frame.set(R.path, path));
  }
}

function read(runner, count) {
  for (let file = 0; file < count; file += 1) {
    runner.open(nameOf(file), OpenFlag.ReadOnly);
    runner.run('read', (frame) => {
      frame.set(R.handle, runner.handle);
      frame.set(R.length, READ_BYTES);
    });
    runner.close();
  }
}

function remove(runner, count) {
  for (let file = 0; file < count; file += 1) {
    const path = runner.path(nameOf(file));
    runner.run('unlink', (frame) => frame.set(R.path, path));
  }
}

async function life(count) {
  const runner = new Runner({ capacityBytes: DEVICE_BYTES, inodes: count + 10_000 });
  const seconds = {};
  for (const [name, part] of Object.entries({ create, lookUp, read, remove })) {
    seconds[name] = await cpuSeconds(() => part(runner, count));
  }
  if (runner.failures > 0) throw new Error(`${runner.failures} operations failed`);
  const all = Object.values(seconds).reduce((sum, part) => sum + part, 0);
  return { ...seconds, all };
}

export async function measure({ scale }) {
  const count = Math.round(FILES * scale);
  const tenth = await life(Math.round(count / 10));
  const whole = await life(count);
  const of = (name, value) => ({
    name: `1 M files, ${name}`,
    value,
    unit: 'CPU s',
    better: 'lower',
  });
  return [
    of('create', whole.create),
    of('look up', whole.lookUp),
    of('open, read, close', whole.read),
    of('delete', whole.remove),
    of('all', whole.all),
    { name: '1 M files to 0.1 M', value: whole.all / tenth.all, unit: 'ratio', better: 'lower' },
    { name: '1 M files, peak RSS', value: peakRssBytes() / 1e6, unit: 'MB', better: 'lower' },
  ];
}
