/** A worker thread of `inject`: runs the parts of the campaign that it is sent. */
import { InjectionCampaign } from '@daxsim/lab';
import { serveParts } from './shards.js';
import type { InjectionRequest } from '@daxsim/lab';

interface Given {
  readonly request: InjectionRequest;
  readonly counts: readonly number[];
}

serveParts((run) => {
  const { request, counts } = run as Given;
  const campaign = new InjectionCampaign(request, counts);
  return (part) => campaign.run(part);
});
