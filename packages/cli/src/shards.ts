/**
 * Parts of a run on worker threads. A part is a function of its number and of what the run is, so
 * who works on it and when cannot matter; what comes of it is put in the order of the parts.
 *
 *     main ── part ──▶ worker ── answer ──▶ main ── next part ──▶ …
 *
 * A worker is a module that calls `serveParts`. It gets what the run is once, when it starts.
 */
import { availableParallelism } from 'node:os';
import { Worker, parentPort, workerData } from 'node:worker_threads';

interface Answered<T> {
  readonly part: number;
  readonly answer: T;
}

/** How parts are to be worked on. */
export interface ShardOptions<T> {
  /** The worker's module. */
  readonly worker: URL;
  /** What the run is; must survive structured cloning. */
  readonly run: unknown;
  readonly parts: readonly number[];
  /** Threads; never more than there are parts. */
  readonly jobs: number;
  readonly onAnswer: (part: number, answer: T) => void;
  /** Asked before each part; once it answers false, no other one is begun. */
  readonly mayGoOn?: () => boolean;
}

/** Threads that this machine has room for. */
export function defaultJobs(): number {
  return availableParallelism();
}

/** Works on all parts. Fails with the first error of a worker. */
export async function runParts<T>(options: ShardOptions<T>): Promise<void> {
  const waiting = [...options.parts];
  const jobs = Math.min(options.jobs, waiting.length);
  const workers: Worker[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(options.worker, { workerData: options.run });
      workers.push(worker);
      const ask = (): void => {
        const isOver = options.mayGoOn?.() === false;
        const part = isOver ? undefined : waiting.shift();
        if (part === undefined) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(part);
      };
      worker.on('message', ({ part, answer }: Answered<T>) => {
        options.onAnswer(part, answer);
        ask();
      });
      worker.on('error', reject);
      ask();
    });
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Makes this thread a worker: `prepare` gets what the run is and answers how to do a part. */
export function serveParts(prepare: (run: unknown) => (part: number) => unknown): void {
  if (parentPort === null) return;
  const port = parentPort;
  const work = prepare(workerData);
  port.on('message', (part: number) => {
    const answered: Answered<unknown> = { part, answer: work(part) };
    port.postMessage(answered);
  });
}
