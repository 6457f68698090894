/** `ace --threads 2`: pairs of operations in every order, power lost at every moment of each. */
import { Ledger, PairCampaign, loadFileSystem, pairLines, pairReproducerOf } from '@daxsim/lab';
import { UserError } from '@daxsim/sim';
import { ExitStatus } from './commands/command.js';
import { writeResult } from './output.js';
import { Progress } from './progress.js';
import { runParts } from './shards.js';
import { VERSION } from './version.js';
import type { PairAnswer, PairRequest } from '@daxsim/lab';
import type { Output } from './output.js';

/** How it is run; decides nothing but what is refused. */
export interface PairOptions {
  readonly seq: number;
  readonly domain: string;
  readonly jobs: number;
  readonly resume?: string;
  readonly reproducers: string;
}

export async function runPairs(
  request: PairRequest,
  options: PairOptions,
  output: Output,
): Promise<void> {
  refuse(options);
  loadFileSystem(request.fileSystem, request.lockPlan ?? undefined);
  const campaign = new PairCampaign(request);
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<PairAnswer>(campaign.parts)
      : Ledger.open<PairAnswer>(options.resume, { version: VERSION, request }, campaign.parts);
  const missing = ledger.missing();
  const progress = new Progress('ace', !output.isTalkative, 'pairs');
  let left = missing.length;
  let run = 0;
  try {
    await runParts<PairAnswer>({
      worker: new URL('./pair-worker.js', import.meta.url),
      run: request,
      parts: missing,
      jobs: options.jobs,
      onAnswer: (part, answer) => {
        ledger.done(part, answer);
        run += answer.run;
        left -= 1;
        progress.report(1 - left / campaign.parts, run);
      },
    });
  } finally {
    progress.dispose();
  }
  const { failures, ...counts } = campaign.sum(ledger.inOrder());
  output.lines(pairLines({ failures, ...counts }));
  const { reproducers: folder } = options;
  const reproducers = failures.map((failure) => {
    const path = `${folder}/ace-${request.mode}-pair-${failure.number}.reproducer.json`;
    const reproducer = pairReproducerOf(VERSION, request, failure);
    writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
    output.line(`npx daxsim reproduce ${path}`);
    return path;
  });
  output.json(
    {
      ...output.head('ace'),
      partial: left > 0,
      config: request,
      ...counts,
      first_violations: failures.map(({ workload, problem }) => ({ workload, problem })),
      reproducers,
    },
    undefined,
    { states: counts.crash_states.executed },
  );
  if (counts.violations > 0) process.exitCode = ExitStatus.Found;
}

/** What pairs cannot be asked. */
function refuse(options: PairOptions): void {
  if (options.domain !== 'adr' || options.seq !== 1) {
    const found = options.seq === 1 ? `--domain ${options.domain}` : `--seq ${options.seq}`;
    const allowed = '--domain adr and --seq 1: each task has one operation';
    throw new UserError({ where: '--threads 2', found, allowed });
  }
}
