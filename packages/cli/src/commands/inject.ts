/** `inject`: a campaign of faults, as an experiment file says. */
import { mkdirSync } from 'node:fs';
import {
  InjectionCampaign,
  Ledger,
  injectionLines,
  injectionReproducerOf,
  injectionResultText,
  loadExperiment,
  resolveCells,
} from '@daxsim/lab';
import { UserError } from '@daxsim/sim';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { Interrupt } from '../interrupt.js';
import { Output, writeResult } from '../output.js';
import { Progress } from '../progress.js';
import { defaultJobs, runParts } from '../shards.js';
import { VERSION } from '../version.js';
import type { Command } from 'commander';
import type { InjectionAnswer, InjectionRequest, InjectionResult } from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface InjectOptions extends CommonOptions {
  readonly jobs: number;
  readonly resume?: string;
  readonly out?: string;
  readonly reproducers?: string;
  readonly keep?: number;
}

/** Commands that are shown; the others are in the folder. */
const SHOWN_EACH = 1;

export function addInject(program: Command): void {
  const command = program
    .command('inject')
    .description('a campaign of injected faults: what is masked, reported, lost, wrong')
    .argument('<experiment>', 'a YAML or JSON file, or the name of one in configs/injections')
    .option('--jobs <count>', 'worker threads; 1: none beside this one', parseCount, defaultJobs())
    .option('--resume <file>', 'remember finished parts here, and go on from it')
    .option('--out <file>', 'one line of JSON for each injection; the same from run to run')
    .option('--reproducers <folder>', 'where reproducers go; NAME.reproducers when absent')
    .option('--keep <count>', 'reproducers of each fault and outcome; all when absent', parseCount);
  withCommonOptions(command).action(runInject);
}

async function runInject(name: string, options: InjectOptions): Promise<void> {
  const output = new Output(options);
  const experiment = loadExperiment(name);
  const cells = await resolveCells(experiment);
  const request: InjectionRequest = { cells, seed: options.seed };
  const campaign = new InjectionCampaign(request);
  const answers = await allParts(campaign, request, options, output);
  const result = campaign.sum(answers);
  const isPartial = answers.length < campaign.parts;
  output.lines(injectionLines(experiment.config.title, result));
  if (isPartial) output.warn(`ended early: ${result.injections} of ${campaign.injections}`);
  if (options.out !== undefined) {
    writeResult(options.out, injectionResultText(VERSION, request, campaign, answers));
  }
  const base = name.replace(/^.*\//, '').replace(/\.(ya?ml|json)$/, '');
  const folder = options.reproducers ?? `${base}.reproducers`;
  const reproducers = saveReproducers(campaign, result, folder, options.keep ?? Infinity, output);
  const { findings, ...counts } = result;
  output.json(
    {
      ...output.head('inject'),
      partial: isPartial,
      config: { experiment: experiment.config, cells: cells.length },
      ...counts,
      first_findings: firstOfEach(campaign, findings, SHOWN_EACH),
      reproducers,
    },
    undefined,
    { injections: result.injections },
  );
  if (!result.holds) process.exitCode = ExitStatus.Found;
}

async function allParts(
  campaign: InjectionCampaign,
  request: InjectionRequest,
  options: InjectOptions,
  output: Output,
): Promise<InjectionAnswer[]> {
  const identity = { version: VERSION, request };
  const ledger =
    options.resume === undefined
      ? Ledger.inMemory<InjectionAnswer>(campaign.parts)
      : Ledger.open<InjectionAnswer>(options.resume, identity, campaign.parts);
  const parts = ledger.missing();
  let left = parts.length;
  const progress = new Progress('inject', !output.isTalkative, 'injections');
  const interrupt = new Interrupt();
  let run = 0;
  const onAnswer = (part: number, answer: InjectionAnswer): void => {
    ledger.done(part, answer);
    run += answer.outcomes.length;
    left -= 1;
    progress.report(1 - left / campaign.parts, run);
  };
  try {
    if (options.jobs <= 1) {
      for (const part of parts) {
        if (!(await interrupt.mayGoOn())) break;
        onAnswer(part, campaign.run(part));
      }
      return ledger.leading();
    }
    await runParts<InjectionAnswer>({
      worker: new URL('../inject-worker.js', import.meta.url),
      run: { request, counts: campaign.counts },
      parts,
      jobs: options.jobs,
      mayGoOn: () => !interrupt.isAsked,
      onAnswer,
    });
  } finally {
    interrupt.dispose();
    progress.dispose();
  }
  return ledger.leading();
}

type Findings = InjectionResult['findings'];

/** The first findings of each fault and outcome, at most `most` of each. */
function firstOfEach(campaign: InjectionCampaign, findings: Findings, most: number): Findings {
  const seen = new Map<string, number>();
  return findings.filter((finding) => {
    const { cell, index } = campaign.placeOf(finding.number);
    const entry = campaign.cell(cell).plan[index]?.entry ?? 0;
    const key = `${cell} ${entry} ${finding.outcome}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= most;
  });
}

function saveReproducers(
  campaign: InjectionCampaign,
  { findings }: InjectionResult,
  folder: string,
  keep: number,
  output: Output,
): string[] {
  const kept = firstOfEach(campaign, findings, keep);
  if (kept.length > 0) makeFolder(folder);
  const shown = new Set(firstOfEach(campaign, kept, SHOWN_EACH));
  output.line();
  const paths = kept.map((finding) => {
    const reproducer = injectionReproducerOf(VERSION, campaign, finding);
    const number = String(finding.number).padStart(6, '0');
    const path = `${folder}/${number}.${reproducer.fault}.${finding.outcome}.json`;
    writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
    if (shown.has(finding)) {
      output.line(`${finding.outcome.replaceAll('_', ' ')}: ${finding.problem}`);
      output.line(`  npx daxsim reproduce ${path}`);
    }
    return path;
  });
  if (paths.length > shown.size) output.line(`${paths.length} reproducers in ${folder}`);
  return paths;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({ where: folder, found: `cannot be made: ${reason}` });
  }
}
