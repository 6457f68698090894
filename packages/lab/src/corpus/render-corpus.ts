/** Results of a corpus as lines for a terminal. */
import { isConfirmed } from './run-corpus.js';
import type { ShrinkReport } from '../shrink/shrink-failure.js';
import type { ScenarioResult } from './run-corpus.js';

/** A scenario on a line, or a few. */
export function scenarioLines(result: ScenarioResult): string[] {
  const { id, correct, defect } = result;
  if (correct === null) return [`–  ${id}: unsupported: ${result.reason ?? ''}`];
  const counts = [countsOf(correct)];
  if (correct.crash_states > 0) counts.push(`${String(correct.crash_states)} crash states`);
  if (!correct.complete && correct.chance === null) counts.push('not complete');
  const lines = [`${isConfirmed(result) ? '✓' : '✗'}  ${id}: ${counts.join(', ')}`];
  if (correct.violations > 0) lines.push('   the correct rules break a check');
  const { reported } = correct;
  if (reported !== null) {
    const said = `${counted(reported.ends, 'end')} as it must: ${reported.what}`;
    lines.push(`   ${reported.ends === 0 ? 'ENDS WITHOUT WHAT IT MUST REPORT' : said}`);
  }
  if (defect !== null) {
    const after = `after ${String(defect.schedules_to_find)} schedules`;
    lines.push(`   ${defect.name}: ${defect.found ? `found ${after}` : 'NOT FOUND'}`);
    if (defect.shrunk !== null) lines.push(`   ${shrunkText(defect.shrunk)}`);
  }
  const names = (plans: { readonly [plan: string]: boolean }, good: string, bad: string): void => {
    const entries = Object.entries(plans);
    const right = entries.filter(([, isRight]) => isRight).map(([plan]) => plan);
    const wrong = entries.filter(([, isRight]) => !isRight).map(([plan]) => plan);
    if (right.length > 0) lines.push(`   ${good}: ${right.join(' ')}`);
    if (wrong.length > 0) lines.push(`   ${bad}: ${wrong.join(' ')}`);
  };
  names(result.plans_that_fail, 'fails under', 'DOES NOT FAIL UNDER');
  names(result.plans_that_pass, 'passes under', 'DOES NOT PASS UNDER');
  return lines;
}

function countsOf(correct: NonNullable<ScenarioResult['correct']>): string {
  const { chance, schedules, states } = correct;
  if (chance === null) return `${rounded(schedules)} schedules in ${String(states)} states`;
  const { depth, seed, tasks, actions } = chance;
  const size = `up to ${counted(tasks, 'task')} and ${counted(actions, 'action')}`;
  return `${schedules} schedules by chance (depth ${String(depth)}, seed ${String(seed)}), ${size}`;
}

/** Up to so many digits a count is written out. */
const DIGITS_MOST = 18;

function rounded(digits: string): string {
  if (digits.length <= DIGITS_MOST) return digits;
  return `${digits.slice(0, 1)}.${digits.slice(1, 3)}·10^${String(digits.length - 1)}`;
}

function shrunkText(shrunk: ShrinkReport): string {
  const { operations, tasks, preemptions, removals, is_minimal: isMinimal } = shrunk;
  const size = [counted(tasks, 'task'), counted(operations, 'operation')];
  size.push(counted(preemptions, 'preemption'));
  const tried = counted(removals.tried, 'removal');
  return `shown with ${size.join(', ')}; ${tried} tried${isMinimal ? '' : ', some left open'}`;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** The sums behind all scenarios. */
export function corpusSummary(results: readonly ScenarioResult[]): string[] {
  const supported = results.filter((result) => result.supported);
  const confirmed = supported.filter(isConfirmed);
  const found = results.filter(({ defect }) => defect?.found === true);
  const sizes = supported.flatMap(({ correct }) => (correct?.complete === true ? [correct] : []));
  const states = sizes.reduce((sum, one) => sum + one.states, 0);
  const runs = supported.reduce((sum, one) => sum + (one.correct?.chance?.runs ?? 0), 0);
  const whole = `${String(sizes.length)} searched whole, ${String(states)} states`;
  const searched = runs === 0 ? whole : `${whole}; ${String(runs)} schedules by chance`;
  return [
    `${String(results.length)} scenarios, ${String(supported.length)} supported, ` +
      `${String(confirmed.length)} confirmed, ${String(found.length)} defects found`,
    `under the correct rules: ${searched}`,
  ];
}
