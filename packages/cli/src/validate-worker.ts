/** A worker thread of `validate`: measures the points it is sent. */
import { parentPort } from 'node:worker_threads';
import { measurePoint, validationSeeds } from '@daxsim/lab';
import type { Answered, Task } from './validate-workers.js';

parentPort?.on('message', ({ at, point, seed, isQuick }: Task) => {
  const seeds = isQuick ? [seed] : validationSeeds(seed);
  const answer = measurePoint(point, { seeds, scale: isQuick ? 0.1 : 1 });
  const answered: Answered = { at, answer };
  parentPort?.postMessage(answered);
});
