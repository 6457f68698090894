/** `explore` and `reproduce`: all interleavings of a scenario, and one of them again. */
import {
  exploreAndShrink,
  exploreScenario,
  isCorpusReproducer,
  isAceReproducer,
  isPairReproducer,
  reproducePair,
  isInjectionReproducer,
  loadFileSystem,
  loadScenario,
  parseAceReproducer,
  parseCutReproducer,
  parseReproducer,
  renderExploration,
  reproduce,
  reproduceCorpus,
  reproduceAce,
  reproduceCut,
  reproduceInjection,
  reproducerOf,
} from '@daxsim/lab';
import { ExitStatus, parseCount, withCommonOptions } from './command.js';
import { readJson } from './diff.js';
import { Output, writeResult } from '../output.js';
import { VERSION } from '../version.js';
import { Option } from 'commander';
import type { Command } from 'commander';
import type {
  ExplorationOptions,
  ExplorationResult,
  Reproduction,
  ScenarioSetting,
} from '@daxsim/lab';
import type { CommonOptions } from '../output.js';

interface ExploreOptions extends CommonOptions {
  readonly fs: string;
  readonly locks?: string;
  readonly maxStates?: number;
  readonly reduction: string;
  readonly bound?: number;
  readonly runs?: number;
  readonly depth?: number;
  readonly shrink: boolean;
  readonly reproducer?: string;
}

