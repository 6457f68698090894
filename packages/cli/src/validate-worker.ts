/** A worker thread of `validate`: measures the points it is sent. */
import { measurePoint, validationSeeds } from '@daxsim/lab';
import { assert } from '@daxsim/sim';
import { serveParts } from './shards.js';
import type { ValidationRun } from './validate-workers.js';

serveParts((run) => {
  const { points, seed, isQuick } = run as ValidationRun;
  const seeds = isQuick ? [seed] : validationSeeds(seed);
  return (part) => {
    const point = points[part];
    assert(point !== undefined, 'validate: a part is a point');
    return measurePoint(point, { seeds, scale: isQuick ? 0.1 : 1 });
  };
});
