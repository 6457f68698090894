/**
 * A scenario as a page to read: what happens, the schedule that shows it, the cure, and how to see
 * it again. All of it comes from the scenario and from the search, so that a page cannot say what
 * the model does not do; `npx daxsim corpus --pages` writes pages, a test writes some of them
 * again.
 */
import { describeOperation } from '../corpus/describe.js';
import type { CorpusScenario } from '../corpus/config.js';
import type { ScenarioResult } from '../corpus/run-corpus.js';

/** Digits of a count of schedules that are written out. */
const DIGITS_MOST = 9;

/** The page, or null for a scenario that cannot be run or whose defect was not found. */
export function examplePage(
  corpus: string,
  scenario: CorpusScenario,
  result: ScenarioResult,
): string | null {
  const lines = scenarioSections(corpus, scenario, result, '##');
  return lines === null ? null : [`# ${scenario.title}`, '', ...lines, ''].join('\n');
}

/** A scenario that names no file system runs on XFS. */
function systemOf({ system }: CorpusScenario): string {
  return system === 'any' ? 'any, here xfs-dax' : system;
}

/** What a page says of a scenario, below a heading of its own; null as for a page. */
export function scenarioSections(
  corpus: string,
  scenario: CorpusScenario,
  result: ScenarioResult,
  heading: string,
): readonly string[] | null {
  const { correct, defect } = result;
  if (correct === null || defect === null || !defect.found || scenario.defect === null) return null;
  const fails = Object.entries(result.plans_that_fail).filter(([, isFound]) => isFound);
  const under = fails.length === 0 ? '' : `, and under ${fails.map(([name]) => name).join(', ')}`;
  return [
    `File system: ${systemOf(scenario)}. Known from: ${scenario.source.join('; ')}.`,
    '',
    `${heading} What happens`,
    '',
    `${sentence(scenario.window)} ${sentence(scenario.defect.goes_wrong)}`,
    '',
    ...operations(scenario),
    '',
    `${heading} The schedule`,
    '',
    `With the defect \`${defect.name}\` switched on${under}:`,
    '',
    '```text',
    ...defect.diagram.map((line) => line.trimEnd()),
    '```',
    '',
    `${heading} The cure`,
    '',
    sentence(scenario.fix),
    '',
    `Under it: ${sentence(scenario.expected)} ${searched(correct)}`,
    '',
    `${heading} See it`,
    '',
    '```sh',
    `npx daxsim corpus ${corpus} --scenario ${scenario.id}`,
    `npx daxsim reproduce ${scenario.id}.reproducer.json`,
    '```',
  ];
}

function searched(correct: NonNullable<ScenarioResult['correct']>): string {
  const states = `${counted(correct.states, 'state')}, ${schedules(correct.schedules)}`;
  const crashes =
    correct.crash_states > 0 ? `, ${counted(correct.crash_states, 'crash state')}` : '';
  const extent = correct.complete ? 'whole' : 'as far as the limit of states';
  return `Searched ${extent}, ${states}${crashes}: nothing breaks.`;
}

/** A count that may be long, as people read it. */
function schedules(count: string): string {
  if (count === '1') return '1 schedule';
  if (count.length <= DIGITS_MOST) return `${count} schedules`;
  const tens = String(count.length - 1);
  return `about ${count.slice(0, 1)}.${count.slice(1, 3)} × 10^${tens} schedules`;
}

/** What the threads do, after what was there before. */
export function operations({ setup, threads }: CorpusScenario): string[] {
  const text = (list: CorpusScenario['setup']): string =>
    list.map((one) => `\`${describeOperation(one)}\``).join(' · ');
  return [
    ...(setup.length > 0 ? [`- before: ${text(setup)}`] : []),
    ...threads.map((list, task) => `- task ${String(task)}: ${text(list)}`),
  ];
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
