/**
 * Every fault that can be laid over a memory. Adding one is one file and one entry here; the
 * contract test then covers it.
 *
 * Not entries: `fault.ts`, what faults have in common; `fault-overlay.ts`, the memory that they are
 * laid on, and its parts: `accepted-writes.ts`, what the write queue took last; `laid-faults.ts`,
 * what is laid on lines, with `stale-units.ts`, bytes shown instead of those beneath,
 * `bad-blocks.ts`, errors that are known, and `weak-parts.ts`, what is gone as a whole;
 * `failures.ts` and `error-answers.ts` (`host-fault.ts`), how an access ends that fails;
 * `watchdog.ts`, when to give up.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { deadDimm } from './dead-dimm.js';
import { deadLink } from './dead-link.js';
import { lostFence } from './lost-fence.js';
import { lostFlush } from './lost-flush.js';
import { poisonedLine } from './poisoned-line.js';
import { powerLoss } from './power-loss.js';
import { queueNotDrained } from './queue-not-drained.js';
import { restoreFailed } from './restore-failed.js';
import { saveFailed } from './save-failed.js';
import { slowLine } from './slow-line.js';
import { thermalThrottling } from './thermal-throttling.js';
import { tornLine } from './torn-line.js';
import { truncatedBacking } from './truncated-backing.js';
import type { FaultDefinition } from './fault.js';

export const FAULTS: readonly FaultDefinition[] = [
  powerLoss,
  lostFlush,
  lostFence,
  tornLine,
  queueNotDrained,
  poisonedLine,
  truncatedBacking,
  slowLine,
  deadDimm,
  deadLink,
  thermalThrottling,
  saveFailed,
  restoreFailed,
];

/** A fault by its name. Throws `ConfigError`; `where` is who asked. */
export function faultNamed(name: string, where: string): FaultDefinition {
  const found = FAULTS.find((fault) => fault.name === name);
  if (found !== undefined) return found;
  const names = FAULTS.map((fault) => fault.name);
  throw new ConfigError({
    where,
    found: `unknown fault "${name}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(name, names),
  });
}
