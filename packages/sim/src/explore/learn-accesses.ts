/**
 * A first look at what tasks contend for: a few schedules from the present state, run with the
 * recorder listening. What they do not show a reduced search finds out by itself and starts again.
 */
import { Prng } from '../prng.js';
import type { AccessRecorder } from './access-recorder.js';
import { brokenNow, lastRunnable, NO_TASK, type Explorable } from './explorable.js';

const RANDOM_SCHEDULES = 12;
const STEPS_MAX = 100000;

export function learnAccesses(system: Explorable, recorder: AccessRecorder): void {
  const tasks = system.choices();
  for (let first = 0; first < tasks; first += 1) {
    runOnce(system, recorder, (count) => (first < count ? first : count - 1));
  }
  for (let seed = 0; seed < RANDOM_SCHEDULES; seed += 1) {
    const prng = new Prng(seed, 0);
    runOnce(system, recorder, (count) => prng.below(count));
  }
}

/** Runs one schedule and comes back; whoever runs goes on half of the time. */
function runOnce(
  system: Explorable,
  recorder: AccessRecorder,
  choose: (count: number) => number,
): void {
  const { space } = system;
  const mark = space.mark();
  let last = NO_TASK;
  recorder.minding = -1;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const count = system.choices();
    if (count === 0) break;
    const failed = recorder.minding !== 0 && recorder.check(() => brokenNow(system)) !== null;
    if (failed) break;
    // Asking may have changed what is offered.
    system.choices();
    const mayStay = step % 2 === 1 && lastRunnable(system, count, last) === last;
    let choice = choose(count);
    if (mayStay) for (let i = 0; i < count; i += 1) if (system.taskOf(i) === last) choice = i;
    last = system.taskOf(choice);
    recorder.act(last, () => {
      system.take(choice);
    });
  }
  space.rewind(mark);
  space.release(mark);
}
