/** Our own container of records (`trace convert IN OUT.dxt`); its bytes are told in SPEC.md. */
import { ContainerReader } from '../container/container-reader.js';
import { magic } from '../container/frame.js';
import type { TraceFormat } from './format.js';

export const container: TraceFormat = {
  name: 'daxsim-container',
  describe: 'records of any of these, as trace convert writes them (.dxt)',
  family: 'container',
  detect: (sample) => sample.length >= magic.length && magic.every((byte, i) => sample[i] === byte),
  open: async (source, context) => {
    const reader = new ContainerReader(context.path, source);
    await reader.begin();
    return reader;
  },
};
