/** Campaigns from the command line: kills, other clones, bad input, exit statuses. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { experimentText, killCampaign } from './killed-campaign.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daxsim-inject-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function daxsim(clone: string, ...args: string[]): Ended {
  const program = join(clone, 'packages/cli/bin/daxsim.mjs');
  const result = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: folder });
  const { status, stdout, stderr } = result;
  return { status, stdout, stderr };
}

test('a campaign that is killed again and again has the result of one that is not', async () => {
  const { undisturbed, killed, kills } = await killCampaign(75, [[1, 2, 1]], 1);
  expect(kills).toBe(2);
  expect(undisturbed.split('\n')).toHaveLength(300 + 3);
  expect(killed).toEqual([undisturbed]);
}, 60_000);

test('a reproducer gives the same digest in another clone', () => {
  const experiment = join(folder, 'small.json');
  writeFileSync(experiment, experimentText(6));
  const found = daxsim(root, 'inject', experiment, '--reproducers', 'found', '--jobs', '1');
  expect(found.status).toBe(0);
  const [name = ''] = readdirSync(join(folder, 'found')).filter((one) => one.includes('lost'));
  const text = readFileSync(join(folder, 'found', name), 'utf8');
  expect(text).not.toContain(root);
  const clone = cloned(join(folder, 'elsewhere/a clone'));
  const again = daxsim(clone, 'reproduce', join('found', name), '--json', '-', '--quiet');
  expect(again.status).toBe(1);
  const { digest } = JSON.parse(text) as { digest: string };
  expect(JSON.parse(again.stdout)).toMatchObject({ failsAgain: true, sameDigest: true, digest });
}, 60_000);

test('an experiment with an unknown fault ends with status 2 and the nearest name', () => {
  const experiment = join(folder, 'wrong.json');
  writeFileSync(experiment, experimentText(1).replace('lost-flush', 'lost-fush'));
  const { status, stderr } = daxsim(root, 'inject', experiment);
  expect(stderr).toMatch(/wrong\.json:1:\d+: .*did you mean "lost-flush"/);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(status).toBe(2);
});

/** The working directory at another place, with its own packages and the same libraries. */
function cloned(clone: string): string {
  for (const name of readdirSync(join(root, 'packages'))) {
    const from = join(root, 'packages', name);
    for (const part of ['package.json', 'bin', 'dist/src']) {
      if (!existsSync(join(from, part))) continue;
      cpSync(join(from, part), join(clone, 'packages', name, part), { recursive: true });
    }
  }
  for (const part of ['package.json', 'configs', 'traces/catalog.json']) {
    cpSync(join(root, part), join(clone, part), { recursive: true });
  }
  const libraries = join(clone, 'node_modules');
  mkdirSync(join(libraries, '@daxsim'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === '@daxsim') continue;
    symlinkSync(join(root, 'node_modules', name), join(libraries, name));
  }
  for (const name of readdirSync(join(clone, 'packages'))) {
    symlinkSync(join(clone, 'packages', name), join(libraries, '@daxsim', name));
  }
  return clone;
}
