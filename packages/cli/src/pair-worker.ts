/** A worker thread of `ace --threads 2`: runs the pairs that it is sent. */
import { PairCampaign } from '@daxsim/lab';
import { serveParts } from './shards.js';
import type { PairRequest } from '@daxsim/lab';

serveParts((run) => {
  const campaign = new PairCampaign(run as PairRequest);
  return (part) => campaign.run(part);
});
