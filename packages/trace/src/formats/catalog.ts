/** Every trace format. Adding one is one file and one entry here; the contract test covers it. */
import { blkparse } from './blkparse.js';
import { container } from './container.js';
import { fioIologV2, fioIologV3 } from './fio-iolog.js';
import { dramsim3 } from './dramsim3.js';
import type { TraceFormat } from './format.js';
import { lackey } from './lackey.js';
import { mmiotrace } from './mmiotrace.js';
import { nvmain } from './nvmain.js';
import { pmemcheck } from './pmemcheck.js';
import { ramulator2 } from './ramulator2.js';
import { strace } from './strace.js';
import { vans } from './vans.js';

export const formatCatalog: readonly TraceFormat[] = [
  fioIologV3,
  fioIologV2,
  strace,
  blkparse,
  lackey,
  pmemcheck,
  mmiotrace,
  vans,
  ramulator2,
  dramsim3,
  nvmain,
  container,
];

/** Family of a format by its name. */
export function familyOf(name: string): TraceFormat['family'] {
  return formatCatalog.find((format) => format.name === name)?.family ?? 'container';
}
