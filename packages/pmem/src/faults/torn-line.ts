import type { FaultDefinition } from './fault.js';

export const tornLine: FaultDefinition = {
  name: 'torn-line',
  about: 'A write-back reaches the media in part: some 8-byte units keep what was durable before.',
  source: 'SNIA NVM Programming Model 1.2: no more than 8 aligned bytes are promised whole.',
  strikes: ['flush', 'store'],
  needsPowerLoss: true,
  strike: (overlay, request, { units }) => {
    overlay.tear(request.line, units);
  },
};
