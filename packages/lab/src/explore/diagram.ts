/**
 * A schedule as engineers draw it on mailing lists: one column per task, one line per step, time
 * downwards, locks beside the steps that take and drop them.
 *
 *     task 0: fallocate F punch 0+4096      task 1: store m 0+8 "B"
 *     unmapRange
 *                                           writeFault: lookupExtent
 *     freeExtents
 *
 * Lines that come again and again, as of a fault tried for ever, are drawn once and counted.
 */
import { INSTRUCTION_WORDS, Op } from '@daxsim/sim';
import type { MachineObserver, ProgramSet } from '@daxsim/sim';
import type { World } from '@daxsim/daxfs';

/** One line of the picture. */
export interface DiagramLine {
  readonly task: number;
  readonly text: string;
}

const COLUMN_MIN = 28;
/** Lines that may come again as a group, and how often until they are drawn once. */
const GROUP_MOST = 40;
const TIMES_LEAST = 4;

/** Collects the lines of one schedule while it is run again. */
export class DiagramRecorder implements MachineObserver {
  readonly lines: DiagramLine[] = [];

  constructor(private readonly set: ProgramSet<World>) {}

  retired(task: number, program: number, counter: number, outcome: number): void {
    const { code, name } = this.set.programs[program] ?? { code: null, name: '' };
    if (code === null) return;
    const at = counter * INSTRUCTION_WORDS;
    const a = code[at + 1] ?? 0;
    const op = code[at];
    if (op === Op.Step) {
      const step = this.set.steps[a];
      if (step === undefined || step.touches.length === 0) return;
      const label = step.outcomes[outcome] ?? 'Ok';
      this.add(task, `${name}: ${step.name}${label === 'Ok' ? '' : ` → ${label}`}`);
    } else if (op === Op.Move) {
      const move = this.set.moves[a];
      const label = move?.outcomes[outcome] ?? 'Ok';
      const isEnd = label === 'Ok' || label === 'Done';
      this.add(task, `${name}: ${move?.name ?? '?'}${isEnd ? '' : ` → ${label}`}`);
    }
  }

  blocked(task: number, lock: number): void {
    this.add(task, `<waits for ${this.set.lockNames[lock] ?? '?'}>`);
  }

  acquired(task: number, lock: number, _key: number, mode: number): void {
    this.add(task, `+${mode === 0 ? 'S' : 'X'}(${this.set.lockNames[lock] ?? '?'})`);
  }

  released(task: number, lock: number): void {
    this.add(task, `-(${this.set.lockNames[lock] ?? '?'})`);
  }

  /** A line of the scenario's own: a call that begins or ends. */
  add(task: number, text: string): void {
    this.lines.push({ task, text });
  }
}

/** How many lines from `at` on are the `length` lines there, told over and over. */
function repeats(lines: readonly DiagramLine[], at: number, length: number): number {
  let behind = at + length;
  while (behind < lines.length) {
    const [one, same] = [lines[behind], lines[behind - length]];
    if (one?.task !== same?.task || one?.text !== same?.text) break;
    behind += 1;
  }
  return Math.floor((behind - at) / length);
}

/** The lines with groups that come again drawn once. */
function folded(lines: readonly DiagramLine[]): DiagramLine[] {
  const kept: DiagramLine[] = [];
  for (let at = 0; at < lines.length;) {
    let [length, times] = [1, 1];
    for (let group = 1; group <= GROUP_MOST && times < TIMES_LEAST; group += 1) {
      [length, times] = [group, repeats(lines, at, group)];
    }
    if (times < TIMES_LEAST) [length, times] = [1, 1];
    const group = lines.slice(at, at + length);
    kept.push(...group);
    const [first] = group;
    if (times > 1 && first !== undefined) {
      const what = length === 1 ? 'line' : `${String(length)} lines`;
      kept.push({ task: first.task, text: `⋮ the last ${what} ${String(times - 1)} times more` });
    }
    at += length * times;
  }
  return kept;
}

/** Renders the lines in columns. `titles` has one entry per task. */
export function renderDiagram(all: readonly DiagramLine[], given: readonly string[]): string[] {
  const lines = folded(all);
  const titles = [...given];
  // What a task set going by itself, such as a request that it does not wait for.
  for (const { task } of lines) while (titles.length <= task) titles.push('in the background');
  const used = titles.map((_, task) => task).filter((task) => lines.some((l) => l.task === task));
  const widths = used.map((task) => {
    const texts = lines.filter((line) => line.task === task).map((line) => line.text.length);
    return Math.max(COLUMN_MIN, (titles[task] ?? '').length, ...texts) + 2;
  });
  const starts: number[] = [];
  let start = 0;
  for (const width of widths) {
    starts.push(start);
    start += width;
  }
  const row = (column: number, text: string): string => ' '.repeat(starts[column] ?? 0) + text;
  const head = used.map((task, i) => (titles[task] ?? '').padEnd(widths[i] ?? 0)).join('');
  const rule = used.map((_, i) => `${'─'.repeat((widths[i] ?? 2) - 2)}  `).join('');
  const body = lines.map((line) => row(used.indexOf(line.task), line.text));
  return [head.trimEnd(), rule.trimEnd(), ...body];
}
