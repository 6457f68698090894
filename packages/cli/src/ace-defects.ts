/** `ace --defect all`: every known defect, and what finds it. */
import { Ledger, defectLines, defectNames, sumDefects } from '@daxsim/lab';
import { ExitStatus } from './commands/command.js';
import { Progress } from './progress.js';
import { runParts } from './shards.js';
import { VERSION } from './version.js';
import type { DefectAnswer } from '@daxsim/lab';
import type { Output } from './output.js';

/** How it is run; decides nothing. */
export interface DefectOptions {
  readonly jobs: number;
  readonly resume?: string;
}

/** Share of the defects that can be planted, in percent, that must be found. */
const FOUND_LEAST = 95;

export async function runDefects(options: DefectOptions, output: Output): Promise<void> {
  const names = defectNames();
  const request = { defects: names };
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<DefectAnswer>(names.length)
      : Ledger.open<DefectAnswer>(options.resume, { version: VERSION, request }, names.length);
  const progress = new Progress('defects', !output.isTalkative, 'defects');
  const missing = ledger.missing();
  let done = names.length - missing.length;
  try {
    await runParts<DefectAnswer>({
      worker: new URL('./defect-worker.js', import.meta.url),
      run: names,
      parts: missing,
      jobs: options.jobs,
      onAnswer: (part, answer) => {
        ledger.done(part, answer);
        done += 1;
        progress.report(done / names.length, done);
      },
    });
  } finally {
    progress.dispose();
  }
  const sum = sumDefects(ledger.inOrder());
  output.lines(defectLines(sum));
  output.json({ ...output.head('ace'), partial: done < names.length, config: request, ...sum });
  if (sum.found_percent < FOUND_LEAST) process.exitCode = ExitStatus.Found;
}
