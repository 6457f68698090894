/** The long form of the kills: ten thousand injections. */
import { expect, test } from '@jest/globals';
import { killCampaign } from './killed-campaign.js';

const seed = Number(process.env['DAXSIM_SEED'] ?? '1');

test('ten thousand injections, killed eight times on one worker and on two', async () => {
  const chains = [1, 2].map((jobs) => new Array<number>(9).fill(jobs));
  const { undisturbed, killed, kills } = await killCampaign(2500, chains, seed);
  expect(kills).toBe(16);
  expect(undisturbed.split('\n')).toHaveLength(10_000 + 3);
  expect(killed[0]).toBe(undisturbed);
  expect(killed[1]).toBe(undisturbed);
}, 3_600_000);
