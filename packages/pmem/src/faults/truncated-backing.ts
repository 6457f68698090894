import type { FaultDefinition } from './fault.js';

export const truncatedBacking: FaultDefinition = {
  name: 'truncated-backing',
  about: 'What lies behind a page is taken away: loads and stores of it fail, stores are lost.',
  source: 'Goyal, 2020: a host that truncates the file behind a virtio-fs window.',
  strikes: ['load', 'store', 'any'],
  needsPowerLoss: false,
  strike: (overlay, request) => {
    overlay.takeBacking(request.line);
  },
};
