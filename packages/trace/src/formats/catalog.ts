/** Every trace format. Adding one is one file and one entry here; the contract test covers it. */
import { blkparse } from './blkparse.js';
import { container } from './container.js';
import { fioIologV2, fioIologV3 } from './fio-iolog.js';
import type { TraceFormat } from './format.js';
import { strace } from './strace.js';

export const formatCatalog: readonly TraceFormat[] = [
  fioIologV3,
  fioIologV2,
  strace,
  blkparse,
  container,
];

/** Family of a format by its name. */
export function familyOf(name: string): TraceFormat['family'] {
  return formatCatalog.find((format) => format.name === name)?.family ?? 'container';
}
