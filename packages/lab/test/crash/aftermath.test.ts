/** What comes after recovery: power lost in it, and a file system used until nothing is left. */
import { describe, expect, test } from '@jest/globals';
import { recoverNow } from '@daxsim/daxfs';
import {
  AceCampaign,
  aceReproducerOf,
  loadFileSystem,
  parseAceReproducer,
  reproduceAce,
} from '../../src/index.js';
import { AceRun } from '../../src/ace/ace-run.js';
import { useUp } from '../../src/crash/usability.js';
import type { AceRequest, AceResult } from '../../src/index.js';

const BLOCK: AceRequest = {
  mode: 'block',
  seq: 1,
  seed: 1,
  sample: 6,
  fileSystem: 'xfs-dax',
  lockPlan: null,
  knobs: {},
  domain: 'adr',
};
const MEDIA_BYTES = 8 * 1024 * 1024;

function run(request: AceRequest): AceResult {
  const campaign = new AceCampaign(request);
  const parts = Array.from({ length: campaign.parts }, (_part, i) => i);
  return campaign.sum(parts.map((part) => campaign.run(part)));
}

describe('power that is lost in recovery', () => {
  test('changes nothing of what recovery makes of an image', () => {
    const { failures, crash_states: states } = run({ ...BLOCK, aftermath: 'sample' });
    expect(failures).toEqual([]);
    expect(states.recoveries_crashed).toBeGreaterThan(states.used_up);
    expect(states.used_up).toBeGreaterThan(0);
  });

  test('alone shows a tail that moves before the home lines are durable', () => {
    const request = { ...BLOCK, knobs: { replay: 'tailFirst' } };
    expect(run(request).violations).toBe(0);
    const crashed = { ...request, aftermath: 'sample' } as const;
    const [failure] = run(crashed).failures;
    expect(failure?.problem).toMatch(/^power lost before fence \d of recovery/);
    if (failure === undefined) return;
    const text = JSON.stringify(aceReproducerOf('1', crashed, failure));
    const again = reproduceAce(parseAceReproducer('file', JSON.parse(text)));
    expect(again).toMatchObject({ failsAgain: true, sameDigest: true });
  });
});

describe('a recovered file system that is used until nothing is left', () => {
  const { personality, plan } = loadFileSystem('xfs-dax');
  const setting = { personality, plan, knobs: {}, domain: 'adr', mediaBytes: MEDIA_BYTES } as const;
  const ace = new AceRun(setting, 1);
  ace.program([
    { call: 'mkdir', path: 'A' },
    { call: 'open', path: 'A/foo' },
    { call: 'write', path: 'A/foo', offset: 0, length: 32_768 },
    { call: 'link', path: 'A/foo', to: 'bar' },
    { call: 'sync' },
  ]);
  const used = (mutation: string | undefined): string | null => {
    const image = ace.system.memory.under.crashImage({ keep: (_line, units) => units });
    recoverNow(image);
    return useUp(image, { ...setting, mutation });
  };

  test('is as free as a new one', () => {
    expect(used(undefined)).toBeNull();
  });

  test.each([
    ['pushTail: skip persist at step 6, writeHome', 'is still there'],
    ['write: swap steps from step 1 on, loop letGo and finish', 'an orphan'],
    ['write: swap steps from step 10 on, loop own and region allocate', 'answers error 28'],
  ])('shows %s', (mutation, what) => {
    expect(used(mutation)).toContain(what);
  });
});
