/** Every trace format. Adding one is one file and one entry here; the contract test covers it. */
import { fioIologV2, fioIologV3 } from './fio-iolog.js';
import type { TraceFormat } from './format.js';
import { strace } from './strace.js';

export const formatCatalog: readonly TraceFormat[] = [fioIologV3, fioIologV2, strace];
