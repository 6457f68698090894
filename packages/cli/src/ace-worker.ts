/** A worker thread of `ace`: runs the parts of the space that it is sent. */
import { AceCampaign } from '@daxsim/lab';
import { serveParts } from './shards.js';
import type { AceRequest } from '@daxsim/lab';

serveParts((run) => {
  const campaign = new AceCampaign(run as AceRequest);
  return (part) => campaign.run(part);
});
