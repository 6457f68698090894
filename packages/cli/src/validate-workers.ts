/**
 * Measures points on worker threads. Each point is measured by itself, so that who measures it and
 * when cannot matter; answers are put in the order of the points.
 */
import { runParts } from './shards.js';
import type { Changes, Point, PointAnswer } from '@daxsim/lab';

/** What every worker is told. */
export interface ValidationRun {
  readonly points: readonly Point[];
  readonly seed: number;
  /** One seed and a tenth of the length. */
  readonly isQuick: boolean;
  /** Measure all points once for each of these changes of their machines; absent: none. */
  readonly variants?: readonly Changes[];
}

/** Answers in the order of variants, then points. Fails with the first error of a worker. */
export async function measureOnWorkers(
  run: ValidationRun,
  jobs: number,
  onDone: (done: number) => void,
): Promise<PointAnswer[]> {
  const answers: PointAnswer[] = [];
  let done = 0;
  await runParts<PointAnswer>({
    worker: new URL('./validate-worker.js', import.meta.url),
    run,
    parts: Array.from({ length: run.points.length * (run.variants?.length ?? 1) }, (_, at) => at),
    jobs,
    onAnswer: (part, answer) => {
      answers[part] = answer;
      done += 1;
      onDone(done);
    },
  });
  return answers;
}
