/**
 * The tool as a user starts it: exit statuses, where output goes, and what a message says. A case
 * is a process of its own, because statuses are; of what is refused the first is, and the others
 * ask the tool's entry for its status, since starting a process costs more than refusing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { main } from '../src/main.js';

const program = fileURLToPath(new URL('../../bin/daxsim.mjs', import.meta.url));
const traces = fileURLToPath(new URL('../../../../traces/', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daxsim-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function daxsim(...args: string[]): Ended {
  const result = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 60_000,
  });
  const { status, stdout, stderr } = result;
  return { status, stdout, stderr };
}

/** The tool in this process, with what it writes kept. */
async function daxsimHere(...args: string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  try {
    return { status: await main(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A fio log of version 3 that is quick to replay. */
function smallLog(): string {
  const lines = ['fio version 3 iolog', '0 /f add', '1 /f open'];
  for (let i = 0; i < 40; i += 1) {
    lines.push(`${2 + i} /f ${i % 3 === 0 ? 'read' : 'write'} ${(i % 8) * 4096} 4096`);
    if (i % 10 === 9) lines.push(`${2 + i} /f datasync 0 0`);
  }
  return `${lines.join('\n')}\n50 /f close\n`;
}

describe('input that cannot be used ends with status 2, a message and no stack', () => {
  const cases: readonly (readonly [string, () => string[], RegExp])[] = [
    ['an unknown command', () => ['replya'], /unknown command 'replya'/],
    ['an unknown option', () => ['replay', '--machin', 'x'], /unknown option '--machin'/],
    ['no trace', () => ['replay'], /missing required argument/],
    ['a trace that is not there', () => ['replay', 'redis-oaf'], /did you mean "redis-aof"/],
    [
      'an unknown machine',
      () => ['replay', 'redis-aof', '--machine', 'optane-100-1dim'],
      /did you mean "optane-100-1dimm"/,
    ],
    ['an unknown file system', () => ['replay', 'redis-aof', '--fs', 'xfsdax'], /"xfs-dax"/],
    ['an unknown plan', () => ['replay', 'redis-aof', '--locks', 'glabal'], /"global"/],
    ['an unknown knob', () => ['replay', 'redis-aof', '--knob', 'x=1'], /unknown knob "x"/],
    [
      'a misspelt key in a machine',
      () => ['replay', 'redis-aof', '--machine', file('m.yaml', 'name: x\ndomian: adr\n')],
      /m\.yaml:2:1: .*domian.*did you mean "domain"/s,
    ],
    ['random bytes', () => ['replay', file('noise', randomBytes())], /no known trace format/],
    [
      'bytes forced as a format',
      () => ['replay', file('noise2', randomBytes()), '--format', 'fio-iolog-v3'],
      /no line parses as fio-iolog-v3/,
    ],
    [
      'a torn line, when strict',
      () => ['replay', file('torn.iolog', `${smallLog()}51 /f wri\n`), '--strict'],
      /torn\.iolog:\d+: a line that does not parse/,
    ],
    [
      'a trace larger than the device',
      () => ['replay', 'fio-randrw7030-4k', '--device-bytes', '16MiB'],
      /does not fit on a device/,
    ],
    ['a result that is none', () => ['diff', file('a.json', '{'), 'b.json'], /not a readable JSON/],
  ];

  test.each(cases)('%s', async (_name, args, message) => {
    const { status, stderr } = await daxsimHere(...args());
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });

  test('which the process then ends with', () => {
    const { status, stderr } = daxsim('replay', 'redis-aof', '--locks', 'glabal');
    expect(stderr).toMatch(/"global"/);
    expect(status).toBe(2);
  });
});

/** Bytes without any order, the same each time. */
function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(4096);
  let state = 12345;
  for (let i = 0; i < bytes.length; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}

describe('a trace that is cut off', () => {
  const cut = (): string => {
    const whole = gunzipSync(readFileSync(join(traces, 'fio-perjob.2.iolog.gz')));
    return file('cut.iolog.gz', gzipSync(whole).subarray(0, 2000));
  };

  test('is replayed as far as it goes and ends with status 2', () => {
    const { status, stdout, stderr } = daxsim('replay', cut());
    expect(status).toBe(2);
    expect(stdout).toMatch(/contents .* all right/);
    expect(stderr).toMatch(/gzip/);
  });

  test('is fine when the user says so, and the result says that it is partial', async () => {
    const { status, stdout } = await daxsimHere(
      'replay',
      cut(),
      '--allow-truncated',
      '--json',
      '-',
    );
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { partial: boolean }).partial).toBe(true);
  });
});

describe('results', () => {
  test('as JSON on stdout are nothing but JSON, and the same from run to run outside host', () => {
    const log = file('small.iolog', smallLog());
    const runs = [1, 2].map(() => {
      const { status, stdout } = daxsim('replay', log, '--json', '-', '--quiet');
      expect(status).toBe(0);
      const result = JSON.parse(stdout) as Record<string, unknown>;
      expect(Object.keys(result)).toEqual(expect.arrayContaining(['schema', 'digest', 'host']));
      delete result['host'];
      return JSON.stringify(result);
    });
    expect(runs[0]).toBe(runs[1]);
  });

  test('of different runs differ, and diff says where with status 1', async () => {
    const log = file('small2.iolog', smallLog());
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
    await daxsimHere('replay', log, '--json', one);
    await daxsimHere('replay', log, '--json', two, '--machine', 'optane-100-6dimm');
    const { status, stdout } = await daxsimHere('diff', one, two);
    expect(status).toBe(1);
    expect(stdout).toMatch(/first difference at config\.machine/);
    expect(await daxsimHere('diff', one, one)).toMatchObject({ status: 0 });
  });

  test('of a search that finds a violation have status 1 and a reproducer that repeats it', () => {
    const args = ['write-vs-read-fault', '--locks', 'none', '--reproducer', 'race.json'];
    const found = daxsim('explore', ...args);
    expect(found.status).toBe(1);
    expect(found.stdout).toMatch(/npx daxsim reproduce race\.json/);
    const again = daxsim('reproduce', 'race.json');
    expect(again.status).toBe(1);
    expect(again.stdout).toMatch(/same digest/);
  });
});
