import type { FaultDefinition } from './fault.js';

export const saveFailed: FaultDefinition = {
  name: 'save-failed',
  about: 'At power loss the energy of a module ends before it has saved all: the rest is lost.',
  source: 'Linux include/acpi/actbl1.h: ACPI_NFIT_MEM_SAVE_FAILED; NVDIMM-N save to flash.',
  strikes: ['persist', 'any', 'fence'],
  needsPowerLoss: true,
  strikesAtLoss: true,
  strike: (overlay, _request, { savedShare }) => {
    const lines = overlay.capacityBytes / 64;
    overlay.laid.parts.leaveUnsaved(Math.floor(lines * savedShare));
  },
};
