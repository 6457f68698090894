/**
 * Crash states per CPU second: each is an image that was not seen before, recovered, checked by
 * fsck and held against the model. The image has 8 MiB, 12 files with contents in 3 directories,
 * and a log of 16 records or more that recovery replays each time. The calls that lead there are
 * carried out once more without a search; what that takes is taken off, and told beside.
 */
import { CrashSearch, CrashSystem, emptyModel, loadFileSystem } from '@daxsim/lab';
import { cpuSeconds } from './inputs.mjs';

const DIRECTORIES = ['.', 'A', 'B'];
const FILES = ['foo', 'bar', 'baz', 'qux'];

function name(directory, file) {
  return directory === '.' ? file : `${directory}/${file}`;
}

/** Calls that make the files and leave their records in the log. */
function setUp() {
  const calls = [
    { call: 'mkdir', path: 'A' },
    { call: 'mkdir', path: 'B' },
  ];
  for (const directory of DIRECTORIES) {
    for (const file of FILES) {
      const path = name(directory, file);
      calls.push({ call: 'open', path }, { call: 'write', path, offset: 0, length: 16_384 });
    }
  }
  calls.push({ call: 'sync' });
  return calls;
}

/** Calls that leave 16 records in an empty log. */
function records() {
  const calls = [];
  for (let i = 0; i < 8; i += 1) {
    calls.push({ call: 'mkdir', path: `D${i}` }, { call: 'rmdir', path: `D${i}` });
  }
  return [...calls, { call: 'sync' }];
}

/** Calls that change names and contents, durable together after half of them and at the end. */
function round(number) {
  const path = name(DIRECTORIES[number % 3], FILES[number % 4]);
  const other = name(DIRECTORIES[(number + 2) % 3], FILES[(number + 1) % 4]);
  const fresh = name(DIRECTORIES[(number + 1) % 3], `new${number}`);
  return [
    { call: 'write', path, offset: (number % 5) * 4096, length: 8192 },
    { call: 'open', path: fresh },
    { call: 'write', path: fresh, offset: 0, length: 4096 },
    { call: 'link', path: fresh, to: `B/link${number}` },
    { call: 'mkdir', path: `A/dir${number}` },
    { call: 'truncate', path: other, length: 4096 * (number % 7) },
    { call: 'sync' },
    { call: 'close', path: fresh },
    { call: 'rename', path: fresh, to: `A/dir${number}/moved` },
    { call: 'unlink', path: `B/link${number}` },
    { call: 'write', path: other, offset: 4096, length: 8192 },
    { call: 'unlink', path: `A/dir${number}/moved` },
    { call: 'rmdir', path: `A/dir${number}` },
    { call: 'sync' },
  ];
}

export async function measure({ scale }) {
  const { personality, plan } = loadFileSystem('xfs-dax');
  const mediaBytes = 8 * 1024 * 1024;
  const setting = { personality, plan, knobs: {}, domain: 'adr', mediaBytes };
  const system = new CrashSystem(setting);
  const search = CrashSearch.of(system, false);
  let failures = 0;
  search.onFailure = ({ problem }) => {
    failures += 1;
    process.stderr.write(`${problem}\n`);
  };
  let state = emptyModel();
  for (const call of setUp()) state = search.run(call, state);
  system.run('unmount', {});
  for (const call of records()) state = search.run(call, state);
  const start = system.mark();
  const from = state;
  const run = (rounds) => {
    for (let number = 0; number < rounds; number += 1) {
      for (const call of round(number)) state = search.run(call, state);
      // Back to the log as it was, so that it neither fills nor is pushed home.
      if (number % 4 !== 3) continue;
      system.rewind(start);
      state = from;
    }
  };
  run(20);
  search.restart();
  const rounds = Math.ceil(100 * scale) * 4;
  const seconds = await cpuSeconds(() => run(rounds));
  search.isQuiet = true;
  const callSeconds = await cpuSeconds(() => run(rounds));
  if (failures > 0) throw new Error(`${failures} states were wrong`);
  const { executed, represented, records: least } = search.counts;
  process.stderr.write(`represented ${represented.toJSON()}, records ${least}\n`);
  return [
    {
      name: 'crash states executed',
      value: executed / (seconds - callSeconds),
      unit: 'states/CPU second',
      better: 'higher',
    },
    {
      name: 'crash states executed, calls included',
      value: executed / seconds,
      unit: 'states/CPU second',
      better: 'higher',
    },
    { name: 'least records in the log', value: least, unit: 'records', better: 'higher' },
  ];
}
