/** Experiments that cannot be run are refused with the place, the reason and the nearest name. */
import { expect, test } from '@jest/globals';
import { UserError } from '@daxsim/sim';
import { shareOf } from '../../src/inject/wilson.js';
import { InjectionCampaign, reproduceInjection } from '../../src/index.js';
import { requestOf } from './experiments.js';

const CALLS = [{ call: 'write', path: 'foo', offset: 0, length: 4096 }];

test.each<[string, object, RegExp]>([
  ['fault', { faults: [{ fault: 'lost-flsh' }] }, /test\.yaml:\d+:\d+.*did you mean "lost-flush"/s],
  ['key', { faults: [{ fault: 'lost-flush', triger: {} }] }, /did you mean "trigger"/],
  ['class', { faults: [{ fault: 'lost-flush', trigger: { of: 'stor' } }] }, /mean "store"/],
  ['no strike', { faults: [{ fault: 'lost-flush', trigger: { of: 'load' } }] }, /does not strike/],
  ['recipe', { faults: [{ fault: 'lost-flush', trigger: { recipe: 'forcelog' } }] }, /"forceLog"/],
  ['step', { faults: [{ fault: 'lost-flush', trigger: { step: 'flushBlock' } }] }, /"flush/],
  ['call', { faults: [{ fault: 'lost-flush', trigger: { call: 'fsnyc' } }] }, /"fsync"/],
  ['power', { faults: [{ fault: 'power-loss', power_loss: 'end' }] }, /strikes when power is lost/],
  [
    'nothing',
    { faults: [{ fault: 'lost-flush', trigger: { nth: 99999 } }] },
    /no flush of the workload/,
  ],
  ['delay', { faults: [{ fault: 'slow-line', delay: '5 parsecs' }] }, /no quantity/],
  ['machine', { machine: 'optane-100-1dim' }, /did you mean "optane-100-1dimm"/],
  ['file system', { file_system: 'xfsdax' }, /did you mean "xfs-dax"/],
  ['knob', { knobs: { logForceFlsh: 'skip' } }, /did you mean "logForceFlush"/],
  ['two workloads', { workload: { calls: CALLS, ace: { mode: 'pm' } } }, /exactly one of/],
  ['odd bytes', { workload: { calls: [{ ...CALLS[0], offset: 3 }] } }, /multiple of 4/],
  ['failing call', { workload: { calls: [{ call: 'unlink', path: 'x' }] } }, /call 1.*ENOENT/],
  ['sweep', { sweep: { 'knobs.x.y': [1] } }, /sweep/],
  ['swept name', { sweep: { file_systm: ['xfs-dax'] } }, /did you mean "file_system"/],
])('an experiment with a wrong %s', (_what, wrong, message) => {
  const run = (): unknown =>
    new InjectionCampaign(requestOf({ faults: [{ fault: 'lost-flush' }], ...wrong }));
  expect(run).toThrow(UserError);
  expect(run).toThrow(message);
});

test('a reproducer of another form is refused', () => {
  const run = (): unknown =>
    reproduceInjection('x.json', { schema: 'daxsim/reproducer-injection/9' });
  expect(run).toThrow(UserError);
});

test.each([
  [0, 10, [0, 0.277533]],
  [5, 10, [0.236593, 0.763407]],
  [10, 10, [0.722467, 1]],
  [0, 0, [0, 1]],
])('%d of %d cases have the interval that tables give', (count, total, interval) => {
  expect(shareOf(count, total).interval).toEqual(interval);
});
