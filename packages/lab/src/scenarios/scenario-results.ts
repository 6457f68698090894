/**
 * Runs files of scenarios and tells the results, one line for each scenario and file system:
 *
 *     ✓ generic/042  xfs-dax  29 states  1 of 1 defects  a tail that was punched …
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { loadScenarios } from './load-scenarios.js';
import { runScenario } from './run-scenario.js';
import type { ScenarioFailure } from './run-scenario.js';
import type { Scenario, ScenarioDefect } from './scenario.js';

/** One scenario on one file system, in the form of the JSON result. */
export interface ScriptedResult {
  readonly test: string;
  readonly claim: string;
  readonly where: string;
  readonly file_system: string;
  readonly holds: boolean;
  readonly statements: number;
  readonly claims: number;
  /** Devices after power loss that were recovered and gone on with. */
  readonly crash_states: number;
  readonly failure: ScenarioFailure | null;
  /** Whether each defect that must break the claim does. */
  readonly defects: readonly { readonly knob: string; readonly found: boolean }[];
}

export interface ScenarioChoice {
  /** Only scenarios after this test. */
  readonly test?: string;
  /** On this file system instead of those that each names. */
  readonly fileSystem?: string;
  /** Without the runs under defects. */
  readonly isPlain?: boolean;
}

/** Runs what is chosen of some files. Throws ConfigError for an unknown file, test or name. */
export function runScenarios(
  files: readonly string[],
  choice: ScenarioChoice = {},
): readonly ScriptedResult[] {
  const all = files.flatMap((file) => loadScenarios(file));
  const chosen = all.filter(({ test }) => choice.test === undefined || test === choice.test);
  if (chosen.length === 0) throw noSuchTest(choice.test ?? '', all);
  return chosen.flatMap((scenario) => {
    const on = choice.fileSystem === undefined ? scenario.on : [choice.fileSystem];
    return on.map((name) => resultOf(scenario, name, choice.isPlain === true));
  });
}

function noSuchTest(test: string, all: readonly Scenario[]): ConfigError {
  const tests = [...new Set(all.map((scenario) => scenario.test))];
  return new ConfigError({
    where: '--test',
    found: `no scenario after "${test}"`,
    allowed: tests.join(', '),
    nearest: nearestName(test, tests),
  });
}

function resultOf(scenario: Scenario, fileSystem: string, isPlain: boolean): ScriptedResult {
  const { failure, statements, claims, crashStates } = runScenario(scenario, fileSystem);
  return {
    test: scenario.test,
    claim: scenario.claim,
    where: scenario.where,
    file_system: fileSystem,
    holds: failure === null,
    statements,
    claims,
    crash_states: crashStates,
    failure,
    defects: (isPlain ? [] : defectsOn(scenario, fileSystem)).map((defect) => ({
      knob: `${defect.knob}=${defect.value}`,
      found: runScenario(scenario, fileSystem, { defect }).failure !== null,
    })),
  };
}

/** The defects that must break a scenario on a file system. */
export function defectsOn(scenario: Scenario, fileSystem: string): readonly ScenarioDefect[] {
  return scenario.defects.filter(({ on }) => on === null || on.includes(fileSystem));
}

/** Whether a result is what it must be. */
export function isAsClaimed({ holds, defects }: ScriptedResult): boolean {
  return holds && defects.every(({ found }) => found);
}

export function scenarioResultLines(result: ScriptedResult): string[] {
  const { test, claim, file_system: name, crash_states: states, defects, failure } = result;
  const found = defects.filter((defect) => defect.found).length;
  const mark = isAsClaimed(result) ? '✓' : '✗';
  const cuts = states === 0 ? '' : `${states} states`;
  const broken = defects.length === 0 ? '' : `${found} of ${defects.length} defects`;
  const columns = [test.padEnd(12), name.padEnd(16), cuts.padStart(10), broken.padStart(15)];
  const lines = [`${mark} ${columns.join(' ')}  ${claim}`];
  if (failure !== null) {
    lines.push(`    ${failure.where}: "${failure.statement}": found ${failure.found}`);
    for (const after of failure.after) lines.push(`    after power loss: ${after}`);
  }
  for (const defect of defects) if (!defect.found) lines.push(`    ${defect.knob} breaks nothing`);
  return lines;
}

export function scenarioSummary(results: readonly ScriptedResult[]): string {
  const tests = new Set(results.map(({ test }) => test)).size;
  const right = results.filter(isAsClaimed).length;
  const states = results.reduce((sum, result) => sum + result.crash_states, 0);
  const counts = `${tests} tests, ${states} states after power loss`;
  return `${right} of ${results.length} as claimed: ${counts}`;
}
