/** `ace --mutants`: small changes of the recipes, and whether the searches notice. */
import { Ledger, MutantCampaign, mutantLines, prepareMutants, sumMutants } from '@daxsim/lab';
import { ExitStatus } from './commands/command.js';
import { Progress } from './progress.js';
import { runParts } from './shards.js';
import { VERSION } from './version.js';
import type { MutantAnswer, MutantRequest } from '@daxsim/lab';
import type { Output } from './output.js';

/** How it is run; decides nothing. */
export interface MutantOptions {
  readonly jobs: number;
  readonly resume?: string;
}

/** Share of the mutants that are other systems, in percent, that must be killed. */
const KILLED_LEAST = 95;

export async function runMutants(
  request: MutantRequest,
  options: MutantOptions,
  output: Output,
): Promise<void> {
  const task = prepareMutants(request);
  const { parts } = new MutantCampaign(task);
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<MutantAnswer>(parts)
      : Ledger.open<MutantAnswer>(options.resume, { version: VERSION, request }, parts);
  const progress = new Progress('mutants', !output.isTalkative, 'mutants');
  const missing = ledger.missing();
  let done = parts - missing.length;
  try {
    await runParts<MutantAnswer>({
      worker: new URL('./mutant-worker.js', import.meta.url),
      run: task,
      parts: missing,
      jobs: options.jobs,
      onAnswer: (part, answer) => {
        ledger.done(part, answer);
        done += 1;
        progress.report(done / parts, done);
      },
    });
  } finally {
    progress.dispose();
  }
  const result = sumMutants(task, ledger.inOrder());
  output.lines(mutantLines(result));
  output.json({ ...output.head('ace'), partial: done < parts, config: request, ...result });
  if (result.killed_percent < KILLED_LEAST) process.exitCode = ExitStatus.Found;
}
