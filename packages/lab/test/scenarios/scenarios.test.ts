/**
 * The shipped scenarios, every second on one of its file systems in turn: what each claims holds
 * there, and breaks under every defect that it names. `npx daxsim scenarios` runs all on all.
 */
import { describe, expect, test } from '@jest/globals';
import { defectsOn, loadScenarios, runScenario, scenarioFiles } from '@daxsim/lab';
import type { Scenario, ScenarioDefect } from '@daxsim/lab';

/** One scenario of so many. */
const EVERY = 2;

describe.each(scenarioFiles())('%s', (file) => {
  const scenarios = loadScenarios(file);
  const cases = scenarios
    .map((scenario, index): [string, string, string, Scenario] => [
      scenario.test,
      scenario.on[index % scenario.on.length] as string,
      scenario.claim,
      scenario,
    ])
    .filter((_case, index) => index % EVERY === 0);
  test.each(cases)('%s on %s: %s', (_test, fs, _claim, scenario) => {
    const run = runScenario(scenario, fs);
    expect(run.failure).toBeNull();
    expect(run.statements).toBeGreaterThan(0);
  });

  const broken = cases.flatMap(([number, fs, , scenario]) =>
    defectsOn(scenario, fs).map((defect): [string, string, string, Scenario, ScenarioDefect] => [
      number,
      fs,
      `${defect.knob}=${defect.value}`,
      scenario,
      defect,
    ]),
  );
  if (broken.length > 0) {
    test.each(broken)('%s on %s breaks under %s', (_test, fs, _knob, scenario, defect) => {
      expect(runScenario(scenario, fs, { defect }).failure).not.toBeNull();
    });
  }
});
