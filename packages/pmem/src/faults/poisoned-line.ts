import type { FaultDefinition } from './fault.js';

export const poisonedLine: FaultDefinition = {
  name: 'poisoned-line',
  about: 'A line has an uncorrectable error: loads of it fail until it is written whole.',
  source: 'Linux Documentation/driver-api/nvdimm/btt.rst, badblocks; xfstests xfs/550.',
  strikes: ['load', 'store', 'any', 'flush'],
  needsPowerLoss: false,
  strike: (overlay, request) => {
    overlay.poison(request.line);
  },
};
