/** A worker thread of `ace --mutants`: runs the mutants that it is sent. */
import { MutantCampaign } from '@daxsim/lab';
import { serveParts } from './shards.js';
import type { MutantTask } from '@daxsim/lab';

serveParts((run) => {
  const campaign = new MutantCampaign(run as MutantTask);
  return (part) => campaign.run(part);
});
