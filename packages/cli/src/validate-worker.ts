/** A worker thread of `validate`: measures the points it is sent. */
import { loadMachine, measurePoint, validationSeeds, withChanges } from '@daxsim/lab';
import { assert } from '@daxsim/sim';
import { serveParts } from './shards.js';
import type { ValidationRun } from './validate-workers.js';

serveParts((run) => {
  const { points, seed, isQuick, variants } = run as ValidationRun;
  const seeds = isQuick ? [seed] : validationSeeds(seed);
  return (part) => {
    const point = points[part % points.length];
    assert(point !== undefined, 'validate: a part is a point');
    const options = { seeds, scale: isQuick ? 0.1 : 1 };
    const changes = variants?.[Math.floor(part / points.length)];
    if (changes === undefined) return measurePoint(point, options);
    const machines = (name: string) => withChanges(loadMachine(name).config, changes);
    return measurePoint(point, { ...options, machines });
  };
});
