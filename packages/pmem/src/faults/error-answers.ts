/**
 * How an access ends that fails, and when: what the machine's `errors` say, in ticks.
 *
 *     poisoned line      machine check             ─▶ Poison
 *     page without backing, policy  sigbus, eio    ─▶ Absent, Poison     after `hostFaultTicks`
 *                                   hang           ─▶ no end; the run is told who waits for what
 *     dead link          the completion is overdue ─▶ Absent             after `timeoutTicks`
 *
 * What a file system makes of them: `Poison` is SIGBUS with BUS_MCEERR_AR for a program and EIO or
 * a short count for a copy, `Absent` SIGBUS with BUS_ADRERR and the same.
 */
import type { MachineConfig } from '../config.js';
import { spanTicks } from '../figure.js';
import type { HostFault } from './host-fault.js';

export interface ErrorAnswers {
  readonly hostFault: HostFault;
  /** From a load of a poisoned line to whoever asked being told. */
  readonly machineCheckTicks: number;
  /** The same of a page without backing. */
  readonly hostFaultTicks: number;
  /** After which a load over a dead link is given up. */
  readonly timeoutTicks: number;
}

/** Where time stands still: told at once. */
export const AT_ONCE: ErrorAnswers = {
  hostFault: 'sigbus',
  machineCheckTicks: 0,
  hostFaultTicks: 0,
  timeoutTicks: 0,
};

/** Those of a machine; one that says nothing of errors tells at once. */
export function errorAnswers({ errors }: MachineConfig): ErrorAnswers {
  if (errors === undefined) return AT_ONCE;
  return {
    hostFault: errors.hostFault.value,
    machineCheckTicks: spanTicks(errors.machineCheckNs),
    hostFaultTicks: spanTicks(errors.hostFaultNs),
    timeoutTicks: spanTicks(errors.completionTimeoutNs),
  };
}
