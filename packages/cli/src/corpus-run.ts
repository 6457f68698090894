/**
 * Scenarios of corpora, each a part of its own: searched here or on worker threads, and told in the
 * order in which the files have them, as soon as all before one are there.
 *
 *     files ─▶ parts ─▶ answer: result, reproducer ─▶ in order ─▶ the reproducer's file, the result
 */
import { chosenScenarios, loadCorpus, runCorpusScenario, unanswered } from '@daxsim/lab';
import { UserError } from '@daxsim/sim';
import { HostTimer, secondsOf } from './host-clock.js';
import { runParts } from './shards.js';
import type { CorpusOptions, CorpusReproducer, CorpusScenario, ScenarioResult } from '@daxsim/lab';

/** What is run; survives structured cloning. */
export interface CorpusRun {
  readonly files: readonly string[];
  readonly scenario?: string;
  /** Only these, if given. */
  readonly only?: readonly string[];
  readonly options: Pick<
    CorpusOptions,
    'locks' | 'maxStates' | 'runs' | 'seed' | 'shrinks' | 'version'
  >;
}

/** One scenario's result, its reproducer not yet written. */
export interface CorpusAnswer {
  readonly result: ScenarioResult;
  readonly kept: { readonly name: string; readonly reproducer: CorpusReproducer } | null;
  /** An error of ours that ended the search, with its stack; the other scenarios go on. */
  readonly bug: string | null;
}

interface CorpusPart {
  readonly file: string;
  readonly scenario: CorpusScenario;
}

/** All scenarios that a run has. Throws ConfigError. */
export function corpusParts({ files, scenario, only }: CorpusRun): CorpusPart[] {
  return files.flatMap((file) => {
    return chosenScenarios(file, loadCorpus(file), scenario)
      .filter(({ id }) => only === undefined || only.includes(id))
      .map((one) => ({ file, scenario: one }));
  });
}

/** Searches one of them. */
export function answerOf({ file, scenario }: CorpusPart, { options }: CorpusRun): CorpusAnswer {
  const timer = new HostTimer();
  let kept: CorpusAnswer['kept'] = null;
  try {
    const result = runCorpusScenario(file, scenario, {
      ...options,
      seconds: () => secondsOf(timer.elapsed()),
      keep: (name, reproducer) => {
        kept = { name, reproducer };
        return null;
      },
    });
    return { result, kept, bug: null };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof UserError) throw error;
    const reason = `bug in daxsim: ${error.message}`;
    return { result: unanswered(scenario.id, reason), kept: null, bug: error.stack ?? reason };
  }
}

/** Searches all; `onAnswer` hears of each in order. */
export async function runCorpus(
  run: CorpusRun,
  parts: readonly CorpusPart[],
  jobs: number,
  onAnswer: (answer: CorpusAnswer) => void,
): Promise<void> {
  if (jobs <= 1 || parts.length <= 1) {
    for (const part of parts) onAnswer(answerOf(part, run));
    return;
  }
  const waiting = new Map<number, CorpusAnswer>();
  let next = 0;
  await runParts<CorpusAnswer>({
    worker: new URL('./corpus-worker.js', import.meta.url),
    run,
    parts: parts.map((_, part) => part),
    jobs,
    onAnswer: (part, answer) => {
      waiting.set(part, answer);
      for (let found = waiting.get(next); found !== undefined; found = waiting.get(next)) {
        waiting.delete(next);
        next += 1;
        onAnswer(found);
      }
    },
  });
}
