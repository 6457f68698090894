import type { FaultDefinition } from './fault.js';

export const slowLine: FaultDefinition = {
  name: 'slow-line',
  about: 'Every request to a line takes longer, as a line that is being moved or corrected does.',
  source: 'Wang et al., MICRO 2020 (LENS): stalls of more than 50 µs while wear is levelled.',
  strikes: ['load', 'store', 'any', 'flush'],
  needsPowerLoss: false,
  strike: (overlay, request, { ticks }) => {
    overlay.slow(request.line, ticks);
  },
};
