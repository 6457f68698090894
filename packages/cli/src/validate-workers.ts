/**
 * Measures points on worker threads. Each point is measured by itself, so that who measures it and
 * when cannot matter; answers are put in the order of the points.
 *
 *   main ── point ──▶ worker ── answer ──▶ main ── next point ──▶ …
 */
import { Worker } from 'node:worker_threads';
import type { Point, PointAnswer } from '@daxsim/lab';

/** What a worker is sent: a point and where its answer belongs. */
export interface Task {
  readonly at: number;
  readonly point: Point;
  readonly seed: number;
  readonly isQuick: boolean;
}

/** What it sends back. */
export interface Answered {
  readonly at: number;
  readonly answer: PointAnswer;
}

export interface WorkerOptions {
  readonly jobs: number;
  readonly seed: number;
  /** One seed and a tenth of the length. */
  readonly isQuick: boolean;
}

/** Answers in the order of `points`. Fails with the first error of a worker. */
export async function measureOnWorkers(
  points: readonly Point[],
  options: WorkerOptions,
  onDone: (done: number) => void,
): Promise<PointAnswer[]> {
  const answers: PointAnswer[] = [];
  let next = 0;
  let done = 0;
  const take = (): Task | null => {
    const point = points[next];
    if (point === undefined) return null;
    next += 1;
    const { seed, isQuick } = options;
    return { at: next - 1, point, seed, isQuick };
  };
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./validate-worker.js', import.meta.url));
      const ask = (): void => {
        const task = take();
        if (task === null) void worker.terminate();
        else worker.postMessage(task);
      };
      worker.on('message', ({ at, answer }: Answered) => {
        answers[at] = answer;
        done += 1;
        onDone(done);
        ask();
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        resolve();
      });
      ask();
    });
  const jobs = Math.min(options.jobs, points.length);
  await Promise.all(Array.from({ length: jobs }, run));
  return answers;
}