export function addExplore(program: Command): void {
  const explore = program
    .command('explore')
    .description('search all interleavings of a scenario for a violation')
    .argument('<scenario>', 'a YAML or JSON file, or the name of one in configs/experiments')
    .option('--fs <name>', 'file system and kernel', 'xfs-dax')
    .option('--locks <plan>', "lock plan; the file system's own when absent")
    .option('--max-states <count>', 'stop after so many states', parseCount)
    .addOption(
      new Option('--reduction <on|off>', 'leave out orders of actions that do not mind each other')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option('--bound <count>', 'only schedules of at most so many preemptions', parseCount)
    .option('--runs <count>', 'beyond the bound: runs by chance; 1000 when absent', parseCount)
    .option('--depth <count>', 'orderings of a failure found by chance; 0: pure chance', parseCount)
    .option('--no-shrink', 'leave the scenario of a failure as it is')
    .option('--reproducer <file>', 'where a reproducer goes; named after the scenario when absent');
  withCommonOptions(explore).action(runExplore);
  const again = program
    .command('reproduce')
    .description('run a reproducer: status 1 if it fails again, 0 if it no longer does')
    .argument('<file>', 'a reproducer');
  withCommonOptions(again).action(runReproduce);
}

/** The file system and lock plan that two names stand for. */
function settingOf(
  fs: string,
  locks: string | undefined,
  knobs: Readonly<Record<string, string>>,
): { readonly setting: ScenarioSetting; readonly planName: string } {
  const { personality, plan } = loadFileSystem(fs, locks);
  return { setting: { personality, plan, knobs }, planName: plan.name };
}

function runExplore(name: string, options: ExploreOptions): void {
  const output = new Output(options);
  const scenario = loadScenario(name);
  const { setting, planName } = settingOf(options.fs, options.locks, {});
  const search = searchOptions(options);
  const { scenario: smallest, result } = options.shrink
    ? exploreAndShrink(scenario.config, setting, search)
    : { scenario: scenario.config, result: exploreScenario(scenario.config, setting, search) };
  output.lines(renderExploration(scenario.config.title, planName, result));
  const reproducer = saveReproducer(output, name, planName, options, smallest, result);
  output.json({
    ...output.head('explore'),
    partial: !result.complete && result.failure === null,
    config: { scenario: scenario.config, file_system: options.fs, lock_plan: planName },
    ...result,
    reproducer,
  });
  if (result.failure !== null) process.exitCode = ExitStatus.Found;
}

function searchOptions(options: ExploreOptions): ExplorationOptions {
  const { maxStates, bound, runs, depth, seed } = options;
  return {
    reduction: options.reduction === 'on',
    seed,
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(bound === undefined ? {} : { bound }),
    ...(runs === undefined ? {} : { runs }),
    ...(depth === undefined ? {} : { depth }),
  };
}

/** Writes the reproducer of a failure and says how to use it; null when nothing failed. */
function saveReproducer(
  output: Output,
  name: string,
  planName: string,
  options: ExploreOptions,
  scenario: ReturnType<typeof loadScenario>['config'],
  result: ExplorationResult,
): string | null {
  if (result.failure === null) return null;
  const { setting } = settingOf(options.fs, options.locks, {});
  const names = { fileSystem: options.fs, lockPlan: planName };
  const reproducer = reproducerOf(VERSION, names, setting, scenario, result.failure);
  const base = name.replace(/^.*\//, '').replace(/\.(ya?ml|json)$/, '');
  const path = options.reproducer ?? `${base}.${planName}.reproducer.json`;
  writeResult(path, `${JSON.stringify(reproducer, null, 2)}\n`);
  output.line();
  output.line(`npx daxsim reproduce ${path}`);
  return path;
}

async function runReproduce(path: string, options: CommonOptions): Promise<void> {
  const output = new Output(options);
  const parsed = readJson(path);
  if (isAceReproducer(parsed)) {
    reproduceCrash(path, parsed, output);
    return;
  }
  if (isCutReproducer(parsed)) {
    await reproducePowerCut(path, parsed, output);
    return;
  }
  if (isInjectionReproducer(parsed)) {
    const { outcome, problem, ...again } = reproduceInjection(path, parsed);
    const what = again.failsAgain ? `${outcome.replaceAll('_', ' ')}: ${problem}` : '';
    showAgain({ ...again, what, diagram: [] }, output);
    return;
  }
  if (isCorpusReproducer(parsed)) {
    showAgain(reproduceCorpus(path, parsed), output);
    return;
  }
  if (isPairReproducer(parsed)) {
    showAgain(reproducePair(path, parsed), output);
    return;
  }
  const reproducer = parseReproducer(path, parsed);
  const { setting } = settingOf(reproducer.file_system, reproducer.lock_plan, reproducer.knobs);
  showAgain(reproduce(reproducer, setting), output);
}

function showAgain(again: Reproduction, output: Output): void {
  output.lines(again.diagram);
  output.line();
  output.line(again.failsAgain ? `✗ ${again.what}` : 'it no longer fails');
  if (again.failsAgain) output.line(again.sameDigest ? 'same digest' : 'another digest');
  output.json({ ...output.head('reproduce'), partial: false, ...again });
  if (again.failsAgain) process.exitCode = ExitStatus.Found;
}

function isCutReproducer(parsed: unknown): boolean {
  const isRecord = typeof parsed === 'object' && parsed !== null;
  return isRecord && 'schema' in parsed && String(parsed.schema).includes('reproducer-cut');
}

function reproduceCrash(path: string, parsed: unknown, output: Output): void {
  const again = reproduceAce(parseAceReproducer(path, parsed));
  output.line(again.failsAgain ? `✗ ${again.problem}` : 'it no longer fails');
  if (again.failsAgain) output.line(again.sameDigest ? 'same digest' : 'another digest');
  output.json({ ...output.head('reproduce'), partial: false, ...again });
  if (again.failsAgain) process.exitCode = ExitStatus.Found;
}

async function reproducePowerCut(path: string, parsed: unknown, output: Output): Promise<void> {
  const again = await reproduceCut(parseCutReproducer(path, parsed));
  for (const problem of again.problems) output.line(`✗ ${problem}`);
  if (!again.failsAgain) output.line('it no longer fails');
  else output.line(again.sameDigest ? 'same digest' : 'another digest');
  output.json({ ...output.head('reproduce'), partial: false, ...again });
  if (again.failsAgain) process.exitCode = ExitStatus.Found;
}
