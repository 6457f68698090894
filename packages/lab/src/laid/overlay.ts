/**
 * The overlay of faults between a replay's file system and its memory.
 *
 *     timed memory ─▶ overlay ─▶ file system            set-up and the last checks: beneath it
 */
import { FaultOverlay, errorAnswers, type HostFault, type TimedMemory } from '@daxsim/pmem';
import { StateSpace } from '@daxsim/sim';
import type { MachineChoice } from '../config/systems.js';
import type { FaultOrder } from './parse-faults.js';

/** Lays an overlay over a timed memory, with nothing on it yet. */
export function layOver(
  memory: TimedMemory,
  { config }: MachineChoice,
  orders: readonly FaultOrder[],
): FaultOverlay {
  const answers = errorAnswers(config);
  const hostFault = orders.map(({ entry }) => entry.policy).findLast(isGiven) ?? answers.hostFault;
  return new FaultOverlay(memory, {
    space: new StateSpace(),
    queueLines: 1,
    durable: (line, into) => {
      memory.durableLine(line, into);
    },
    answers: { ...answers, hostFault },
    channelOf: (line) => memory.channelOf(line),
  });
}

function isGiven(policy: HostFault | undefined): policy is HostFault {
  return policy !== undefined;
}
