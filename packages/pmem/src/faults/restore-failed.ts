import type { FaultDefinition } from './fault.js';

export const restoreFailed: FaultDefinition = {
  name: 'restore-failed',
  about: 'When power is back a module does not restore what it saved: none of it can be read.',
  source: 'Linux include/acpi/actbl1.h: ACPI_NFIT_MEM_RESTORE_FAILED; NVDIMM-N restore from flash.',
  strikes: ['persist', 'any', 'fence'],
  needsPowerLoss: true,
  strikesAtLoss: true,
  strike: (overlay) => {
    overlay.laid.parts.leaveUnsaved(0);
  },
};
