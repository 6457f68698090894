/**
 * A campaign of injections that is killed again and again, beside one that nobody disturbs: the
 * same result file, byte for byte. The short and the long form differ in how many injections.
 *
 *     undisturbed, 1 worker ─▶ bytes      killed at drawn moments … to the end ─▶ bytes
 *
 * A moment is drawn as a number of finished parts: the ledger is watched, and the process gets
 * SIGKILL when it has grown to that size, wherever it then is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Prng } from '@daxsim/sim';

const program = fileURLToPath(new URL('../../bin/daxsim.mjs', import.meta.url));
const WATCH_MS = 4;

/** What came of it. */
export interface KilledCampaign {
  readonly undisturbed: string;
  /** Result of each chain of runs. */
  readonly killed: readonly string[];
  readonly kills: number;
}

/** Text of an experiment with `draws` injections of each of four faults. */
export function experimentText(draws: number): string {
  const faults = ['power-loss', 'lost-flush', 'torn-line', 'poisoned-line'].map((fault) => ({
    fault,
    trigger: { draw: draws },
  }));
  const calls = [
    { call: 'write', path: 'foo', offset: 0, length: 1024 },
    { call: 'fsync', path: 'foo' },
    { call: 'read', path: 'foo', offset: 0, length: 1024 },
    { call: 'rename', path: 'foo', to: 'bar' },
    { call: 'sync' },
  ];
  return JSON.stringify({ title: 'killed', workload: { calls }, faults, must_hold: [] });
}

/**
 * Runs it undisturbed on one worker, and once for each chain: numbers of workers of the runs that
 * take over from each other, of which all but the last are killed.
 */
export async function killCampaign(
  draws: number,
  chains: readonly (readonly number[])[],
  seed: number,
): Promise<KilledCampaign> {
  const folder = mkdtempSync(join(tmpdir(), 'daxsim-kill-'));
  try {
    const experiment = join(folder, 'experiment.json');
    writeFileSync(experiment, experimentText(draws));
    const undisturbed = runToEnd(folder, experiment, 1, null);
    const size = sizeOf(undisturbed);
    const prng = new Prng(seed);
    const killed: string[] = [];
    let kills = 0;
    for (const [number, chain] of chains.entries()) {
      const ledger = join(folder, `ledger-${number}`);
      for (const [i, jobs] of chain.slice(0, -1).entries()) {
        const share = (i + prng.below(1000) / 1000) / chain.length;
        if (await runAndKill(folder, experiment, jobs, ledger, share * size)) kills += 1;
      }
      killed.push(runToEnd(folder, experiment, chain.at(-1) ?? 1, ledger));
    }
    return { undisturbed, killed, kills };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Injections of a result. */
function sizeOf(result: string): number {
  return result.split('\n').length - 3;
}

function argumentsOf(experiment: string, jobs: number, ledger: string | null): string[] {
  const resume = ledger === null ? [] : ['--resume', ledger];
  return [
    program,
    'inject',
    experiment,
    '--jobs',
    String(jobs),
    '--quiet',
    '--keep',
    '0',
    ...resume,
  ];
}

function runToEnd(folder: string, experiment: string, jobs: number, ledger: string | null): string {
  const out = join(folder, `result-${jobs}-${ledger === null ? 'plain' : 'killed'}`);
  const args = [...argumentsOf(experiment, jobs, ledger), '--out', out];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`status ${String(status)}: ${stderr}`);
  return readFileSync(out, 'utf8');
}

/** Kills a run when its ledger tells of `injections`; false if it came to its end before. */
async function runAndKill(
  folder: string,
  experiment: string,
  jobs: number,
  ledger: string,
  injections: number,
): Promise<boolean> {
  const args = argumentsOf(experiment, jobs, ledger);
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (child.exitCode === null && finishedIn(ledger) * 32 < injections) await pause(WATCH_MS);
  const isKilled = child.kill('SIGKILL');
  await ended;
  return isKilled && child.signalCode === 'SIGKILL';
}

/** Parts that a ledger tells of; at least its head must be there for one. */
function finishedIn(ledger: string): number {
  if (!existsSync(ledger) || statSync(ledger).size === 0) return -1;
  return readFileSync(ledger, 'utf8').split('\n').length - 2;
}
